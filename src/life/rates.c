/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A link that is on its way out loses its queue before the kernel says that it has gone.
 *
 * The kernel tells of queues, their classes and filters that were deleted, exchanged
 * or changed. An ifb is a device like any other.
 */
#include "backends/rate.h"
#include "backends/side.h"
#include "host/words.h"
#include "kernel/tc.h"
#include "life/port-runtime.h"
#include "life/rates.h"

static bool is_limited(const struct manager *manager, const struct host_link *link,
		       const struct bandwidth_limit *limit)
{
	struct netlink *nl = manager->apply.netlink;
	struct rate_limit wanted;
	struct link_view view;

	if (!limit || !link)
		return true;
	wanted = words_kernel_rate(limit);
	return rate_is_set(nl, link->ifindex, &wanted) ||
	       link_get(nl, link->ifindex, &view, NULL) < 0;
}

static bool takes_detour(const struct manager *manager, const struct port *port,
			 const struct host_link *device, const struct bandwidth_limit *limit)
{
	char tag[PORT_SIDE_TAG_SIZE];
	const struct host_link *ifb;

	if (!limit || !device)
		return true;
	port_rate_tag(&port->uuid, tag);
	ifb = facts_find(watch_facts(manager->watch), tag);
	return ifb && is_limited(manager, ifb, limit) &&
	       tc_find_detour(manager->apply.netlink, device->ifindex) == ifb->ifindex;
}

static const struct host_link *find_side(const struct manager *manager, const struct port *port)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_side_tag(&port->uuid, port->side, tag);
	return facts_find(watch_facts(manager->watch), tag);
}

bool rates_lost(struct manager *manager, const struct port_entry *entry)
{
	const struct port *port = entry->port;
	const struct facts *facts = watch_facts(manager->watch);
	const struct host_link *device = guest_side_find(facts, &port->uuid);
	const struct event event = {
		.name = "port-rate",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = "somebody changed what limits it, and that is put right",
	};
	bool floor_lost = entry->runtime->floor_lost;
	struct rate_places places;

	entry->runtime->floor_lost = false;
	if (entry->runtime->rewire || port->state != PORT_CONNECTED ||
	    !bandwidth_limits(&port->actual.bandwidth))
		return false;
	places = rate_places(port->type, &port->actual);
	if (!floor_lost && is_limited(manager, device, places.device) &&
	    is_limited(manager, find_side(manager, port), places.side) &&
	    takes_detour(manager, port, device, places.detour))
		return false;
	events_tell(&manager->events, &event, "the limit of port %s: %s", event.port, event.cause);
	return true;
}
