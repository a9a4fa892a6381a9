/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/tap.h"

int tap_make(const struct backend_request *request, unsigned mtu, bool host_ip, struct plan *plan)
{
	struct plan_step *step;

	if (backend_have(request))
		return 0;
	step = plan_add(plan, ACTION_ADD_TAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, 0);
	step->action.mac = mac_of_tap(&request->interface->mac);
	step->action.mtu = mtu;
	step->action.queues = interface_queues(request->interface);
	step->action.vnet_hdr = interface_has_vnet_hdr(request->interface);
	step->action.host_ip = host_ip;
	strncpy(step->action.tag, request->tag, sizeof(step->action.tag) - 1);
	step->undo.kind = ACTION_DELETE_LINK;
	step->undo.link = step->action.link;
	return 0;
}

int tap_make_persistent(const struct backend_request *request, struct plan *plan)
{
	struct plan_step *step;

	if (!request->by_name || backend_have(request))
		return 0;
	step = plan_add(plan, ACTION_PERSIST_TAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, 0);
	return 0;
}
