/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolve/relay.h"

/* The interface, if it is a port of the bridge. */
static const struct host_link *find_port(const struct beside *beside,
					 const struct network_relay *relay)
{
	const struct facts *facts = beside->request->facts;
	const struct host_link *link = facts_find(facts, relay->dev);
	const struct host_link *master = facts_find(facts, beside->bridge);

	return link && master && link->master == master->ifindex ? link : NULL;
}

static int set_reflects(const struct beside *beside, const struct host_link *port, bool reflects)
{
	struct plan_step *step = plan_add(beside->plan, ACTION_SET_BRIDGE_PORT);
	struct action *undo;

	if (!step)
		return error_oom(beside->err);
	link_ref_set(&step->action.link, port->name, port->ifindex);
	step->action.bridge_port = port->bridge_port;
	step->action.bridge_port.reflects = reflects;
	undo = plan_undo(beside->plan, ACTION_SET_BRIDGE_PORT);
	if (!undo)
		return error_oom(beside->err);
	undo->bridge_port = port->bridge_port;
	return 0;
}

static int need(const struct beside *beside, const struct network_relay *relay)
{
	const struct host_link *port = find_port(beside, relay);

	if (port)
		text_add(beside->said,
			 "%s sends frames back to %s: guests behind that, in mode vepa, reach each "
			 "other\n",
			 beside->bridge, relay->dev);
	else
		text_add(beside->said,
			 "%s is not a port of %s now; frames are sent back to it when it is one "
			 "(ip link set %s master %s)\n",
			 relay->dev, beside->bridge, relay->dev, beside->bridge);
	return port && !port->bridge_port.reflects ? set_reflects(beside, port, true) : 0;
}

int relay_need(const struct beside *beside)
{
	const struct network *network = beside->request->network;
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->n_relays; i++)
		r = need(beside, &network->relays[i]);
	return r;
}

int relay_end(const struct beside *beside)
{
	const struct network *network = beside->request->network;
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->n_relays; i++) {
		const struct host_link *port = find_port(beside, &network->relays[i]);

		if (port && port->bridge_port.reflects)
			r = set_reflects(beside, port, false);
	}
	return r;
}
