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
 * First the host's side, as it says which settings there may be; then the
 * settings (merge.c), as the choice in the pool depends on them; then the name
 * of what it stands on. Everything that could be wrong whatever the pool has is
 * found before the pool is asked, so that nothing waits for an interface in vain.
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
	return 0;
}

/* Which host's side it is, and of what mode: what is to be known before settings and names. */
static int place(const struct resolve_request *request, struct actual *place, struct error *err)
{
	const struct network *network = request->interface->network ? request->network : NULL;

	if (host_side_place(request->interface, network, place))
		return 0;
	return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			 "network '%s' has <forward mode='%s'>, which is not supported yet",
			 network->name, forward_mode_name(network->forward));
}

static int name_bridge(const struct network *network, struct actual *actual, struct error *err)
{
	if (!network->bridge.name)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "network '%s' has no bridge",
				 network->name);
	return set_string(&actual->bridge, network->bridge.name, err);
}

static int name_of_pool(const struct network *network, const struct asker *asker,
			struct text *summary, struct actual *actual, struct error *ret_missing,
			struct error *err)
{
	const struct pool_request pool = {
		.network = network,
		.asker = asker,
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

/* What the interface itself names. */
static int name_itself(const struct interface *interface, struct actual *actual, struct error *err)
{
	int r = 0;

	actual->dev_mac = interface->dev_mac;
	actual->has_dev_mac = interface->has_dev_mac;
	if (interface->dev)
		r = set_string(&actual->dev, interface->dev, err);
	if (r == 0 && interface->bridge)
		r = set_string(&actual->bridge, interface->bridge, err);
	return r;
}

static int name_place(const struct resolve_request *request, const struct asker *asker,
		      struct text *summary, struct actual *actual, struct error *ret_missing,
		      struct error *err)
{
	if (!request->interface->network)
		return name_itself(request->interface, actual, err);
	if (host_side_of(actual)->on_interface)
		return name_of_pool(request->network, asker, summary, actual, ret_missing, err);
	return name_bridge(request->network, actual, err);
}

/* On another place the settings of an actual, and nothing else of it. */
static int copy_settings(const struct actual *settings, const struct actual *place,
			 struct actual *ret_actual, struct error *err)
{
	struct actual view = *settings;

	view.dev = view.bridge = NULL;
	view.has_dev_mac = false;
	view.dev_mac = (struct mac){ 0 };
	view.type = place->type;
	view.mode = place->mode;
	view.managed = place->managed;
	view.mac_table_manager = place->mac_table_manager;
	view.reflects = place->reflects;
	return actual_copy(&view, ret_actual) < 0 ? error_oom(err) : 0;
}

int actual_resolve(const struct resolve_request *request, const struct asker *asker,
		   const struct actual *settings, struct text *summary, struct actual *ret_actual,
		   struct error *ret_missing, struct error *err)
{
	AUTO(actual_done) struct actual actual = { 0 };
	AUTO_ERROR struct error missing = ERROR_INIT;
	struct actual placed = { 0 };
	int r;

	r = request->interface->network ? network_ready(request, err) : 0;
	if (r == 0)
		r = place(request, &placed, err);
	if (r == 0)
		r = settings ? copy_settings(settings, &placed, &actual, err)
			     : merge_settings(request, &placed, &actual, err);
	if (r == 0)
		r = name_place(request, asker, summary, &actual, &missing, err);
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
	static const struct interface plain;
	struct actual offered = { 0 };
	const struct host_side *host = host_side_place(&plain, network, &offered);

	if (!host || host != host_side_of(actual))
		return false;
	return host->on_interface ? pool_lists(network, actual)
				  : streq(network->bridge.name, actual->bridge);
}
