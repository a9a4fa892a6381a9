/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's addresses, routes and IP sysctls as facts.
 */
#pragma once

#include "kernel/netlink.h"
#include "model/facts.h"
#include "model/host-ip.h"
#include "util/error.h"

/* Reads facts->ip anew; the links in `facts` have to be true. On failure as before. */
int host_ip_read(struct netlink *nl, struct facts *facts, struct error *err);

/*
 * The host's own links that would believe router advertisements and do not, as
 * they forward (accept_ra is 1), as an array for the caller to free. The links
 * in `facts` have to be true; their settings are read.
 */
int host_ip_find_deaf(const struct facts *facts, int **ret_ifindexes, size_t *ret_n,
		      struct error *err);

/* The sockets that wait for others, without their holders; none where the kernel does not tell. */
int host_sockets_read(struct host_sockets *ret_sockets, struct error *err);
