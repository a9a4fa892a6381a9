/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Linux bridge does with one of its ports, by rtnetlink.
 *
 * All of it goes, without a word, when the link leaves the bridge. Each
 * function takes the port's ifindex, and its name for the sentence of a
 * failure; each is one request. -EOPNOTSUPP: the link is no port of a bridge.
 *
 * Sources: bridge(8), net/bridge/br_netlink.c, net/bridge/br_fdb.c.
 */
#pragma once

#include <stdint.h>

#include "kernel/link.h"
#include "kernel/netlink.h"

/*
 * Sets all of the flags. A port that stops learning also forgets at once what it had
 * learned, which would hold for minutes otherwise.
 */
int bridge_port_set(struct netlink *nl, int ifindex, const char *name,
		    const struct bridge_port_flags *flags, struct error *err);

/*
 * From now on the port is in these VLANs and in no other: ranges in order. It gets into new
 * ones before it leaves old ones. -EOPNOTSUPP too where bridges of this kernel know no VLANs.
 */
int bridge_port_set_vlans(struct netlink *nl, int ifindex, const char *name,
			  const struct bridge_vlans *vlans, size_t n, struct error *err);

/*
 * From now on the bridge sends frames for the address to this port, in every
 * VLAN of it, until the port leaves; what the bridge had learned of the
 * address elsewhere is replaced.
 */
int bridge_port_add_address(struct netlink *nl, int ifindex, const char *name,
			    const uint8_t mac[static 6], struct error *err);

/* 0 also where the bridge does not have the address on this port. */
int bridge_port_delete_address(struct netlink *nl, int ifindex, const char *name,
			       const uint8_t mac[static 6], struct error *err);
