/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "daemon/addresses.h"
#include "daemon/methods.h"
#include "daemon/network-state.h"
#include "daemon/networks.h"
#include "daemon/reconcile.h"
#include "formats/network-xml.h"

static void tell(struct manager *manager, const char *name, const char *network, const char *is)
{
	const struct event event = { .name = name, .network = network };

	events_tell(&manager->events, &event, "network %s is %s", network, is);
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

int method_start_network(struct manager *manager, const char *name, char **ret_summary,
			 struct error *err)
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
	r = networks_bring_up(manager, entry, started, ret_summary, err);
	if (r < 0)
		return r;
	entry->started = take_ptr(started);
	entry->again = 0;
	tell(manager, "network-started", name, "started");
	watch_note_all(manager->watch);
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
	r = networks_take_down(manager, entry, err);
	if (r < 0)
		return r;
	store_remove_started(&manager->store, name);
	network_free(take_ptr(entry->started));
	entry->seen = (struct bridge_seen){ 0 };
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

int method_list_leases(struct manager *manager, const char *name, struct dhcp_leases *ret_leases,
		       struct error *err)
{
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r < 0)
		return r;
	if (!network_is_managed(network_entry_current(entry)))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no leases of vifd's: its addresses are given by "
				 "somebody else's DHCP",
				 name);
	return network_leases_read(manager, entry->name, ret_leases, err);
}
