/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a new definition changes of a network that runs, and when.
 *
 * What only new ports ask for takes effect at once: the ports that are there
 * have what they were given. So do limits of the bridge. All else was made when the
 * network was started, or is what its ports stand on: it waits for the next start. So does a part
 * that would take something away that a port uses, the pool where the
 * forward mode or the bridge change with it, and forwarded ports where the mode or
 * the addresses do.
 */
#pragma once

#include "model/network.h"
#include "model/port.h"

enum network_part {
	/* What new ports ask for … */
	NETWORK_POOL,
	NETWORK_FAILOVER,
	NETWORK_PORTGROUPS,
	NETWORK_PORT_TYPE,
	NETWORK_VIRTUALPORT,
	NETWORK_VLAN,
	NETWORK_TRUST,
	NETWORK_ISOLATED,
	NETWORK_SECURITY,
	NETWORK_REMOTES,
	NETWORK_FORWARDS,  /* … or what the packet filter alone has, … */
	NETWORK_BANDWIDTH, /* … or the queues of its bridge. */
	/* And the rest: */
	NETWORK_FORWARD,
	NETWORK_BRIDGE,
	NETWORK_RELAYS,
	NETWORK_ACCESS,
	NETWORK_TUNNEL,
	NETWORK_MTU,
	NETWORK_MAC,
	NETWORK_FIREWALL,
	NETWORK_ADDRESSES, /* <ip>, <route>, ipv6= */
	NETWORK_DOMAIN,
	NETWORK_DNS,
	NETWORK_KEPT,
	NETWORK_PART_COUNT,
};

/* "pool", "portgroups", "forward mode", …: for sentences and programs. */
const char *network_part_name(enum network_part part);

/* Sets of parts, as bits: 1 << enum network_part. */
struct network_diff {
	unsigned now;
	unsigned later;
	char *in_use; /* what keeps parts for later: "eth1 is used by vif0 (web); …"; or NULL */
};

/* From the network that runs to the definition. `ports` are all that are on this host. */
int network_diff(const struct network *running, const struct network *definition,
		 const struct port *const *ports, size_t n_ports, struct network_diff *ret_diff,
		 struct error *err);

/* Moves the wanted parts (bits) to `running`. Then `definition` can only be freed. */
void network_take_parts(struct network *running, struct network *definition, unsigned wanted);

void network_diff_done(struct network_diff *diff);
#define AUTO_NETWORK_DIFF AUTO(network_diff_done)
