/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host interface, with a device of the wanted mode on it that has the guest's
 * address: the macvtap that the guest holds, or a macvlan of the host's, to and
 * from which tc passes every frame of the guest's tap.
 *
 * When the interface goes, the kernel takes the macvlan along and the tap
 * stays; when it returns, a new macvlan is wired in. A retarget makes the new
 * macvlan, under the next side's tag, before the old one goes. Two on one
 * interface are in each other's way, as both have the guest's address: then
 * the old one steps back for as long as it takes to set the new one up; where
 * passthrough is on either side it has to go first, and comes back by undo.
 *
 * A macvlan never brings frames to the interface that it stands on, whatever
 * its mode (drivers/net/macvlan.c): the host is not among its neighbours, but
 * hears what a switch sends back, as other machines do; with passthrough not even
 * that. Two guests with an interface each meet outside; where these are functions of one
 * NIC that may be inside it, which the facts do not tell.
 */
#include <net/if.h>
#include <string.h>

#include "backends/kinds.h"
#include "backends/lower.h"
#include "backends/setting.h"
#include "backends/side.h"

static bool macvlan_place(const struct interface *interface, const struct network *network,
			  struct actual *actual)
{
	enum direct_mode mode = interface->mode;

	if (network ? !network_direct_mode(network, &mode) : interface->type != INTERFACE_DIRECT)
		return false;
	actual->type = INTERFACE_DIRECT;
	actual->mode = mode;
	return true;
}

static bool macvlan_is_of(const struct actual *actual)
{
	return actual->type == INTERFACE_DIRECT;
}

static const struct carries *macvlan_carries(const struct actual *actual)
{
	static const struct carries carries = {
		.kind = "direct",
		.what = "a macvtap",
		.uses = "uses a macvtap device",
		.virtualports = 1U << VIRTUALPORT_8021QBG | 1U << VIRTUALPORT_8021QBH,
		.virtualports_text = "802.1Qbg and 802.1Qbh are",
		.without_isolation = " (mode='private' keeps guests apart there)",
	};

	(void)actual;
	return &carries;
}

static struct traffic macvlan_traffic(const struct actual *actual, const struct network *network)
{
	static const struct traffic modes[] = {
		[DIRECT_VEPA] = { FORWARDER_SWITCH, HOST_REACH_REFLECTED, WORLD_REACH_DIRECT },
		[DIRECT_BRIDGE] = { FORWARDER_KERNEL, HOST_REACH_REFLECTED, WORLD_REACH_DIRECT },
		[DIRECT_PRIVATE] = { FORWARDER_NOBODY, HOST_REACH_REFLECTED, WORLD_REACH_DIRECT },
		[DIRECT_PASSTHROUGH] = { FORWARDER_SWITCH, HOST_REACH_NO, WORLD_REACH_DIRECT },
	};

	struct traffic traffic = modes[actual->mode];

	_Static_assert(ARRAY_SIZE(modes) == DIRECT_MODE_COUNT, "a row for each mode");
	if (network && network->n_accesses > 0)
		traffic.reach = HOST_REACH_YES;
	return traffic;
}

/* At the addresses that the host has beside its guests. */
static void tell_accesses(const struct network *network, struct text *text)
{
	for (size_t i = 0; i < network->n_accesses; i++) {
		char address[ADDRESS_TEXT_SIZE];

		address_format(&network->accesses[i].address, address);
		text_add(text, "%s%s", i ? ", " : "this host: reached, at ", address);
	}
	text_add(text, " (<vif:host-access>)\n");
}

