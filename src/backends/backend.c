/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/backend.h"
#include "backends/kinds.h"

static const struct backend *const backends[] = {
	[INTERFACE_DIRECT] = &backend_macvtap,
	[INTERFACE_BRIDGE] = &backend_bridge,
	[INTERFACE_ETHERNET] = &backend_ethernet,
};

const struct backend *backend_get(enum interface_type type)
{
	return backends[type];
}

const struct host_link *backend_have(const struct backend_request *request)
{
	return facts_find(request->facts, request->tag);
}

const struct port *backend_port_of(const struct backend_request *request,
				   const struct host_link *link)
{
	struct uuid uuid;

	for (size_t i = 0; i < link->n_altnames; i++) {
		if (!port_tag_parse(link->altnames[i], &uuid))
			continue;
		for (size_t j = 0; j < request->n_ports; j++)
			if (uuid_equal(&request->ports[j]->uuid, &uuid))
				return request->ports[j];
	}
	return NULL;
}

void backend_print_holder(const struct backend_request *request, const struct host_link *link,
			  struct text *text)
{
	const struct port *port = backend_port_of(request, link);

	text_add(text, "%s", link->name);
	if (!port)
		text_add(text, " (a %s that is not vifd's)", link->kind);
	else if (port->owner.guest)
		text_add(text, " (port of guest %s)", port->owner.guest);
	else
		text_add(text, " (a port)");
}

int backend_set_up(const struct backend_request *request, const struct host_link *have,
		   struct plan *plan)
{
	struct plan_step *step;

	if (request->interface->link == LINK_STATE_DOWN || (have && have->up))
		return 0;
	step = plan_add(plan, ACTION_SET_UP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, have ? have->ifindex : 0);
	return 0;
}
