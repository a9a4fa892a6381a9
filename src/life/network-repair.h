/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Networks that vifd makes are compared with the host, and what they lack is done.
 */
#pragma once

#include "life/network-runtime.h"

/* What has changed that may concern networks. */
struct network_changes {
	bool addresses; /* the host has lost an IP address, or a bridge of ours has one of IPv6 */
	bool links;     /* links that are no port's own */
};

/*
 * Compares a network with the host and does what it lacks, if vifd made it and
 * the kernel has told anything that may concern it.
 */
void network_look(struct manager *manager, struct network_entry *entry,
		  const struct network_changes *changes);

/* The same without being told. `rewrite`: filter and dnsmasq are not known to be right. */
void network_repair(struct manager *manager, struct network_entry *entry, bool rewrite);
