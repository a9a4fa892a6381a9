/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an interface to its actual.
 *
 *	<forward mode>			actual
 *	bridge, with <bridge>		a tap on that bridge
 *	bridge, without			macvtap, mode bridge,      on one of the pool
 *	vepa, private, passthrough	macvtap of the same mode,  on one of the pool
 *
 * Of a pool the least used interface that can carry the port is taken, the
 * first in the list on a tie. Use is counted from what stands on the interface
 * now, whoever made it: a count that is computed cannot drift. An interface
 * that is absent, or that cannot carry it, is passed over; only when none is
 * left the request fails, with every interface's reason.
 */
#include <stdlib.h>
#include <string.h>

#include "resolve/actual.h"

struct pool_request {
	const struct network *network;
	const struct backend_request *base;
	enum port_type type;
	enum direct_mode mode;
	struct text *summary;
};

struct candidate {
	const struct pool_entry *entry;
	size_t position;
	size_t used;
};

/* How many guests' devices stand on the interface of that name. */
static size_t dev_used(const struct facts *facts, const char *dev)
{
	const struct host_link *lower = facts_find(facts, dev);
	size_t used = 0;

	for (size_t i = 0; lower && i < facts->n_links; i++)
		if (facts->links[i].is_macvlan && facts->links[i].lower == lower->ifindex)
			used++;
	return used;
}

static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

static int actual_set_direct(struct actual *ret_actual, const char *dev, enum direct_mode mode,
			     struct error *err)
{
	char *copy = strdup(dev);

	if (!copy)
		return error_oom(err);
	*ret_actual = (struct actual){ .type = INTERFACE_DIRECT, .dev = copy, .mode = mode };
	return 0;
}

static int actual_set_bridge(struct actual *ret_actual, const char *bridge, struct error *err)
{
	char *copy = strdup(bridge);

	if (!copy)
		return error_oom(err);
	*ret_actual = (struct actual){ .type = INTERFACE_BRIDGE, .bridge = copy };
	return 0;
}

static int candidate_check(const struct pool_request *pool, const struct pool_entry *entry,
			   struct error *err)
{
	const struct actual actual = {
		.type = INTERFACE_DIRECT,
		.dev = entry->dev,
		.mode = pool->mode,
		.dev_mac = entry->mac,
		.has_dev_mac = entry->has_mac,
	};
	struct backend_request request = *pool->base;

	request.actual = &actual;
	return backend_get(INTERFACE_DIRECT, pool->type)->check(&request, err);
}

/* One reason is the error; of many, one error tells all, of a kind that says whether to wait. */
static int pool_exhausted(const struct network *network, struct text *reasons, bool all_absent,
			  struct error *err)
{
	AUTO_FREE char *text = NULL;

	if (text_take(reasons, &text) < 0)
		return error_oom(err);
	return error_set(err, all_absent ? -ENODEV : -EBUSY,
			 all_absent ? ERROR_NO_SUCH_DEVICE : ERROR_DEVICE_UNSUITABLE,
			 "network '%s' has no interface for this guest: %s", network->name, text);
}

/* Tries the candidates in their order; says in the summary which were passed over. */
static int pool_try(const struct pool_request *pool, const struct candidate *candidates,
		    struct actual *ret_actual, struct error *err)
{
	const struct network *network = pool->network;
	AUTO_TEXT struct text reasons = TEXT_INIT;
	bool all_absent = true;

	for (size_t i = 0; i < network->n_pool; i++) {
		AUTO_ERROR struct error reason = ERROR_INIT;
		const struct pool_entry *entry = candidates[i].entry;
		int r = candidate_check(pool, entry, &reason);

		if (r == 0) {
			text_add(pool->summary, "network '%s' gives %s (%zu in use on it)\n",
				 network->name, entry->dev, candidates[i].used);
			r = actual_set_direct(ret_actual, entry->dev, pool->mode, err);
			ret_actual->dev_mac = entry->mac;
			ret_actual->has_dev_mac = entry->has_mac;
			return r;
		}
		if (network->n_pool == 1) {
			error_prefix(&reason, "network '%s': ", network->name);
			error_move(err, &reason);
			return r;
		}
		text_add(pool->summary, "passed over: %s\n", error_text(&reason));
		text_add(&reasons, "%s%s", i ? "; " : "", error_text(&reason));
		all_absent = all_absent && reason.kind == ERROR_NO_SUCH_DEVICE;
	}
	return pool_exhausted(network, &reasons, all_absent, err);
}

