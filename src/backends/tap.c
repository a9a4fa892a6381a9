/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/kinds.h"
#include "backends/tap.h"

int tap_make(const struct backend_request *request, unsigned mtu, bool host_ip, struct plan *plan)
{
	bool again = request->held && !request->by_name;
	struct plan_step *step;
	char tag[PORT_TAG_SIZE];

	if (backend_have(request))
		return 0;
	port_tag(request->uuid, tag);
	step = plan_add(plan, again ? ACTION_REMAKE_TAP : ACTION_ADD_TAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, 0);
	step->action.mac = mac_of_tap(&request->interface->mac);
	step->action.mtu = mtu;
	step->action.queues = interface_queues(request->interface);
	step->action.vnet_hdr = interface_has_vnet_hdr(request->interface);
	step->action.host_ip = host_ip;
	snprintf(step->action.tag, sizeof(step->action.tag), "%s", tag);
	step->undo.kind = ACTION_DELETE_LINK;
	step->undo.link = step->action.link;
	return 0;
}

/* An existing tap follows what it stands on. */
static int tap_set_mtu(const struct backend_request *request, struct plan *plan)
{
	const struct backend *backend = backend_get(request->actual->type, PORT_TYPE_LIVE);
	const struct host_link *have = backend_have(request);
	unsigned mtu = backend_mtu(backend, request);
	struct plan_step *step;

	if (!have || mtu == 0 || have->mtu == mtu)
		return 0;
	step = plan_add(plan, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, have->ifindex);
	step->action.mtu = mtu;
	step->undo = step->action;
	step->undo.mtu = have->mtu;
	return 0;
}

static int tap_make_persistent(const struct backend_request *request, struct plan *plan)
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

static int tap_set_down(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	struct plan_step *step;

	if (!have || !have->up || have->master || request->actual->type != INTERFACE_BRIDGE)
		return 0;
	step = plan_add(plan, ACTION_SET_DOWN);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	return 0;
}

int tap_finish(const struct backend_request *request, bool waits, struct plan *plan)
{
	int r;

	if (waits) {
		r = tap_set_down(request, plan);
	} else {
		r = tap_set_mtu(request, plan);
		if (r == 0)
			r = backend_set_up(request, plan);
	}
	return r < 0 ? r : tap_make_persistent(request, plan);
}

/*
 * An undo is one action: what has to follow the return to the bridge hangs on
 * steps before it that do nothing.
 */
int tap_keep_bridge_port(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	struct plan_step *step;

	if (!have || !have->master ||
	    bridge_port_equal(have->bridge_port, (struct bridge_port){ 0 }))
		return 0;
	step = plan_add(plan, ACTION_NONE);
	if (!step)
		return -ENOMEM;
	step->undo.kind = ACTION_SET_BRIDGE_PORT;
	step->undo.bridge_port = have->bridge_port;
	link_ref_set(&step->undo.link, have->name, have->ifindex);
	if (!have->bridge_port.no_flood)
		return 0;
	step = plan_add(plan, ACTION_NONE);
	if (!step)
		return -ENOMEM;
	step->undo.kind = ACTION_ADD_STATIC;
	step->undo.mac = request->interface->mac;
	link_ref_set(&step->undo.link, have->name, have->ifindex);
	return 0;
}

int tap_leave_bridge(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request), *master;
	struct plan_step *step;

	master = have ? facts_get(request->facts, have->master) : NULL;
	if (!master)
		return 0;
	if (tap_keep_bridge_port(request, plan) < 0)
		return -ENOMEM;
	step = plan_add(plan, ACTION_CLEAR_MASTER);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	link_ref_set(&step->action.other, master->name, master->ifindex);
	step->undo = step->action;
	step->undo.kind = ACTION_SET_MASTER;
	return 0;
}

int tap_unwire(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request), *old;
	struct plan_step *step;

	if (!have || (request->side == 0 && !request->rewire))
		return 0;
	old = backend_next_side(request, NULL);
	step = plan_add(plan, ACTION_UNWIRE);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	if (!old)
		return 0;
	step->undo.kind = ACTION_WIRE;
	step->undo.link = step->action.link;
	link_ref_set(&step->undo.other, old->name, old->ifindex);
	return 0;
}
