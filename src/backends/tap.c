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
	return plan_undo(plan, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}

/* An existing tap follows what it stands on. */
static int tap_set_mtu(const struct backend_request *request, struct plan *plan)
{
	const struct backend *backend = backend_get(request->actual->type, PORT_TYPE_LIVE);
	const struct host_link *have = backend_have(request);
	unsigned mtu = backend_mtu(backend, request);
	struct plan_step *step;
	struct action *undo;

	if (!have || mtu == 0 || have->mtu == mtu)
		return 0;
	step = plan_add(plan, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, have->ifindex);
	step->action.mtu = mtu;
	undo = plan_undo(plan, ACTION_SET_MTU);
	if (!undo)
		return -ENOMEM;
	undo->mtu = have->mtu;
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

int tap_undo_bridge(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request);
	const struct host_link *bridge = facts_get(request->facts, have->master);
	struct action *undo = plan_undo(plan, ACTION_SET_MASTER);

	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->other, bridge->name, bridge->ifindex);
	/* The address is known before the bridge stops to flood. */
	if (have->bridge_port.no_flood) {
		undo = plan_undo(plan, ACTION_ADD_STATIC);
		if (!undo)
			return -ENOMEM;
		undo->mac = request->interface->mac;
	}
	if (bridge_port_equal(have->bridge_port, (struct bridge_port){ 0 }))
		return 0;
	undo = plan_undo(plan, ACTION_SET_BRIDGE_PORT);
	if (!undo)
		return -ENOMEM;
	undo->bridge_port = have->bridge_port;
	return 0;
}

int tap_leave_bridge(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request), *master;
	struct plan_step *step;

	master = have ? facts_get(request->facts, have->master) : NULL;
	if (!master)
		return 0;
	step = plan_add(plan, ACTION_CLEAR_MASTER);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	link_ref_set(&step->action.other, master->name, master->ifindex);
	return tap_undo_bridge(request, plan);
}

int tap_unwire(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *have = backend_have(request), *old;
	struct plan_step *step;
	struct action *undo;

	if (!have || (request->side == 0 && !request->rewire))
		return 0;
	old = backend_next_side(request, NULL);
	step = plan_add(plan, ACTION_UNWIRE);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	if (!old)
		return 0;
	undo = plan_undo(plan, ACTION_WIRE);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->other, old->name, old->ifindex);
	return 0;
}