static int pool_choose(const struct pool_request *pool, struct actual *ret_actual,
		       struct error *err)
{
	AUTO_FREE struct candidate *candidates = NULL;
	const struct network *network = pool->network;

	if (network->n_pool == 0)
		return error_set(err, -ENODEV, ERROR_DEVICE_UNSUITABLE,
				 "network '%s' uses a direct mode, but has no forward dev and no "
				 "interface pool",
				 network->name);
	candidates = calloc(network->n_pool, sizeof(*candidates));
	if (!candidates)
		return error_oom(err);
	for (size_t i = 0; i < network->n_pool; i++)
		candidates[i] = (struct candidate){
			.entry = &network->pool[i],
			.position = i,
			.used = dev_used(pool->base->facts, network->pool[i].dev),
		};
	qsort(candidates, network->n_pool, sizeof(*candidates), candidate_compare);
	return pool_try(pool, candidates, ret_actual, err);
}

static int network_ready(const struct resolve_request *request, struct error *err)
{
	const struct interface *interface = request->interface;

	if (!request->network)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_NETWORK, "network '%s' does not exist",
				 interface->network);
	if (!request->network_active)
		return error_set(err, -ENETDOWN, ERROR_NETWORK_INACTIVE,
				 "network '%s' is not active (vif network start %s)",
				 interface->network, interface->network);
	if (interface->portgroup)
		return error_set(err, -ENOENT, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no portgroup '%s'", interface->network,
				 interface->portgroup);
	return 0;
}

static int network_resolve(const struct resolve_request *request,
			   const struct backend_request *base, enum port_type type,
			   struct text *summary, struct actual *ret_actual, struct error *err)
{
	const struct network *network = request->network;
	struct pool_request pool = {
		.network = network,
		.base = base,
		.type = type,
		.summary = summary,
	};
	int r;

	r = network_ready(request, err);
	if (r < 0)
		return r;
	if (network_direct_mode(network, &pool.mode))
		return pool_choose(&pool, ret_actual, err);
	return actual_set_bridge(ret_actual, network->bridge.name, err);
}

static int direct_resolve(const struct interface *interface, struct actual *ret_actual,
			  struct error *err)
{
	int r;

	r = actual_set_direct(ret_actual, interface->dev, interface->mode, err);
	if (r < 0)
		return r;
	ret_actual->dev_mac = interface->dev_mac;
	ret_actual->has_dev_mac = interface->has_dev_mac;
	return 0;
}

int actual_resolve(const struct resolve_request *request, const struct backend_request *base,
		   enum port_type type, struct text *summary, struct actual *ret_actual,
		   struct error *err)
{
	const struct interface *interface = request->interface;

	switch (interface->type) {
	case INTERFACE_NETWORK:
		return network_resolve(request, base, type, summary, ret_actual, err);
	case INTERFACE_DIRECT:
		return direct_resolve(interface, ret_actual, err);
	case INTERFACE_BRIDGE:
		return actual_set_bridge(ret_actual, interface->bridge, err);
	case INTERFACE_ETHERNET:
	default:
		*ret_actual = (struct actual){ .type = INTERFACE_ETHERNET };
		return 0;
	}
}

bool actual_undecided(const struct resolve_request *request, struct actual *ret_actual)
{
	struct actual actual = { .type = INTERFACE_DIRECT };

	if (!request->network || !request->network_active ||
	    !network_direct_mode(request->network, &actual.mode))
		return false;
	*ret_actual = actual;
	return true;
}
