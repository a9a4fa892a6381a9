/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network does, as somebody who chooses one wants to know it: who
 * forwards between its guests, whether the host reaches them, what is free.
 *
 * Asked for an interface: a plain one tells what the network offers, another
 * one what it offers to that one.
 */
#pragma once

#include "backends/traffic.h"
#include "backends/usage.h"
#include "resolve/resolution.h"

/* A host interface of the pool. */
struct device_capabilities {
	const char *dev; /* the network's */
	bool present;
	size_t used;
	bool free;     /* the interface that was asked for can have it */
	char *problem; /* why not; or NULL */
};

struct network_capabilities {
	const char *kind;   /* "bridge", "direct", "virtual" (vifd makes the bridge) or "hostdev" */
	bool on_interfaces; /* its ports stand on host interfaces, */
	enum direct_mode mode; /*   in this mode */
	enum port_type port_type;
	struct traffic traffic;
	bool exclusive;        /* a host interface for each port */
	bool may_wait;         /* a port may be there before what it stands on */
	const char *portgroup; /* the one that the interface gets: the network's; or NULL */
	char *connection;      /* "a tap wired to a macvlan of mode vepa on one of eth1, eth2" */
	char *problem;         /* why the interface could not be plugged now; or NULL */
	struct device_capabilities *devices;
	size_t n_devices;
};

/*
 * Of request->network, which is there, as if it were active. `usage` begins
 * as { 0 } and serves any number of networks with the same facts, ports and uuid.
 * Fails only with -ENOMEM.
 */
int network_capabilities(const struct resolve_request *request, struct usage *usage,
			 struct network_capabilities *ret_capabilities, struct error *err);

void network_capabilities_done(struct network_capabilities *capabilities);
#define AUTO_NETWORK_CAPABILITIES AUTO(network_capabilities_done)
