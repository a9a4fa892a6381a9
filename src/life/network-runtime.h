/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runtime of a network: what of it this process has. The registry's entry
 * has the pointer; it is there as long as the entry.
 */
#pragma once

#include "life/manager.h"

struct dnsmasq;
struct network_start;

/* What of a bridge another than itself may change, or beside it. ifindex 0: there is none. */
struct bridge_seen {
	uint64_t beside; /* beside_seen() */
	int ifindex;
	bool up;
	unsigned mtu;
	struct mac mac;
	struct bridge_settings settings;
};

struct network_runtime {
	struct manager *manager;
	struct dnsmasq *dnsmasq;     /* of a started one that needs it; or NULL */
	struct network_start *start; /* a start that waits for the dnsmasq; or NULL */
	/* Of networks.c: the dnsmasq serves, or not, and why. */
	void (*start_over)(struct network_entry *entry, const struct error *error);
	struct bridge_seen seen; /* its bridge, when it was last looked at; of one that vifd made */
	bool relimit;            /* its limits are not as they should be */
	unsigned n_failures;     /* repairs in a row that failed, */
	char *problem;           /* and why the last one did; or NULL */
};

/* A new entry with that name and nothing else; NULL when out of memory. */
struct network_entry *network_entry_add(struct manager *manager, const char *name);

/* Is it there for guests? One whose start is not over is not yet, though entry->started is set. */
bool network_is_active(const struct network_entry *entry);

/* What a network that is started lacks, as a sentence; NULL: nothing that is known. */
const char *network_problem(const struct network_entry *entry);

/* Forgets the network. Its dnsmasq, if it has one, is left running. */
void network_entry_remove(struct network_entry *entry);
