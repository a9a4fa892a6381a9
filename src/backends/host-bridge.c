/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tap that is a port of a Linux bridge which exists already.
 *
 * The tap takes the bridge's MTU unless the interface names one, as libvirt
 * does: a port with another MTU would change the bridge's. Its own address is
 * the guest's with a high first byte, so that the bridge, which adopts its
 * ports' lowest address, never adopts it.
 *
 * A bridge that is deleted lets its taps go; they return to the next one of
 * its name. A bridge that was only renamed still has them.
 *
 * What the bridge does with the port (isolation, who fills its table of
 * addresses) is what the actual says, whoever set it to something else; unset
 * is what the kernel gives to a new port. The kernel forgets all of it when
 * the tap leaves. An address that vifd puts into the table is not in the
 * facts: it is put there again whenever the port's other settings are made,
 * and at a restart. The bridge's own settings are its owner's: VLAN filtering,
 * with which the uplink could do without promiscuous mode, is left alone.
 */
#include <string.h>

#include "backends/kinds.h"
#include "backends/setting.h"
#include "backends/side.h"

static bool bridge_place(const struct interface *interface, const struct network *network,
			 struct actual *actual)
{
	if (network ? network->forward != FORWARD_BRIDGE && !network_is_managed(network)
		    : interface->type != INTERFACE_BRIDGE)
		return false;
	actual->type = INTERFACE_BRIDGE;
	if (network) {
		actual->managed = network_is_managed(network);
		actual->mac_table_manager = network->bridge.mac_table_manager;
	}
	return true;
}

static bool bridge_is_of(const struct actual *actual)
{
	return actual->type == INTERFACE_BRIDGE;
}

static const struct carries *bridge_carries(const struct actual *actual)
{
	static const struct carries host = {
		.kind = "bridge",
		.what = "a bridge",
		.uses = "uses a bridge device",
		.virtualports = 1U << VIRTUALPORT_OPENVSWITCH,
		.virtualports_text = "openvswitch is",
		.isolation = true,
	};
	static const struct carries managed = {
		.kind = "virtual",
		.what = "a bridge",
		.uses = "uses IP forwarding",
		.virtualports_text = "none is",
		.floor = true,
		.isolation = true,
	};

	return actual->managed ? &managed : &host;
}

static struct traffic bridge_traffic(const struct actual *actual)
{
	(void)actual;
	return (struct traffic){ FORWARDER_KERNEL, HOST_REACH_YES };
}

static const struct host_link *bridge_base(const struct side_request *request)
{
	const struct facts *facts = request->asker->facts;
	const struct host_link *named = facts_find(facts, request->actual->bridge);
	const struct host_link *have = request->asker->have;

	if (named || request->asker->moves)
		return named;
	return have ? facts_get(facts, have->master) : NULL;
}

static int bridge_check(const struct side_request *request, struct error *err)
{
	const char *name = request->actual->bridge;
	const struct host_link *bridge = bridge_base(request);

	if (!bridge)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "bridge %s does not exist",
				 name);
	if (strcmp(bridge->kind, "bridge") != 0)
		return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
				 "%s is not a Linux bridge (it is %s%s)", name,
				 *bridge->kind ? "a device of kind " : "a plain interface",
				 bridge->kind);
	return 0;
}

static unsigned bridge_mtu(const struct side_request *request)
{
	const struct host_link *bridge = bridge_base(request);
	unsigned asked = request->asker->interface->mtu;

	return !asked && bridge ? bridge->mtu : asked;
}

/* Undoes the last step, which takes the port off a bridge: puts it back as it was. */
static int undo_bridge(const struct side_request *request, const struct host_link *bridge,
		       struct plan *plan)
{
	const struct host_link *have = request->asker->have;
	struct action *undo = plan_undo(plan, ACTION_SET_MASTER);

	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->other, bridge->name, bridge->ifindex);
	if (settings_restore(request->asker, plan) < 0)
		return -ENOMEM;
	if (bridge_port_equal(have->bridge_port, (struct bridge_port){ 0 }))
		return 0;
	undo = plan_undo(plan, ACTION_SET_BRIDGE_PORT);
	if (!undo)
		return -ENOMEM;
	undo->bridge_port = have->bridge_port;
	return 0;
}

static int join_bridge(const struct side_request *request, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(request);
	const struct host_link *have = request->asker->have;
	const struct host_link *old = have ? facts_get(request->asker->facts, have->master) : NULL;
	struct plan_step *step = side_add_step(request->asker, ACTION_SET_MASTER, plan);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.other, bridge->name, bridge->ifindex);
	if (old)
		return undo_bridge(request, old, plan);
	return plan_undo(plan, ACTION_CLEAR_MASTER) ? 0 : -ENOMEM;
}

static int set_flags(const struct setting_place *place, struct plan *plan)
{
	struct plan_step *step;
	struct action *undo;

	if (bridge_port_equal(place->now, place->wanted))
		return 0;
	step = side_add_step(place->request->asker, ACTION_SET_BRIDGE_PORT, plan);
	if (!step)
		return -ENOMEM;
	step->action.bridge_port = place->wanted;
	if (place->fresh)
		return 0;
	undo = plan_undo(plan, ACTION_SET_BRIDGE_PORT);
	if (!undo)
		return -ENOMEM;
	undo->bridge_port = place->now;
	return 0;
}

static int bridge_make(const struct side_request *request, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(request);
	const struct host_link *have = request->asker->have;
	struct setting_place place = {
		.request = request,
		.fresh = !have || have->master != bridge->ifindex,
		.wanted = settings_bridge_port(request->actual),
	};
	int r = 0;

	if (place.fresh)
		r = join_bridge(request, plan);
	else
		place.now = have->bridge_port;
	if (r == 0)
		r = settings_steps(&place, SETTING_HOST, plan);
	if (r == 0)
		r = set_flags(&place, plan);
	return r < 0 ? r : settings_steps(&place, SETTING_CHANGE, plan);
}

/* A tap that has always been on nothing is on a bridge because somebody put it there. */
static int bridge_leave(const struct side_request *request, struct plan *plan)
{
	const struct host_link *have = request->asker->have, *bridge;
	bool never_joined = !request->host->wired && request->side == 0 && !request->rewire;
	struct plan_step *step;

	bridge = have ? facts_get(request->asker->facts, have->master) : NULL;
	if (!bridge || request->host == &host_bridge || never_joined)
		return 0;
	step = plan_add(plan, ACTION_CLEAR_MASTER);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	link_ref_set(&step->action.other, bridge->name, bridge->ifindex);
	return undo_bridge(request, bridge, plan);
}

static void bridge_describe(const struct side_request *request, struct text *text)
{
	text_add(text, "a %s on bridge %s", request->guest->name, request->actual->bridge);
}

static void bridge_offer(const struct network *network, const struct actual *actual,
			 const struct guest_side *guest, struct text *text)
{
	const char *name = network->bridge.name;

	(void)guest;
	if (actual->managed)
		text_add(text, "tap on the virtual network%s%s", name ? "'s bridge " : "",
			 name ?: "");
	else
		text_add(text, "tap on bridge %s", name ?: "?");
}

const struct host_side host_bridge = {
	.named = true,
	.place = bridge_place,
	.is_of = bridge_is_of,
	.carries = bridge_carries,
	.traffic = bridge_traffic,
	.check = bridge_check,
	.make = bridge_make,
	.leave = bridge_leave,
	.base = bridge_base,
	.mtu = bridge_mtu,
	.describe = bridge_describe,
	.offer = bridge_offer,
};
