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
 * and at a restart. The bridge's own settings are its owner's.
 *
 * A bridge that filters VLANs has the port in those of its <vlan> and in no other; elsewhere
 * the guard tags. It goes on until the bridge does, and a running guest's tap that joins a
 * bridge is down until it is in its VLANs, for at first it is in that of every new port.
 * Without <vlan> the port's VLANs are the bridge's owner's. A bridge that vifd has made filters
 * from the first port on that has a <vlan>; one of the host's that does not is left as it is.
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
		actual->reflects = network->reflects_ports;
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

/* family: 0 for any. */
static bool host_has_address(const struct network *network, int family)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (family ? network->ips[i].address.family == family
			   : network->ips[i].address.family != 0)
			return true;
	return false;
}

static struct traffic bridge_traffic(const struct actual *actual, const struct network *network)
{
	static const enum world_reach worlds[FORWARD_MODE_COUNT] = {
		[FORWARD_ISOLATED] = WORLD_REACH_NO,   [FORWARD_NAT] = WORLD_REACH_NAT,
		[FORWARD_ROUTE] = WORLD_REACH_ROUTED,  [FORWARD_OPEN] = WORLD_REACH_ROUTED,
		[FORWARD_BRIDGE] = WORLD_REACH_DIRECT,
	};

	return (struct traffic){
		FORWARDER_KERNEL,
		!actual->managed || host_has_address(network, 0) ? HOST_REACH_YES : HOST_REACH_NO,
		network ? worlds[network->forward] : WORLD_REACH_DIRECT,
	};
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

/* A port of a bridge that is no guest's; hardware, if there is some. */
static const struct host_link *find_uplink(const struct facts *facts,
					   const struct host_link *bridge)
{
	const struct host_link *found = NULL;

	for (size_t i = 0; bridge && i < facts->n_links; i++) {
		const struct host_link *link = &facts->links[i];

		if (link->master != bridge->ifindex || !strcmp(link->kind, "tun"))
			continue;
		if (!*link->kind)
			return link;
		found = found ?: link;
	}
	return found;
}

static void tell_bridge_world(const struct side_request *request, const struct host_link *bridge,
			      struct text *text)
{
	const struct host_link *uplink = find_uplink(request->asker->facts, bridge);
	const char *name = request->actual->bridge;

	if (uplink)
		text_add(text, "the world: by %s, a port of %s, as a machine of its own there\n",
			 uplink->name, name);
	else
		text_add(text,
			 "the world: as this host routes, for %s has no port that leads out\n",
			 name);
}

static void tell_network_world(const struct network *network, struct text *text)
{
	const char *dev = network->n_pool > 0 ? network->pool[0].dev : NULL;

	switch (network->forward) {
	case FORWARD_NAT:
		text_add(text,
			 "the world: by NAT%s%s, with an address of this host's; reached by "
			 "<vif:forward> only%s\n",
			 dev ? " on " : "", dev ?: "",
			 network->nat.ipv6 != TRISTATE_YES && host_has_address(network, AF_INET6)
				 ? " (IPv6 is routed)"
				 : "");
		break;
	case FORWARD_ROUTE:
		text_add(text, "the world: routed by this host%s%s; the others need a route back\n",
			 dev ? ", on " : "", dev ?: "");
		break;
	case FORWARD_OPEN:
		text_add(text, "the world: as this host routes and filters\n");
		break;
	default:
		text_add(text, "the world: not reached (the network has no <forward>)\n");
	}
}

static void tell_host_addresses(const struct network *network, struct text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < network->n_ips; i++) {
		char address[ADDRESS_TEXT_SIZE];

		if (!network->ips[i].address.family)
			continue;
		address_format(&network->ips[i].address, address);
		text_add(text, "%s%s", n++ ? ", " : "this host: reached, at ", address);
	}
	text_add(text, "%s\n", n ? "" : "this host: not reached, for it has no address there");
}

static void bridge_tell_traffic(const struct side_request *request, const struct network *network,
				struct traffic traffic, struct text *text)
{
	const struct host_link *bridge = bridge_base(request);
	const char *guests = traffic.forwards == FORWARDER_NOBODY
				     ? "only those that are not isolated"
				     : "reached";

