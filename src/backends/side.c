/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/kinds.h"
#include "backends/side.h"

/* The first one is that of ports that do not say which. */
static const struct guest_side *const guest_sides[] = {
	&guest_tap,
	&guest_macvtap,
};

/* Asked in this order whether an actual is theirs: the special before the general. */
static const struct host_side *const host_sides[] = {
	&host_macvlan,
	&host_bridge,
	&host_none,
};

const struct host_side *host_side_place(const struct interface *interface,
					const struct network *network, struct actual *actual)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_sides); i++)
		if (host_sides[i]->place(interface, network, actual))
			return host_sides[i];
	return NULL;
}

const struct host_side *host_side_of(const struct actual *actual)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_sides); i++)
		if (host_sides[i]->is_of(actual))
			return host_sides[i];
	return NULL;
}

bool host_side_is_known(const struct actual *actual)
{
	return !host_side_of(actual)->named || actual->dev || actual->bridge;
}

bool host_side_is_none(const struct actual *actual)
{
	return host_side_of(actual) == &host_none;
}

const struct guest_side *guest_side_of(enum port_type type)
{
	for (size_t i = 0; i < ARRAY_SIZE(guest_sides); i++)
		if (guest_sides[i]->type == type)
			return guest_sides[i];
	return guest_sides[0];
}

bool guest_side_stands(enum port_type type)
{
	return guest_side_of(type)->stand;
}

/* A device that stands on an interface itself cannot stand elsewhere. */
static const struct guest_side *guest_side_on(const struct host_side *host, enum port_type type)
{
	const struct guest_side *guest = guest_side_of(type);

	return guest->stand && !host->on_interface ? guest_sides[0] : guest;
}

struct side_request side_request_of(const struct asker *asker, const struct actual *actual)
{
	const struct host_side *host = host_side_of(actual);

	return (struct side_request){
		.asker = asker,
		.actual = actual,
		.guest = guest_side_on(host, asker->type),
		.host = host,
		.side = asker->side,
	};
}

int host_sides_leave(const struct side_request *request, struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(host_sides); i++)
		if (host_sides[i]->leave)
			r = host_sides[i]->leave(request, plan);
	return r;
}

const struct host_link *guest_side_find(const struct facts *facts, const struct uuid *uuid)
{
	char tag[PORT_TAG_SIZE];

	port_tag(uuid, tag);
	return facts_find(facts, tag);
}

const struct actual *side_recorded(const struct asker *asker)
{
	for (size_t i = 0; i < asker->n_ports; i++)
		if (uuid_equal(&asker->ports[i]->uuid, asker->uuid))
			return &asker->ports[i]->actual;
	return NULL;
}

struct plan_step *side_add_step(const struct asker *asker, enum action_kind kind, struct plan *plan)
{
	struct plan_step *step = plan_add(plan, kind);

	if (step)
		link_ref_set(&step->action.link, asker->ifname,
			     asker->have ? asker->have->ifindex : 0);
	return step;
}

int side_set_mac(const struct host_link *have, const struct mac *wanted, struct plan *plan)
{
	struct plan_step *step;
	struct action *undo;

	/* A device without an address has none that is wrong. */
	if (mac_is_zero(&have->mac) || mac_equal(&have->mac, wanted))
		return 0;
	step = plan_add(plan, ACTION_SET_MAC);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	step->action.mac = *wanted;
	undo = plan_undo(plan, ACTION_SET_MAC);
	if (!undo)
		return -ENOMEM;
	undo->mac = have->mac;
	return 0;
}

int guest_side_set_down(const struct asker *asker, struct plan *plan)
{
	if (!asker->have || !asker->have->up)
		return 0;
	if (!side_add_step(asker, ACTION_SET_DOWN, plan))
		return -ENOMEM;
	return plan_undo(plan, ACTION_SET_UP) ? 0 : -ENOMEM;
}

int guest_side_set_up(const struct asker *asker, struct plan *plan)
{
	if (asker->interface->link == LINK_STATE_DOWN)
		return guest_side_set_down(asker, plan);
	if (asker->have && asker->have->up)
		return 0;
	return side_add_step(asker, ACTION_SET_UP, plan) ? 0 : -ENOMEM;
}