/* What everybody asks first: that the host is not there, and what dev= alone means. */
static void macvlan_tell_traffic(const struct side_request *request, const struct network *network,
				 struct traffic traffic, struct text *text)
{
	static const struct {
		const char *guests, *host;
	} modes[] = {
		[DIRECT_VEPA] = { "only where the switch behind it sends frames back (mode vepa, "
				  "as "
				  "dev= alone means; mode=bridge needs no such switch)",
				  ", unless that switch sends frames back" },
		[DIRECT_BRIDGE] = { "reached (mode bridge)",
				    ", unless the switch behind it sends frames back" },
		[DIRECT_PRIVATE] = { "not reached (mode private)",
				     ", unless the switch behind it sends frames back" },
		[DIRECT_PASSTHROUGH] = { "there are none (mode passthrough); those elsewhere by "
					 "the "
					 "switch behind it",
					 "" },
	};
	const char *dev = request->actual->dev ?: "its host interface";
	enum direct_mode mode = request->actual->mode;

	_Static_assert(ARRAY_SIZE(modes) == DIRECT_MODE_COUNT, "lines for each mode");
	(void)traffic;
	text_add(text, "other guests on %s: %s\n", dev, modes[mode].guests);
	if (network && network->n_accesses > 0)
		tell_accesses(network, text);
	else
		text_add(text,
			 "this host: it and the guest do not reach each other on %s%s; on a bridge "
			 "they do%s\n",
			 dev, modes[mode].host,
			 mode == DIRECT_BRIDGE ? ", and in a network with <vif:host-access>" : "");
	text_add(text, "the world: by %s, as a machine of its own there\n", dev);
}

/* What stands on the interface, for sentences. */
static const char *device_name(const struct guest_side *guest)
{
	return guest->stand ? guest->name : "macvlan";
}

static int macvlan_check(const struct side_request *request, struct error *err)
{
	return lower_check(request, device_name(request->guest), err);
}

static unsigned macvlan_mtu(const struct side_request *request)
{
	const struct host_link *lower = lower_find(request);

	return lower ? lower_mtu(request, lower) : request->asker->interface->mtu;
}

/* "vif0-0"; a long port name gives way. Where that is taken, one made of the uuid. */
static void side_name(const struct side_request *request, char name[static IFNAMSIZ])
{
	enum { SIDES_NAMED = 1000, BASE_MAX = IFNAMSIZ - sizeof("-999") };
	unsigned side = request->side % SIDES_NAMED;
	const uint8_t *b = request->asker->uuid->bytes;

	snprintf(name, IFNAMSIZ, "%.*s-%u", (int)BASE_MAX, request->asker->ifname, side);
	if (facts_find(request->asker->facts, name))
		snprintf(name, IFNAMSIZ, "m%02x%02x%02x%02x%02x-%u", b[0], b[1], b[2], b[3], b[4],
			 side);
}

static struct plan_step *add_link_step(struct plan *plan, enum action_kind kind,
				       const struct host_link *link)
{
	struct plan_step *step = plan_add(plan, kind);

	if (step)
		link_ref_set(&step->action.link, link->name, link->ifindex);
	return step;
}

static int step_back(const struct host_link *old, struct plan *plan)
{
	struct plan_step *step = add_link_step(plan, ACTION_SET_DOWN, old);

	return step && plan_undo(plan, ACTION_SET_UP) ? 0 : -ENOMEM;
}

/* Of a passthrough macvlan that is made again: see lower_add(). */
static int undo_passthrough_mac(const struct side_request *request, const struct host_link *old,
				struct plan *plan)
{
	struct action *undo;

	if (old->mode != DIRECT_PASSTHROUGH)
		return 0;
	undo = plan_undo(plan, ACTION_SET_MAC);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, old->name, 0);
	undo->mac = *request->asker->mac;
	return 0;
}

/* Deletes the old one, with undos that make it again. */
static int go_first(const struct side_request *request, const struct host_link *old,
		    struct plan *plan)
{
	const struct host_link *lower = facts_get(request->asker->facts, old->lower);
	struct action *undo;