	if (request->actual->managed) {
		text_add(text, "other guests of network '%s': %s%s\n", network->name, guests,
			 network->tunnel.set ? ", those of other hosts by its tunnel" : "");
		tell_host_addresses(network, text);
		tell_network_world(network, text);
		return;
	}
	text_add(text, "other guests on %s: %s\n", request->actual->bridge, guests);
	text_add(text, "this host: reached, where it has an address on %s\n",
		 request->actual->bridge);
	tell_bridge_world(request, bridge, text);
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

/* One of vifd's own begins to when the first port asks for it. */
static bool bridge_puts_into_vlans(const struct side_request *request)
{
	const struct host_link *bridge = bridge_base(request);

	return bridge && request->actual->vlan.n_tags > 0 &&
	       (bridge->filters_vlans || (request->actual->managed && bridge->knows_vlans));
}

/*
 * A port of a bridge with spanning tree listens and learns first, for the delay each
 * (net/bridge/br_stp_timer.c); a topology with a loop can block it for good.
 */
static void tell_spanning_tree(const struct host_link *bridge, struct text *text)
{
	unsigned delay = 2 * bridge->bridge.delay_csec;

	text_add(text,
		 "bridge %s has spanning tree on: frames of a port that is new there, or was "
		 "without carrier, pass after %u.%02u s",
		 bridge->name, delay / 100, delay % 100);
}

static void bridge_hold_back(const struct side_request *request, struct text *text)
{
	const struct host_link *bridge = bridge_base(request), *have = request->asker->have;
	bool joins = !have || have->master != bridge->ifindex;

	if (!bridge->up)
		text_add(text, "bridge %s is down (ip link set %s up)", bridge->name, bridge->name);
	else if (joins ? bridge->bridge.stp : have->held_back)
		tell_spanning_tree(bridge, text);
}

/*
 * The smallest MTU of its ports becomes the bridge's (br_mtu_auto_adjust()): a guest's
 * smaller one is told to that guest alone.
 */
static unsigned bridge_mtu(const struct side_request *request)
{
	const struct host_link *bridge = bridge_base(request);
	unsigned asked = request->asker->interface->mtu;

	return bridge && (!asked || asked < bridge->mtu) ? bridge->mtu : asked;
}

static void fill_vlans(const struct vlan *vlan, const struct host_link *bridge,
		       struct action *action)
{
	action->vlans.asked = *vlan;
	action->vlans.pvid = bridge->default_pvid;
}

/* 1: it is in exactly those; 0 or -ENOMEM. */
static int is_in_vlans(const struct host_link *have, const struct vlan *vlan, uint16_t pvid)
{
	AUTO(vlan_set_done) struct vlan_set set = { 0 };
	int r = vlan_set_make(vlan, pvid, &set);

	return r < 0 ? r : vlan_set_equal(&set, &have->vlans);
}

/* Undoes the last step, which takes the port off a bridge: puts it back as it was. */
static int undo_bridge(const struct side_request *request, const struct host_link *bridge,
		       struct plan *plan)
{
	const struct host_link *have = request->asker->have;
	const struct actual *before = side_recorded(request->asker);
	struct action *undo = plan_undo(plan, ACTION_SET_MASTER);

	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->other, bridge->name, bridge->ifindex);
	if (settings_restore(request->asker, plan) < 0)
		return -ENOMEM;
	if (bridge->filters_vlans && before && before->vlan.n_tags > 0) {
		undo = plan_undo(plan, ACTION_SET_VLANS);
		if (!undo)
			return -ENOMEM;
		fill_vlans(&before->vlan, bridge, undo);
	}
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

static int add_vlans(const struct setting_place *place, const struct vlan *vlan,
		     const struct vlan *undone, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(place->request);
	struct plan_step *step;
	struct action *undo;

	if (!place->fresh && settings_steps(place, SETTING_VLANS, plan) < 0)
		return -ENOMEM;
	step = side_add_step(place->request->asker, ACTION_SET_VLANS, plan);
	if (!step)
		return -ENOMEM;
	fill_vlans(vlan, bridge, &step->action);
	if (place->fresh)
		return 0;
	undo = plan_undo(plan, ACTION_SET_VLANS);
	if (!undo)
		return -ENOMEM;
	fill_vlans(undone, bridge, undo);
	return 0;
}

/* From then on frames with tags pass to and from the ports that are in their VLANs only. */
static int filter_vlans(const struct setting_place *place, struct plan *plan)
{
	const struct host_link *bridge = bridge_base(place->request);
	struct plan_step *step;

	if (!bridge_puts_into_vlans(place->request) || bridge->filters_vlans)
		return 0;
	step = plan_add(plan, ACTION_FILTER_VLANS);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, bridge->name, bridge->ifindex);
	return plan_undo(plan, ACTION_END_FILTER_VLANS) ? 0 : -ENOMEM;
}

