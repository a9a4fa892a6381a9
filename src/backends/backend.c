/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/backend.h"
#include "backends/kinds.h"

const struct backend *backend_get(enum interface_type actual_type, enum port_type port_type)
{
	switch (actual_type) {
	case INTERFACE_DIRECT:
		return port_type == PORT_TYPE_DIRECT ? &backend_macvtap : &backend_macvlan;
	case INTERFACE_BRIDGE:
		return &backend_bridge;
	default:
		return &backend_ethernet;
	}
}

const struct host_link *backend_have(const struct backend_request *request)
{
	char tag[PORT_TAG_SIZE];

	port_tag(request->uuid, tag);
	return facts_find(request->facts, tag);
}

const struct host_link *backend_have_side(const struct backend_request *request)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_side_tag(request->uuid, request->side, tag);
	return facts_find(request->facts, tag);
}

bool backend_is_side(const struct backend_request *request, const struct host_link *link)
{
	struct uuid uuid;
	int64_t side;

	for (size_t i = 0; i < link->n_altnames; i++)
		if (port_tag_parse(link->altnames[i], &uuid, &side) && side >= 0 &&
		    uuid_equal(&uuid, request->uuid))
			return true;
	return false;
}

static bool plan_deletes(const struct plan *plan, const struct host_link *link)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action.kind == ACTION_DELETE_LINK &&
		    plan->steps[i].action.link.ifindex == link->ifindex)
			return true;
	return false;
}

int backend_drop_sides(const struct backend_request *request, bool all, struct plan *plan)
{
	const struct host_link *wanted = all ? NULL : backend_have_side(request);

	/* A port that is on its first host's side cannot have another. */
	if (!all && request->side == 0)
		return 0;
	for (size_t i = 0; i < request->facts->n_links; i++) {
		const struct host_link *link = &request->facts->links[i];
		struct plan_step *step;

		if (!link->is_macvlan || link == wanted || !backend_is_side(request, link) ||
		    plan_deletes(plan, link))
			continue;
		step = plan_add(plan, ACTION_DELETE_LINK);
		if (!step)
			return -ENOMEM;
		link_ref_set(&step->action.link, link->name, link->ifindex);
	}
	return 0;
}

int backend_set_up(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	struct plan_step *step;

	if (request->interface->link == LINK_STATE_DOWN || (have && have->up))
		return 0;
	step = plan_add(plan, ACTION_SET_UP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, have ? have->ifindex : 0);
	return 0;
}

unsigned backend_mtu(const struct backend *backend, const struct backend_request *request)
{
	const struct host_link *base = backend->base(request);
	unsigned asked = request->interface->mtu;

	if (!base)
		return asked;
	return asked && (asked < base->mtu || request->actual->type != INTERFACE_DIRECT)
		       ? asked
		       : base->mtu;
}
