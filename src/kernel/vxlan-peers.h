/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a vxlan sends frames to: its own table of addresses, not that of a bridge it is a port of.
 * Source: drivers/net/vxlan/vxlan_core.c vxlan_fdb_add(); bridge(8).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/netlink.h"

/* Frames to `mac` go to that host; all zero: what is for all, or for nobody that is known. */
struct vxlan_peer {
	uint8_t mac[6];
	uint8_t address[16]; /* of the vxlan's family: IPv4 has the first four bytes */
};

/*
 * Its table has these and nothing else that was entered by somebody; what it learned stays. No
 * frame is lost that is for one in both. Not undone where it fails half way. `family` is AF_INET or
 * AF_INET6.
 */
int vxlan_peers_set(struct netlink *nl, int ifindex, const char *name, int family,
		    const struct vxlan_peer *peers, size_t n, struct error *err);
