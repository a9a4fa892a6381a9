/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "daemon/methods.h"
#include "daemon/reconcile.h"
#include "formats/network-xml.h"

static void tell(struct manager *manager, const char *name, const char *network, const char *is)
{
	const struct event event = { .name = name, .network = network };

	manager_event(manager, &event, "network %s is %s", network, is);
}

static int find_network(struct manager *manager, const char *name, struct network_entry **ret_entry,
			struct error *err)
{
	*ret_entry = registry_network(&manager->registry, name);
	if (!*ret_entry)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_NETWORK, "network '%s' does not exist",
				 name);
	return 0;
}

static int network_exists(struct error *err, const char *source, const struct network *network,
			  const struct network *other)
{
	char uuid[UUID_TEXT_SIZE];

	uuid_format(&other->uuid, uuid);
	if (!strcmp(other->name, network->name))
		return error_set(err, -EEXIST, ERROR_NETWORK_EXISTS,
				 "%s: network '%s' is already defined with another uuid, %s",
				 source, network->name, uuid);
	return error_set(err, -EEXIST, ERROR_NETWORK_EXISTS,
			 "%s: uuid %s is already that of network '%s'", source, uuid, other->name);
}

/*
 * A definition without uuid means the network of that name; one with a uuid
 * must be the same network in both respects.
 */
static int identify(struct manager *manager, struct network *network, const char *source,
		    struct error *err)
{
	struct network_entry *same_name = registry_network(&manager->registry, network->name);
	const struct network *old = same_name ? network_entry_current(same_name) : NULL;
	struct network_entry *same_uuid;
	int r;

	if (!network->has_uuid) {
		if (old && old->has_uuid) {
			network->uuid = old->uuid;
		} else {
			r = uuid_generate(&network->uuid);
			if (r < 0)
				return error_system(err, r, "cannot make a uuid");
		}
		network->has_uuid = true;
		return 0;
	}
	if (old && !uuid_equal(&old->uuid, &network->uuid))
		return network_exists(err, source, network, old);
	same_uuid = registry_network_by_uuid(&manager->registry, &network->uuid);
	if (same_uuid && same_uuid != same_name)
		return network_exists(err, source, network, network_entry_current(same_uuid));
	return 0;
}

int method_define_network(struct manager *manager, const char *xml, const char *source,
			  const struct network_entry **ret_entry, const char **ret_outcome,
			  struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	struct network_entry *entry;
	const char *outcome;
	int r;

	r = network_from_xml(xml, strlen(xml), source, &network, err);
	if (r < 0)
		return r;
	r = identify(manager, network, source, err);
	if (r < 0)
		return r;
	r = store_write_definition(&manager->store, network, err);
	if (r < 0)
		return r;
	entry = registry_network(&manager->registry, network->name);
	outcome = !entry || !entry->definition ? "defined"
		  : entry->started             ? "replaced-active"
					       : "replaced";
	if (!entry)
		entry = registry_add_network(&manager->registry, network->name);
	if (!entry)
		return error_oom(err);
	network_free(entry->definition);
	entry->definition = take_ptr(network);
	tell(manager, "network-defined", entry->name, "defined");
	*ret_entry = entry;
	*ret_outcome = outcome;
	return 0;
}

/* An entry is there as long as one of its sides is. */
static void forget_if_empty(struct manager *manager, struct network_entry *entry)
{
	if (!entry->definition && !entry->started)
		registry_remove_network(&manager->registry, entry);
}

static int check_unused(struct manager *manager, const struct network_entry *entry,
			const char *verb, struct error *err)
{
	size_t n = registry_count_ports(&manager->registry, entry->name);

	if (n == 0)
		return 0;
	return error_set(err, -EBUSY, ERROR_IN_USE,
			 "cannot %s network '%s': %zu port%s use%s it (vif list)", verb,
			 entry->name, n, n == 1 ? "" : "s", n == 1 ? "s" : "");
}

int method_undefine_network(struct manager *manager, const char *name, struct error *err)
{
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r == 0)
		r = check_unused(manager, entry, "undefine", err);
	if (r < 0)
		return r;
	if (entry->started)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "cannot undefine network '%s': it is active (vif network stop %s)",
				 name, name);
	r = store_remove_definition(&manager->store, name, err);
	if (r < 0)
		return r;
	network_free(take_ptr(entry->definition));
	tell(manager, "network-undefined", name, "undefined");
	forget_if_empty(manager, entry);
	return 0;
}

/* Its lines are those of the canonical form, which is what the store's file has. */
static int network_copy(const struct network *network, struct network **ret_copy, struct error *err)
{
	AUTO_FREE char *xml = NULL;
	int r;

	r = network_to_xml(network, &xml, err);
	if (r < 0)
		return r;
	return network_from_xml(xml, strlen(xml), network->name, ret_copy, err);
}

/* The started network is a copy: it and the definition may come to differ. */
static int network_prepare(struct manager *manager, const struct network_entry *entry,
			   struct network **ret_started, struct error *err)
{
	AUTO_FREE char *path = store_definition_path(&manager->store, entry->name);
	AUTO(network_freep) struct network *started = NULL;
	int r;

	if (!path)
		return error_oom(err);
	r = network_copy(entry->definition, &started, err);
	if (r == 0)
		r = network_check_served(started, err);
	if (r < 0) {
		error_place(err, path);
		return r;
	}
	*ret_started = take_ptr(started);
	return 0;
}

int method_start_network(struct manager *manager, const char *name, struct error *err)
{
	AUTO(network_freep) struct network *started = NULL;
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r < 0)
		return r;
	if (entry->started)
		return error_set(err, -EALREADY, ERROR_IN_USE, "network '%s' is already active",
				 name);
	r = network_prepare(manager, entry, &started, err);
	if (r < 0)
		return r;
	r = store_write_started(&manager->store, started, err);
	if (r < 0)
		return r;
	entry->started = take_ptr(started);
	tell(manager, "network-started", name, "started");
	reconcile_later(manager);
	return 0;
}

int method_stop_network(struct manager *manager, const char *name, struct error *err)
{
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r < 0)
		return r;
	if (!entry->started)
		return error_set(err, -EALREADY, ERROR_NETWORK_INACTIVE,
				 "network '%s' is not active", name);
	r = check_unused(manager, entry, "stop", err);
	if (r < 0)
		return r;
	store_remove_started(&manager->store, name);
	network_free(take_ptr(entry->started));
	tell(manager, "network-stopped", name, "stopped");
	forget_if_empty(manager, entry);
	return 0;
}

int method_set_network_autostart(struct manager *manager, const char *name, bool autostart,
				 struct error *err)
{
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r < 0)
		return r;
	if (!entry->definition)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no definition that could be started at boot",
				 name);
	r = store_set_autostart(&manager->store, name, autostart, err);
	if (r < 0)
		return r;
	entry->autostart = autostart;
	return 0;
}

int method_get_network_xml(struct manager *manager, const char *name, char **ret_xml,
			   struct error *err)
{
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r < 0)
		return r;
	return network_to_xml(network_entry_current(entry), ret_xml, err);
}