	if (!add_link_step(plan, ACTION_DELETE_LINK, old))
		return -ENOMEM;
	undo = plan_undo(plan, ACTION_ADD_MACVLAN);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, old->name, 0);
	link_ref_set(&undo->other, lower->name, lower->ifindex);
	undo->mac = *request->asker->mac;
	undo->mode = old->mode;
	undo->mtu = old->mtu;
	snprintf(undo->tag, sizeof(undo->tag), "%s", old->n_altnames ? old->altnames[0] : "");
	if (undo_passthrough_mac(request, old, plan) < 0)
		return -ENOMEM;
	undo = plan_undo(plan, ACTION_WIRE);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, request->asker->ifname, 0);
	link_ref_set(&undo->other, old->name, 0);
	undo = plan_undo(plan, ACTION_SET_UP);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, old->name, 0);
	return 0;
}

/* Our other host's sides on the same interface make room. */
static int make_room(const struct side_request *request, const struct host_link *lower,
		     struct plan *plan)
{
	const struct host_link *old = NULL;

	while ((old = lower_next_side(request->asker, old))) {
		bool alone = request->actual->mode == DIRECT_PASSTHROUGH ||
			     old->mode == DIRECT_PASSTHROUGH;
		int r = 0;

		if (old->lower != lower->ifindex)
			continue;
		r = alone ? go_first(request, old, plan) : step_back(old, plan);
		if (r < 0)
			return r;
	}
	return 0;
}

static int set_side_up(const char *name, int ifindex, struct plan *plan)
{
	struct plan_step *step = plan_add(plan, ACTION_SET_UP);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, name, ifindex);
	return 0;
}

static int make_side(const struct side_request *request, const char *name, struct plan *plan)
{
	const struct host_link *lower = lower_find(request);
	char tag[PORT_SIDE_TAG_SIZE];
	int r;

	port_side_tag(request->asker->uuid, request->side, tag);
	r = make_room(request, lower, plan);
	if (r == 0)
		r = lower_set_up(request, lower, plan);
	if (r == 0)
		r = lower_add(request, ACTION_ADD_MACVLAN, name, tag, plan);
	/* The kernel finds here, if at all, that the address is taken: so before the wiring. */
	return r < 0 ? r : set_side_up(name, 0, plan);
}

/* Another host's side that is still wired to the tap; NULL if there is none. */
static const struct host_link *other_side(const struct side_request *request)
{
	const struct host_link *wanted = lower_side(request), *link = NULL;

	while (request->side > 0 && (link = lower_next_side(request->asker, link)))
		if (link != wanted)
			return link;
	return NULL;
}

static int wire(const struct side_request *request, const char *name, int ifindex,
		struct plan *plan)
{
	const struct host_link *tap = request->asker->have, *old = other_side(request);
	struct plan_step *step = plan_add(plan, ACTION_WIRE);
	struct action *undo;

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->asker->ifname, tap ? tap->ifindex : 0);
	link_ref_set(&step->action.other, name, ifindex);
	/* One that had to go first is wired again by whoever makes it again: see go_first(). */
	if (!tap || (old && plan_deletes(plan, old->ifindex)))
		return 0;
	undo = plan_undo(plan, old ? ACTION_WIRE : ACTION_UNWIRE);
	if (!undo)
		return -ENOMEM;
	if (old)
		link_ref_set(&undo->other, old->name, old->ifindex);
	return 0;
}

/* The wanted macvlan, wired to the tap. */
static int make_wired(const struct side_request *request, const struct host_link *have,
		      struct plan *plan)
{
	const struct host_link *tap = request->asker->have;
	struct setting_place place = { .request = request, .fresh = !have };
	char name[IFNAMSIZ];
	int r = 0;

	if (have) {
		snprintf(name, sizeof(name), "%s", have->name);
		/* It is vifd's alone: with another address than the guest's nothing reaches it. */
		r = side_set_mac(have, request->asker->mac, plan);
		if (r == 0 && !have->up)
			r = set_side_up(have->name, have->ifindex, plan);
	} else {
		side_name(request, name);
		r = make_side(request, name, plan);
	}
	link_ref_set(&place.side, name, have ? have->ifindex : 0);
	if (r == 0)
		r = settings_steps(&place, SETTING_HOST, plan);
	if (r == 0 && (!have || !tap || request->rewire))
		r = wire(request, name, have ? have->ifindex : 0, plan);
	return r;
}

