/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A floor is in the bridge's queue, not in a device of the port's: where a vifd was killed
 * between a port's record and its floor, one of the two is left. Here both are compared.
 */
#include "host/apply.h"
#include "host/words.h"
#include "kernel/rate-share.h"
#include "kernel/tc.h"
#include "life/limits.h"
#include "life/port-runtime.h"
#include "resolve/network-limits.h"
#include "util/parse.h"

static bool outbound_lost(struct manager *manager, const struct network *network,
			  const struct host_link *bridge)
{
	const struct bandwidth_limit *limit = &network->bandwidth.outbound;
	const struct host_link *ifb = network_find_ifb(network, watch_facts(manager->watch));
	struct netlink *nl = manager->apply.netlink;
	struct rate_limit wanted;

	if (!bandwidth_limit_asks(limit))
		return false;
	wanted = words_kernel_rate(limit);
	return !ifb || !ifb->up || !rate_is_set(nl, ifb->ifindex, &wanted) ||
	       tc_find_detour(nl, bridge->ifindex) != ifb->ifindex;
}

bool limits_lost(struct manager *manager, const struct network *network)
{
	const struct host_link *bridge;
	struct rate_limit wanted;

	if (!bandwidth_limits(&network->bandwidth))
		return false;
	bridge = facts_find(watch_facts(manager->watch), network->bridge.name);
	if (!bridge)
		return false;
	if (bandwidth_limit_asks(&network->bandwidth.inbound)) {
		wanted = words_kernel_rate(&network->bandwidth.inbound);
		if (!rate_is_shared(manager->apply.netlink, bridge->ifindex, &wanted))
			return true;
	}
	return outbound_lost(manager, network, bridge);
}

struct look {
	const struct network *network;
	struct rate_share *shares;
	size_t n;
	bool *wanted; /* one for each of those */
};

static bool is_of_network(const struct port *port, const struct network *network)
{
	return port->actual.managed && port->actual.bandwidth.class_id > 0 &&
	       port->state != PORT_REMOVING && streq(port->interface->network, network->name);
}

static void look_at(struct port_entry *entry, void *userdata)
{
	const struct port *port = entry->port;
	struct look *look = userdata;
	bool kept = false;

	if (!is_of_network(port, look->network))
		return;
	for (size_t i = 0; i < look->n; i++) {
		if (look->shares[i].id != port->actual.bandwidth.class_id)
			continue;
		look->wanted[i] = true;
		kept = look->shares[i].reached &&
		       look->shares[i].floor ==
			       words_kernel_bytes(port->actual.bandwidth.inbound.floor);
	}
	entry->runtime->floor_lost = !kept && port->state == PORT_CONNECTED;
}

void floors_look(struct manager *manager, const struct network *network)
{
	const struct host_link *bridge;
	AUTO_FREE struct rate_share *shares = NULL;
	AUTO_FREE bool *wanted = NULL;
	struct look look = { .network = network };

	if (!bandwidth_limit_asks(&network->bandwidth.inbound))
		return;
	bridge = facts_find(watch_facts(manager->watch), network->bridge.name);
	if (!bridge ||
	    rate_read_shares(manager->apply.netlink, bridge->ifindex, &shares, &look.n, NULL) < 0)
		return;
	wanted = calloc(look.n + 1, sizeof(*wanted));
	if (!wanted)
		return;
	look.shares = shares;
	look.wanted = wanted;
	registry_each_port(&manager->registry, look_at, &look);
	for (size_t i = 0; i < look.n; i++)
		if (!wanted[i])
			apply_clear_floor(&manager->apply, bridge->ifindex, bridge->name,
					  shares[i].id);
}
