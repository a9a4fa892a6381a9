/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "state/registry.h"
#include "util/array.h"
#include "util/parse.h"

struct network_entry *registry_network(const struct registry *registry, const char *name)
{
	struct lookup_cursor at = lookup_begin(&registry->network_names, lookup_hash_text(name));
	uintptr_t value;

	while (lookup_next(&at, &value)) {
		struct network_entry *entry = lookup_pointer(value);

		if (!strcmp(entry->name, name))
			return entry;
	}
	return NULL;
}

struct network_entry *registry_network_by_uuid(const struct registry *registry,
					       const struct uuid *uuid)
{
	for (size_t i = 0; i < registry->n_networks; i++) {
		const struct network *network = network_entry_current(registry->networks[i]);

		if (network && network->has_uuid && uuid_equal(&network->uuid, uuid))
			return registry->networks[i];
	}
	return NULL;
}

static void network_entry_free(struct network_entry *entry)
{
	if (!entry)
		return;
	network_free(entry->definition);
	network_free(entry->started);
	free(entry->name);
	free(entry);
}
DEFINE_FREEP(struct network_entry, network_entry_free);

struct network_entry *registry_add_network(struct registry *registry, const char *name)
{
	AUTO(network_entry_freep) struct network_entry *entry = calloc(1, sizeof(*entry));
	struct network_entry **slot;

	if (!entry)
		return NULL;
	entry->name = strdup(name);
	if (!entry->name)
		return NULL;
	if (lookup_reserve(&registry->network_names, 1) < 0)
		return NULL;
	slot = array_add(&registry->networks, &registry->n_networks, sizeof(*slot));
	if (!slot)
		return NULL;
	(void)lookup_add(&registry->network_names, lookup_hash_text(name), (uintptr_t)entry);
	*slot = take_ptr(entry);
	return *slot;
}

void registry_remove_network(struct registry *registry, struct network_entry *entry)
{
	size_t i = 0;

	lookup_remove(&registry->network_names, lookup_hash_text(entry->name), (uintptr_t)entry);
	while (registry->networks[i] != entry)
		i++;
	array_remove(registry->networks, &registry->n_networks, sizeof(*registry->networks), i);
	network_entry_free(entry);
}

const struct network *network_entry_current(const struct network_entry *entry)
{
	return entry->started ? entry->started : entry->definition;
}

bool network_entry_is_up(const struct network_entry *entry)
{
	return entry->started && network_has_plan(entry->started);
}

static uint32_t hash_uuid(const struct uuid *uuid)
{
	return lookup_hash(uuid->bytes, sizeof(uuid->bytes));
}

struct port_entry *registry_port_by_uuid(const struct registry *registry, const struct uuid *uuid)
{
	struct lookup_cursor at = lookup_begin(&registry->port_uuids, hash_uuid(uuid));
	uintptr_t value;

	while (lookup_next(&at, &value)) {
		struct port_entry *entry = lookup_pointer(value);

		if (uuid_equal(&entry->port->uuid, uuid))
			return entry;
	}
	return NULL;
}

static struct port_entry *port_by_name(const struct registry *registry, const char *name)
{
	struct lookup_cursor at = lookup_begin(&registry->port_names, lookup_hash_text(name));
	uintptr_t value;

	while (lookup_next(&at, &value)) {
		struct port_entry *entry = lookup_pointer(value);

		if (!strcmp(entry->port->name, name))
			return entry;
	}
	return NULL;
}

struct port_entry *registry_port(const struct registry *registry, const char *name_or_uuid)
{
	struct port_entry *entry = port_by_name(registry, name_or_uuid);
	struct uuid uuid;

	if (entry || uuid_parse(name_or_uuid, &uuid) < 0)
		return entry;
	return registry_port_by_uuid(registry, &uuid);
}

static void port_entry_free(struct port_entry *entry)
{
	if (!entry)
		return;
	port_free(entry->port);
	free(entry);
}

static int ports_add(struct registry *registry, struct port_entry *entry)
{
	size_t n = registry->n_ports;
	const struct port **record;
	struct port_entry **slot;

	if (lookup_reserve(&registry->port_names, 1) < 0 ||
	    lookup_reserve(&registry->port_uuids, 1) < 0)
		return -ENOMEM;
	record = array_add(&registry->records, &n, sizeof(*record));
	if (!record)
		return -ENOMEM;
	*record = entry->port;
	slot = array_add(&registry->ports, &registry->n_ports, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	(void)lookup_add(&registry->port_names, lookup_hash_text(entry->port->name),
			 (uintptr_t)entry);
	(void)lookup_add(&registry->port_uuids, hash_uuid(&entry->port->uuid), (uintptr_t)entry);
	*slot = entry;
	return 0;
}

struct port_entry *registry_add_port(struct registry *registry, struct port *port)
{
	struct port_entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		port_free(port);
		return NULL;
	}
	entry->port = port;
	if (ports_add(registry, entry) < 0) {
		port_entry_free(entry);
		return NULL;
	}
	return entry;
}

void registry_remove_port(struct registry *registry, struct port_entry *entry)
{
	size_t n = registry->n_ports, i = 0;

	lookup_remove(&registry->port_names, lookup_hash_text(entry->port->name), (uintptr_t)entry);
	lookup_remove(&registry->port_uuids, hash_uuid(&entry->port->uuid), (uintptr_t)entry);
	while (registry->ports[i] != entry)
		i++;
	array_remove(registry->records, &n, sizeof(*registry->records), i);
	array_remove(registry->ports, &registry->n_ports, sizeof(*registry->ports), i);
	port_entry_free(entry);
}

/* Where one has gone, the next has taken its place. */
void registry_each_port(struct registry *registry,
			void (*look)(struct port_entry *entry, void *userdata), void *userdata)
{
	size_t i = 0;

	while (i < registry->n_ports) {
		struct port_entry *entry = registry->ports[i];

		look(entry, userdata);
		if (i < registry->n_ports && registry->ports[i] == entry)
			i++;
	}
}

size_t registry_count_ports(const struct registry *registry, const char *network)
{
	size_t n = 0;

	for (size_t i = 0; i < registry->n_ports; i++)
		if (streq(registry->ports[i]->port->interface->network, network))
			n++;
	return n;
}

void registry_done(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_networks; i++)
		network_entry_free(registry->networks[i]);
	for (size_t i = 0; i < registry->n_ports; i++)
		port_entry_free(registry->ports[i]);
	free(registry->networks);
	free(registry->ports);
	free(registry->records);
	lookup_done(&registry->network_names);
	lookup_done(&registry->port_names);
	lookup_done(&registry->port_uuids);
	filters_done(&registry->filters);
	groups_done(&registry->groups);
	*registry = (struct registry){ 0 };
}
