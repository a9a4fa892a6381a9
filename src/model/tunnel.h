/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:tunnel>: one network on several hosts. A VXLAN (RFC 7348) carries the frames of a
 * network's bridge to those of the others, by multicast or from a list of hosts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "model/mac.h"
#include "model/tristate.h"

enum {
	TUNNEL_ID_MAX = 0xffffff,
	TUNNEL_PORT = 4789,        /* of UDP, where none is said */
	TUNNEL_REMOTES_MAX = 1000, /* hosts; each broadcast is sent to every one */
	TUNNEL_MACS_MAX = 4096,    /* of each */
};

/* Another host that has the network. */
struct tunnel_remote {
	struct address address;
	struct mac *macs; /* known to be there */
	size_t n_macs;
	unsigned line;
};

struct tunnel {
	bool set;
	uint32_t id;
	uint16_t port;
	char *dev;              /* what it is sent by; NULL: as the host routes */
	struct address group;   /* family 0: there is a list of hosts */
	enum tristate learning; /* where an address is from the frames that come; unset: yes */
	struct tunnel_remote *remotes;
	size_t n_remotes;
	unsigned line;
};

int tunnel_family(const struct tunnel *tunnel); /* AF_INET or AF_INET6 */

/* Bytes of a packet outside that the guests cannot have. */
unsigned tunnel_overhead(const struct tunnel *tunnel);

/* "vxlan 42" or, of another port than the usual one, "vxlan 42 (port 8472)". */
struct tunnel_text {
	char text[sizeof("vxlan 16777215 (port 65535)")];
};
struct tunnel_text tunnel_text(const struct tunnel *tunnel);

/* All but the list of hosts. */
bool tunnel_equal(const struct tunnel *a, const struct tunnel *b);
bool tunnel_remotes_equal(const struct tunnel *a, const struct tunnel *b);

void tunnel_remote_done(struct tunnel_remote *remote);
void tunnel_done(struct tunnel *tunnel);