/* What was set for a <vlan> that is not asked for any more, or not by the bridge, is set back. */
static int set_vlans(const struct setting_place *place, struct plan *plan)
{
	static const struct vlan none;
	const struct side_request *request = place->request;
	const struct host_link *have = request->asker->have;
	const struct actual *before = side_recorded(request->asker);
	const struct vlan *was = before ? &before->vlan : &none;
	const struct vlan *wanted = &request->actual->vlan;
	uint16_t pvid = bridge_base(request)->default_pvid;
	int r;

	if (place->fresh)
		return bridge_puts_into_vlans(request) ? add_vlans(place, wanted, NULL, plan) : 0;
	if (!bridge_puts_into_vlans(request)) {
		r = was->n_tags > 0 ? is_in_vlans(have, was, pvid) : 0;
		if (r <= 0)
			return r;
		wanted = &none;
	}
	r = is_in_vlans(have, wanted, pvid);
	return r == 0 ? add_vlans(place, wanted, was, plan) : r < 0 ? r : 0;
}

/* A running guest's tap, which joins a bridge that has it in wrong VLANs at first. */
static int set_aside(const struct setting_place *place, bool aside, struct plan *plan)
{
	const struct host_link *have = place->request->asker->have;
	struct plan_step *step;

	if (!place->fresh || !have || !have->up || !bridge_puts_into_vlans(place->request))
		return 0;
	step = side_add_step(place->request->asker, aside ? ACTION_SET_DOWN : ACTION_SET_UP, plan);
	if (!step)
		return -ENOMEM;
	return !aside || plan_undo(plan, ACTION_SET_UP) ? 0 : -ENOMEM;
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
	size_t n_steps;
	int r;

	if (!place.fresh)
		place.now = have->bridge_port;
	r = set_aside(&place, true, plan);
	if (r == 0 && place.fresh)
		r = join_bridge(request, plan);
	if (r == 0)
		r = filter_vlans(&place, plan);
	n_steps = plan->n_steps;
	if (r == 0)
		r = set_vlans(&place, plan);
	place.other_vlans = plan->n_steps != n_steps;
	if (r == 0)
		r = settings_steps(&place, SETTING_HOST, plan);
	if (r == 0)
		r = set_flags(&place, plan);
	if (r == 0)
		r = set_aside(&place, false, plan);
	return r < 0 ? r : settings_steps(&place, SETTING_CHANGE, plan);
}

/*
 * A tap that has been on nothing, or is so since a retarget that is over, is on a bridge because
 * somebody put it there (settle_side() in life/settle.c).
 */
static int bridge_leave(const struct side_request *request, struct plan *plan)
{
	const struct host_link *have = request->asker->have, *bridge;
	bool is_users = !request->host->wired && request->side == 0;
	struct plan_step *step;

	bridge = have ? facts_get(request->asker->facts, have->master) : NULL;
	if (!bridge || request->host == &host_bridge || is_users)
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
	.tell_traffic = bridge_tell_traffic,
	.check = bridge_check,
	.make = bridge_make,
	.leave = bridge_leave,
	.base = bridge_base,
	.puts_into_vlans = bridge_puts_into_vlans,
	.hold_back = bridge_hold_back,
	.mtu = bridge_mtu,
	.describe = bridge_describe,
	.offer = bridge_offer,
};
