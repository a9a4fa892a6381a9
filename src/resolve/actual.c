/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an interface to its actual.
 *
 *	<forward mode>			actual
 *	none, nat, route, open		a tap on the network's own bridge
 *	bridge, with <bridge>		a tap on that bridge
 *	bridge, without			macvtap, mode bridge,      on one of the pool
 *	vepa, private, passthrough	macvtap of the same mode,  on one of the pool
 *
 * First the settings (merge.c), as the choice in the pool depends on them, then
 * the place. Everything that could be wrong whatever the pool has is found
 * before the pool is asked, so that nothing waits for an interface in vain.
 */
#include <errno.h>
#include <string.h>

#include "resolve/actual.h"
#include "resolve/merge.h"
#include "resolve/pool.h"
#include "util/parse.h"

static int set_string(char **string, const char *value, struct error *err)
{
	*string = strdup(value);
	return *string ? 0 : error_oom(err);
}

static int network_ready(const struct resolve_request *request, struct error *err)
{
	const char *name = request->interface->network;

	if (!request->network)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_NETWORK, "network '%s' does not exist",
				 name);
	if (!request->network_active)
		return error_set(err, -ENETDOWN, ERROR_NETWORK_INACTIVE,
				 "network '%s' is not active (vif network start %s)", name, name);
	if (request->network->forward == FORWARD_HOSTDEV)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "network '%s' has <forward mode='hostdev'>, which is not "
				 "supported yet",
				 name);
	return 0;
}

static int place_on_bridge(const struct network *network, struct actual *actual, struct error *err)
{
	if (!network->bridge.name)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "network '%s' has no bridge",
				 network->name);
	actual->type = INTERFACE_BRIDGE;
	actual->managed = network_is_managed(network);
	actual->mac_table_manager = network->bridge.mac_table_manager;
	return set_string(&actual->bridge, network->bridge.name, err);
}

static int place_in_pool(const struct network *network, const struct backend_request *base,
			 enum port_type type, struct text *summary, struct actual *actual,
			 struct error *ret_missing, struct error *err)
{
	const struct pool_request pool = {
		.network = network,
		.base = base,
		.type = type,
		.actual = actual,
		.summary = summary,
	};
	const struct pool_entry *entry;

	if (pool_choose(&pool, &entry, ret_missing) < 0)
		return ret_missing->code == -ENOMEM ? error_oom(err) : 0;
	actual->dev_mac = entry->mac;
	actual->has_dev_mac = entry->has_mac;
	return set_string(&actual->dev, entry->dev, err);
}

static int place_on_network(const struct network *network, const struct backend_request *base,
			    enum port_type type, struct text *summary, struct actual *actual,
			    struct error *ret_missing, struct error *err)
{
	if (!network_direct_mode(network, &actual->mode))
		return place_on_bridge(network, actual, err);
	actual->type = INTERFACE_DIRECT;
	return place_in_pool(network, base, type, summary, actual, ret_missing, err);
}

static int place_itself(const struct interface *interface, struct actual *actual, struct error *err)
{
	actual->type = interface->type;
	switch (interface->type) {
	case INTERFACE_DIRECT:
		actual->mode = interface->mode;
		actual->dev_mac = interface->dev_mac;
		actual->has_dev_mac = interface->has_dev_mac;
		return set_string(&actual->dev, interface->dev, err);
	case INTERFACE_BRIDGE:
		return set_string(&actual->bridge, interface->bridge, err);
	default:
		return 0;
	}
}

/* The settings alone, of an actual that has more. */
static int copy_settings(const struct actual *settings, struct actual *ret_actual,
			 struct error *err)
{
	struct actual view = *settings;

	view.dev = view.bridge = NULL;
	view.has_dev_mac = view.managed = false;
	view.dev_mac = (struct mac){ 0 };
	view.mac_table_manager = MAC_TABLE_UNSET;
	return actual_copy(&view, ret_actual) < 0 ? error_oom(err) : 0;
}

int actual_resolve(const struct resolve_request *request, const struct backend_request *base,
		   enum port_type type, const struct actual *settings, struct text *summary,
		   struct actual *ret_actual, struct error *ret_missing, struct error *err)
{
	const struct interface *interface = request->interface;
	AUTO(actual_done) struct actual actual = { 0 };
	AUTO_ERROR struct error missing = ERROR_INIT;
	bool networked = interface->type == INTERFACE_NETWORK;
	int r;

	r = networked ? network_ready(request, err) : 0;
	if (r == 0)
		r = settings ? copy_settings(settings, &actual, err)
			     : merge_settings(request, &actual, err);
	if (r == 0)
		r = networked ? place_on_network(request->network, base, type, summary, &actual,
						 &missing, err)
			      : place_itself(interface, &actual, err);
	if (r < 0)
		return r;
	if (missing.code)
		error_move(ret_missing, &missing);
	*ret_actual = actual;
	actual = (struct actual){ 0 };
	return 0;
}

bool actual_is_offered(const struct network *network, const struct actual *actual)
{
	enum direct_mode mode;

	if (network_direct_mode(network, &mode))
		return actual->type == INTERFACE_DIRECT && pool_lists(network, actual);
	return actual->type == INTERFACE_BRIDGE && streq(network->bridge.name, actual->bridge);
}