static int macvlan_make(const struct side_request *request, struct plan *plan)
{
	const struct guest_side *guest = request->guest;
	const struct host_link *have = guest->stand ? request->asker->have : lower_side(request);
	int r = have ? lower_adjust(request, have, plan) : 0;

	if (r < 0)
		return r;
	return guest->stand ? guest->stand(request, plan) : make_wired(request, have, plan);
}

static int unwire(const struct side_request *request, const struct host_link *tap,
		  struct plan *plan)
{
	const struct host_link *old = lower_next_side(request->asker, NULL);
	struct plan_step *step = plan_add(plan, ACTION_UNWIRE);
	struct action *undo;

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, tap->name, tap->ifindex);
	if (!old)
		return 0;
	undo = plan_undo(plan, ACTION_WIRE);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->other, old->name, old->ifindex);
	return 0;
}

/*
 * While the tap is wired its frames do not reach a bridge: to unwire it is the
 * change-over. One that is on the bridge already was unwired then.
 */
static bool is_wired_still(const struct side_request *request, const struct host_link *tap)
{
	const struct host_link *base = request->host->base(request);

	if (request->rewire)
		return true;
	return request->side > 0 && (!base || tap->master != base->ifindex);
}

/* All macvlans but the wanted one; a port that is on its first host's side cannot have another. */
static int drop_sides(const struct side_request *request, struct plan *plan)
{
	const struct host_link *wanted, *link = NULL;

	wanted = request->host == &host_macvlan ? lower_side(request) : NULL;
	while (request->side > 0 && (link = lower_next_side(request->asker, link))) {
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

static int macvlan_leave(const struct side_request *request, struct plan *plan)
{
	const struct host_link *tap = request->asker->have;
	int r = 0;

	if (tap && request->host != &host_macvlan && is_wired_still(request, tap))
		r = unwire(request, tap, plan);
	return r < 0 ? r : drop_sides(request, plan);
}

/* Same interface, and passthrough on neither end: the kernel changes the mode where it is. */
static bool macvlan_keeps(const struct side_request *now, const struct actual *wanted)
{
	const struct host_link *side = lower_side(now), *lower;

	if (!side || !wanted->dev)
		return false;
	lower = facts_find(now->asker->facts, wanted->dev);
	return lower && side->lower == lower->ifindex && side->mode != DIRECT_PASSTHROUGH &&
	       wanted->mode != DIRECT_PASSTHROUGH;
}

static void macvlan_describe(const struct side_request *request, struct text *text)
{
	const struct actual *actual = request->actual;

	if (!actual->dev)
		text_add(text, "a tap for an interface of its network");
	else
		text_add(text, "%s on %s, mode %s",
			 request->guest->stand ? "a macvtap" : "a tap wired to a macvlan",
			 actual->dev, direct_mode_name(actual->mode));
}

static void macvlan_offer(const struct network *network, const struct actual *actual,
			  const struct guest_side *guest, struct text *text)
{
	text_add(text, "%s, mode %s, on ", guest->stand ? guest->name : "tap and macvlan",
		 direct_mode_name(actual->mode));
	if (network->n_pool == 0)
		text_add(text, "a host interface, of which it has none");
	else if (network->n_pool > 1)
		text_add(text, "one of ");
	for (size_t i = 0; i < network->n_pool; i++)
		text_add(text, "%s%s", i ? ", " : "", network->pool[i].dev);
}

const struct host_side host_macvlan = {
	.on_interface = true,
	.wired = true,
	.named = true,
	.place = macvlan_place,
	.is_of = macvlan_is_of,
	.carries = macvlan_carries,
	.traffic = macvlan_traffic,
	.tell_traffic = macvlan_tell_traffic,
	.check = macvlan_check,
	.make = macvlan_make,
	.leave = macvlan_leave,
	.keeps = macvlan_keeps,
	.base = lower_find,
	.mtu = macvlan_mtu,
	.describe = macvlan_describe,
	.offer = macvlan_offer,
};
