/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tap of a live port: made once, and wired or joined to one host's side
 * after the other.
 *
 * One that is neither wired nor on a bridge hands the guest's frames to the
 * host's own stack: so one that waits is not set up, and one that has lost its
 * bridge is set down. One whose macvlan has gone is still wired, to nothing.
 */
#include <string.h>

#include "backends/kinds.h"
#include "backends/side.h"

/*
 * Whoever holds a tap may give it another address, without any privilege. Frames for the
 * address of a bridge's port are the host's: with a neighbour's address that would be cut off,
 * and a low one the bridge adopts.
 */
static int tap_set_mac(const struct asker *asker, struct plan *plan)
{
	const struct mac wanted = mac_of_tap(&asker->interface->mac);

	return side_set_mac(asker->have, &wanted, plan);
}

/* Created down, with its queues open; on the fds that are held of it, if there are. */
static int tap_make(const struct side_request *request, struct plan *plan)
{
	const struct asker *asker = request->asker;
	bool again = asker->held && !asker->by_name;
	struct plan_step *step;
	char tag[PORT_TAG_SIZE];

	if (asker->have)
		return tap_set_mac(asker, plan);
	port_tag(asker->uuid, tag);
	step = plan_add(plan, again ? ACTION_REMAKE_TAP : ACTION_ADD_TAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, asker->ifname, 0);
	step->action.mac = mac_of_tap(&asker->interface->mac);
	step->action.mtu = request->host->mtu(request);
	step->action.queues = interface_queues(asker->interface);
	step->action.vnet_hdr = interface_has_vnet_hdr(asker->interface);
	step->action.owner = asker->device_uid;
	step->action.host_ip = request->host->host_ip;
	snprintf(step->action.tag, sizeof(step->action.tag), "%s", tag);
	return plan_undo(plan, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}

/* An existing tap follows what it stands on. */
static int tap_set_mtu(const struct side_request *request, struct plan *plan)
{
	const struct host_link *have = request->asker->have;
	unsigned mtu = request->host->mtu(request);
	struct plan_step *step;
	struct action *undo;

	if (!have || mtu == 0 || have->mtu == mtu)
		return 0;
	step = plan_add(plan, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->asker->ifname, have->ifindex);
	step->action.mtu = mtu;
	undo = plan_undo(plan, ACTION_SET_MTU);
	if (!undo)
		return -ENOMEM;
	undo->mtu = have->mtu;
	return 0;
}

/* One for a VMM that opens it by name outlives our fds. */
static int tap_make_persistent(const struct asker *asker, struct plan *plan)
{
	struct plan_step *step;

	if (!asker->by_name || asker->have)
		return 0;
	step = plan_add(plan, ACTION_PERSIST_TAP);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, asker->ifname, 0);
	return 0;
}

static int tap_set_down(const struct side_request *request, struct plan *plan)
{
	const struct host_link *have = request->asker->have;
	struct plan_step *step;

	if (request->asker->interface->link == LINK_STATE_DOWN)
		return guest_side_set_down(request->asker, plan);
	if (!have || !have->up || have->master || request->host->wired)
		return 0;
	step = plan_add(plan, ACTION_SET_DOWN);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, have->name, have->ifindex);
	return 0;
}

static int tap_finish(const struct side_request *request, bool waits, struct plan *plan)
{
	int r;

	if (waits) {
		r = tap_set_down(request, plan);
	} else {
		r = tap_set_mtu(request, plan);
		if (r == 0)
			r = guest_side_set_up(request->asker, plan);
	}
	return r < 0 ? r : tap_make_persistent(request->asker, plan);
}

const struct guest_side guest_tap = {
	.type = PORT_TYPE_LIVE,
	.name = "tap",
	.make = tap_make,
	.finish = tap_finish,
};
