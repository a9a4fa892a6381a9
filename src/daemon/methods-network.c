/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "daemon/addresses.h"
#include "daemon/methods.h"
#include "daemon/networks.h"
#include "formats/network-xml.h"

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
static void forget_if_empty(struct network_entry *entry)
{
	if (!entry->definition && !entry->started)
		network_entry_remove(entry);
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
	networks_tell(manager, "network-undefined", name, "undefined");
	forget_if_empty(entry);
	return 0;
}

int method_start_network(struct manager *manager, const char *name, char **ret_summary,
			 struct error *err)
{
	struct network_entry *entry;
	int r;

	r = find_network(manager, name, &entry, err);
	if (r < 0)
		return r;
	if (entry->started)
		return error_set(err, -EALREADY, ERROR_IN_USE, "network '%s' is already active",
				 name);
	return networks_start(manager, entry, ret_summary, err);
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
	if (r == 0)
		r = networks_stop(manager, entry, err);
	if (r == 0)
		forget_if_empty(entry);
	return r;
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
