/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Neighbours: which IP addresses the host has seen behind which Ethernet
 * addresses on a link. Source: rtnetlink(7), RTM_GETNEIGH.
 */
#pragma once

#include <stdint.h>

#include "kernel/netlink.h"

struct neighbour_view {
	int ifindex;
	int family;             /* AF_INET, AF_INET6 */
	const uint8_t *address; /* 4 or 16 bytes; good until the callback returns */
	const uint8_t *mac;     /* 6 bytes */
};

typedef void (*neighbour_callback)(void *userdata, const struct neighbour_view *view);

/* Calls back for each neighbour that was reachable once and has not been found gone since. */
int neighbour_dump(struct netlink *nl, neighbour_callback callback, void *userdata,
		   struct error *err);
