/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runtime of a network: what of it this process has. The registry's entry
 * has the pointer; it is there as long as the entry.
 */
#pragma once

#include "life/manager.h"

struct dnsmasq;

/* What of a bridge another than itself may change, or beside it. ifindex 0: there is none. */
struct bridge_seen {
	uint64_t beside; /* beside_seen() */
	int ifindex;
	bool up;
	unsigned mtu;
	struct mac mac;
	struct bridge_settings settings;
};

/* What waits for the dnsmasq: network-task.h. The first member of what its owner needs for it. */
struct network_task {
	const char *being; /* "started": for sentences */
	bool hides;        /* meanwhile the network is not there for guests, and is not repaired */
	/* It goes on: the dnsmasq is as it should be, or not, and why. The entry may go. */
	void (*over)(struct network_entry *entry, struct network_task *task,
		     const struct error *error);
	/* The same where vifd ends: the next one finds what stands in the records. */
	void (*cancel)(struct network_entry *entry, struct network_task *task,
		       const struct error *error);
};

struct network_runtime {
	struct manager *manager;
	struct dnsmasq *dnsmasq;   /* NULL: none was ever needed */
	struct network_task *task; /* or NULL */
	struct bridge_seen seen; /* its bridge, when it was last looked at; of one that vifd made */
	bool relimit;            /* its limits are not as they should be */
	unsigned n_failures;     /* repairs in a row that failed, */
	char *problem;           /* and why the last one did; or NULL */
};

/* A new entry with that name and nothing else; NULL when out of memory. */
struct network_entry *network_entry_add(struct manager *manager, const char *name);

/* Is it being started or stopped? Then it is not there for guests, though entry->started is set. */
bool network_is_hidden(const struct network_entry *entry);

/* Is it there for guests? */
bool network_is_active(const struct network_entry *entry);

/* Is its dnsmasq on the way to what it was asked for last? */
bool network_is_settling(const struct network_entry *entry);

/* What a network that is started lacks, as a sentence; NULL: nothing that is known. */
const char *network_problem(const struct network_entry *entry);

/* Forgets the network. Its dnsmasq, if it has one, is left running. */
void network_entry_remove(struct network_entry *entry);
