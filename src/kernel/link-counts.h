/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many frames have passed a link, by rtnetlink.
 *
 * Source: include/uapi/linux/if_link.h, RTM_GETSTATS.
 */
#pragma once

#include <stdint.h>

#include "kernel/netlink.h"

/* Since the link was made, as the host sees it: what a guest sends comes in by its tap. */
struct link_counts {
	uint64_t in, out;
	uint64_t out_dropped;
};

/* -ENODEV if there is none. */
int link_counts_get(struct netlink *nl, int ifindex, struct link_counts *ret_counts,
		    struct error *err);
