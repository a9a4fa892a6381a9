/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry: the networks, ports and packet filters that vifd knows.
 *
 * It only keeps. Entries are owned by the registry and found by name; a port also by its uuid.
 * Neither changes as long as an entry is there. Adding may move nothing: entries
 * are allocated one by one and stay where they are until they are removed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/network.h"
#include "model/port.h"
#include "state/filters.h"
#include "state/groups.h"
#include "util/lookup.h"

struct network_runtime;
struct port_runtime;

struct network_entry {
	char *name;
	struct network *definition; /* NULL: it is only started */
	struct network *started;    /* NULL: it is not active */
	bool autostart;
	bool autostart_force;            /* root has said that it takes then what is the host's */
	struct network_runtime *runtime; /* as port_entry.runtime */
};

struct port_entry {
	struct port *port;
	int base;                     /* ifindex of what it stands on; 0 while that is away */
	uint64_t cut_usec;            /* CLOCK_MONOTONIC when its guest was cut off; 0: it is not */
	uint64_t outage_usec;         /* how long its guest was cut off the last time */
	struct port_runtime *runtime; /* its owner's, who takes it away before the entry goes */
};

struct registry {
	struct network_entry **networks;
	size_t n_networks;
	struct port_entry **ports;
	const struct port **records; /* the entries' ports, in the same order */
	size_t n_ports;
	unsigned next_index; /* where to look for the next free vifN */
	struct lookup network_names, port_names, port_uuids; /* entries */
	struct filters filters;
	struct groups groups;
};

struct network_entry *registry_network(const struct registry *registry, const char *name);
struct network_entry *registry_network_by_uuid(const struct registry *registry,
					       const struct uuid *uuid);
/* A new entry with that name, without a runtime; NULL when out of memory. */
struct network_entry *registry_add_network(struct registry *registry, const char *name);
void registry_remove_network(struct registry *registry, struct network_entry *entry);

/* What guests get of a network now: the started one, else its definition. */
const struct network *network_entry_current(const struct network_entry *entry);

/* Is it started, and one that has anything for vifd to keep (network_has_plan())? */
bool network_entry_is_up(const struct network_entry *entry);

struct port_entry *registry_port(const struct registry *registry, const char *name_or_uuid);
struct port_entry *registry_port_by_uuid(const struct registry *registry, const struct uuid *uuid);
/* A new entry without a runtime. Takes the port, also on failure (NULL). */
struct port_entry *registry_add_port(struct registry *registry, struct port *port);
void registry_remove_port(struct registry *registry, struct port_entry *entry);

/* Calls `look` with each port; it may remove that one, and no other. */
void registry_each_port(struct registry *registry,
			void (*look)(struct port_entry *entry, void *userdata), void *userdata);

/* How many ports come from the network of that name. */
size_t registry_count_ports(const struct registry *registry, const char *network);

void registry_done(struct registry *registry);
