/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A live port on a host interface: the guest holds a tap, and a macvlan of the
 * wanted mode carries the guest's address on the interface; tc passes every
 * frame from one to the other.
 *
 * When the interface goes, the kernel takes the macvlan along and the tap
 * stays; when it returns, a new macvlan is wired in. A retarget makes the new
 * macvlan, under the next side's tag, before the old one goes. Two on one
 * interface are in each other's way, as both have the guest's address: then
 * the old one steps back for as long as it takes to set the new one up; where
 * passthrough is on either side it has to go first, and comes back by undo.
 */
#include <net/if.h>
#include <string.h>

#include "backends/kinds.h"
#include "backends/lower.h"
#include "backends/tap.h"

static int macvlan_check(const struct backend_request *request, struct error *err)
{
	return lower_check(request, "macvlan", err);
}

static int macvlan_guest(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *lower = lower_find(request);

	return tap_make(request, lower ? lower_mtu(request, lower) : request->interface->mtu, false,
			plan);
}

/* "vif0-0"; a long port name gives way. Where that is taken, one made of the uuid. */
static void side_name(const struct backend_request *request, char name[static IFNAMSIZ])
{
	enum { SIDES_NAMED = 1000, BASE_MAX = IFNAMSIZ - sizeof("-999") };
	unsigned side = request->side % SIDES_NAMED;
	const uint8_t *b = request->uuid->bytes;

	snprintf(name, IFNAMSIZ, "%.*s-%u", (int)BASE_MAX, request->ifname, side);
	if (facts_find(request->facts, name))
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

/* Deletes the old one, with undos that make it again. */
static int go_first(const struct backend_request *request, const struct host_link *old,
		    struct plan *plan)
{
	const struct host_link *lower = facts_get(request->facts, old->lower);
	struct action *undo;

	if (!add_link_step(plan, ACTION_DELETE_LINK, old))
		return -ENOMEM;
	undo = plan_undo(plan, ACTION_ADD_MACVLAN);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, old->name, 0);
	link_ref_set(&undo->other, lower->name, lower->ifindex);
	undo->mac = request->interface->mac;
	undo->mode = old->mode;
	undo->mtu = old->mtu;
	snprintf(undo->tag, sizeof(undo->tag), "%s", old->n_altnames ? old->altnames[0] : "");
	undo = plan_undo(plan, ACTION_WIRE);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, request->ifname, 0);
	link_ref_set(&undo->other, old->name, 0);
	undo = plan_undo(plan, ACTION_SET_UP);
	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->link, old->name, 0);
	return 0;
}

/* Our other host's sides on the same interface make room. */
static int make_room(const struct backend_request *request, const struct host_link *lower,
		     struct plan *plan)
{
	const struct host_link *old = NULL;

	while ((old = backend_next_side(request, old))) {
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

static int make_side(const struct backend_request *request, const char *name, struct plan *plan)
{
	const struct host_link *lower = lower_find(request);
	char tag[PORT_SIDE_TAG_SIZE];
	int r;

	port_side_tag(request->uuid, request->side, tag);
	r = make_room(request, lower, plan);
	if (r == 0)
		r = lower_set_up(request, lower, plan);
	if (r == 0)
		r = lower_add(request, ACTION_ADD_MACVLAN, name, tag, plan);
	/* The kernel finds here, if at all, that the address is taken: so before the wiring. */
	return r < 0 ? r : set_side_up(name, 0, plan);
}

/* Another host's side that is still wired to the tap; NULL if there is none. */
static const struct host_link *other_side(const struct backend_request *request)
{
	const struct host_link *wanted = backend_have_side(request), *link = NULL;

	while (request->side > 0 && (link = backend_next_side(request, link)))
		if (link != wanted)
			return link;
	return NULL;
}

static int wire(const struct backend_request *request, const char *name, int ifindex,
		struct plan *plan)
{
	const struct host_link *tap = backend_have(request), *old = other_side(request);
	struct plan_step *step = plan_add(plan, ACTION_WIRE);
	struct action *undo;

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, request->ifname, tap ? tap->ifindex : 0);
	link_ref_set(&step->action.other, name, ifindex);
	if (!tap)
		return 0;
	undo = plan_undo(plan, old ? ACTION_WIRE : ACTION_UNWIRE);
	if (!undo)
		return -ENOMEM;
	if (old)
		link_ref_set(&undo->other, old->name, old->ifindex);
	return 0;
}

static int macvlan_host(const struct backend_request *request, struct plan *plan)
{
	const struct host_link *tap = backend_have(request), *have = backend_have_side(request);
	char name[IFNAMSIZ];
	int r;

	if (have) {
		snprintf(name, sizeof(name), "%s", have->name);
		r = lower_adjust(request, have, plan);
		if (r == 0 && !have->up)
			r = set_side_up(have->name, have->ifindex, plan);
	} else {
		side_name(request, name);
		r = make_side(request, name, plan);
	}
	if (r == 0 && (!have || !tap || request->rewire))
		r = wire(request, name, have ? have->ifindex : 0, plan);
	if (r == 0)
		r = tap_leave_bridge(request, plan);
	return r < 0 ? r : backend_drop_sides(request, false, plan);
}

static void macvlan_describe(const struct actual *actual, struct text *text)
{
	text_add(text, "a tap wired to a macvlan on %s, mode %s", actual->dev,
		 direct_mode_name(actual->mode));
}

const struct backend backend_macvlan = {
	.check = macvlan_check,
	.guest = macvlan_guest,
	.host = macvlan_host,
	.finish = tap_finish,
	.describe = macvlan_describe,
	.base = lower_find,
};
