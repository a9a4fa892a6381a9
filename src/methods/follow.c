/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port keeps what it was given, but for limits: those the kernel changes under a guest without
 * a loss, and an admin who turns a portgroup's up or down means the guests that run.
 *
 * It keeps its portgroup: which one is the default may have changed meanwhile.
 */
#include "life/life.h"
#include "life/request.h"
#include "life/settle.h"
#include "methods/follow.h"
#include "methods/place.h"
#include "resolve/resolve.h"
#include "util/log.h"
#include "util/parse.h"

struct follow {
	struct manager *manager;
	const char *network;
};

static bool is_concerned(const struct port *port, const struct network *network)
{
	const struct portgroup *group;

	if (port->state == PORT_REMOVING || !port->actual.portgroup ||
	    !streq(port->interface->network, network->name) ||
	    bandwidth_limits(&port->interface->bandwidth))
		return false;
	group = network_portgroup(network, port->actual.portgroup);
	return group && (!bandwidth_limit_equal(&group->bandwidth.inbound,
						&port->actual.bandwidth.inbound) ||
			 !bandwidth_limit_equal(&group->bandwidth.outbound,
						&port->actual.bandwidth.outbound));
}

static void tell(struct manager *manager, const struct port *port)
{
	const struct event event = {
		.name = "port-set",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = "its portgroup has another <bandwidth>",
	};

	events_tell(&manager->events, &event, "port %s is set: %s", port->name, event.cause);
}

static int take_limits(struct manager *manager, struct port_entry *entry, struct error *err)
{
	static const struct port_change change = { .bandwidth = true };
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO(place_done) struct place place = { .side = entry->port->side };
	struct interface interface = *entry->port->interface;
	struct resolve_request request;
	uint64_t outage_usec;
	int r;

	interface.portgroup = entry->port->actual.portgroup;
	request = port_request(manager, &interface, entry);
	r = resolve_change(&request, &change, &resolution, err);
	if (r == 0 && actual_copy(&resolution.actual, &place.actual) < 0)
		r = error_oom(err);
	if (r == 0)
		r = place_take(manager, entry, &place, &resolution, &outage_usec, err);
	if (r < 0)
		return r;
	(void)settle_port(manager, entry, &resolution, NULL);
	tell(manager, entry->port);
	return 0;
}

static void look_at(struct port_entry *entry, void *userdata)
{
	const struct follow *follow = userdata;
	const struct network_entry *network = registry_network(&follow->manager->registry,
							       follow->network);
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!network || !network->started || !is_concerned(entry->port, network->started))
		return;
	if (take_limits(follow->manager, entry, &err) < 0)
		log_warning("port %s keeps its limits, though its portgroup has others: %s",
			    entry->port->name, error_text(&err));
}

void ports_follow(struct manager *manager, const char *network)
{
	struct follow follow = { manager, network };

	if (watch_refresh(manager->watch, NULL) == 0)
		registry_each_port(&manager->registry, look_at, &follow);
}
