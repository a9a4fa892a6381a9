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

static bool has_side_tag(const struct host_link *link, const char *tag, size_t length)
{
	struct uuid uuid;
	int64_t side;

	for (size_t i = 0; i < link->n_altnames; i++)
		if (!strncmp(link->altnames[i], tag, length) &&
		    port_tag_parse(link->altnames[i], &uuid, &side) && side >= 0)
			return true;
	return false;
}

/* Of thousands of links a few are this port's: none is parsed before its text begins alike. */
const struct host_link *backend_next_side(const struct backend_request *request,
					  const struct host_link *last)
{
	const struct facts *facts = request->facts;
	char tag[PORT_TAG_SIZE];

	port_tag(request->uuid, tag);
	for (size_t i = last ? (size_t)(last - facts->links) + 1 : 0; i < facts->n_links; i++)
		if (facts->links[i].is_macvlan &&
		    has_side_tag(&facts->links[i], tag, sizeof(tag) - 1))
			return &facts->links[i];
	return NULL;
}

int backend_drop_sides(const struct backend_request *request, bool all, struct plan *plan)
{
	const struct host_link *wanted = all ? NULL : backend_have_side(request), *link = NULL;

	/* A port that is on its first host's side cannot have another. */
	if (!all && request->side == 0)
		return 0;
	while ((link = backend_next_side(request, link))) {
		struct plan_step *step;

		if (link == wanted || plan_deletes(plan, link->ifindex))
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
