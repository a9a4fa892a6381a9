/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <bandwidth>: how much the guest gets (inbound) and sends (outbound) in a time.
 *
 *				inbound			outbound
 *	tap, wired		the tap's egress	the macvlan's egress
 *	tap on a bridge, alone	the tap's egress	what comes in by the tap
 *	macvtap			what comes in by it	the macvtap's egress
 *
 * An egress has a queue of its own. What comes in by a link has none: it takes a
 * detour through an ifb, the port's third device, whose egress is limited. A
 * guard on the link sees each frame before that.
 *
 * Of limits the facts tell little. So they are set where their device is new, where they are
 * others than the port's record says, and where nothing is known of the device
 * (rewire). The ifb is in the facts, by its tag.
 */
#include <stdio.h>
#include <string.h>

#include "backends/kinds.h"
#include "backends/rate.h"
#include "backends/setting.h"

static bool rate_is_asked(const struct actual *actual)
{
	return bandwidth_limit_asks(&actual->bandwidth.inbound) ||
	       bandwidth_limit_asks(&actual->bandwidth.outbound);
}

static unsigned rate_line(const struct actual *actual)
{
	return actual->bandwidth.line;
}

/* Everywhere. */
static int rate_check(const struct actual *actual, const struct carries *carries, struct error *err)
{
	(void)actual;
	(void)carries;
	(void)err;
	return 0;
}

static const struct bandwidth_limit unlimited;

static const struct bandwidth_limit *asked(const struct bandwidth_limit *limit)
{
	return bandwidth_limit_asks(limit) ? limit : NULL;
}

static struct rate_places places_of(const struct guest_side *guest, const struct host_side *host,
				    const struct actual *actual)
{
	const struct bandwidth_limit *in = asked(&actual->bandwidth.inbound);
	const struct bandwidth_limit *out = asked(&actual->bandwidth.outbound);

	if (guest->stand)
		return (struct rate_places){ .device = out, .detour = in };
	if (host->wired)
		return (struct rate_places){ .device = in, .side = out };
	return (struct rate_places){ .device = in, .detour = out };
}

struct rate_places rate_places(enum port_type type, const struct actual *actual)
{
	return places_of(guest_side_of(type), host_side_of(actual), actual);
}

/* As the port is to be. */
static struct rate_places places_wanted(const struct side_request *request)
{
	return places_of(request->guest, request->host, request->actual);
}

/* As its record says that it is. */
static struct rate_places places_before(const struct side_request *request)
{
	const struct actual *before = side_recorded(request->asker);

	return before ? places_of(request->guest, host_side_of(before), before)
		      : (struct rate_places){ 0 };
}

/* A limit of a link: as it is to be, as it was, and what is known of that. */
struct change {
	struct link_ref link;
	const struct bandwidth_limit *wanted, *before;
	bool fresh;   /* the link is made by this plan */
	bool unknown; /* nothing is known of it */
	bool limited; /* it has a queue that may be a limit of ours */
	bool host_ip;
};

static struct plan_step *add_rate_step(const struct change *change, enum action_kind kind,
				       struct plan *plan)
{
	struct plan_step *step = plan_add(plan, kind);

	if (!step)
		return NULL;
	step->action.link = change->link;
	step->action.limit = *change->wanted;
	step->action.host_ip = change->host_ip;
	return step;
}

static int undo_rate(const struct change *change, struct plan *plan)
{
	bool had = bandwidth_limit_asks(change->before);
	struct action *undo = plan_undo(plan, had ? ACTION_SET_RATE : ACTION_CLEAR_RATE);

	if (!undo)
		return -ENOMEM;
	undo->limit = *change->before;
	return 0;
}

static int change_rate(const struct change *change, struct plan *plan)
{
	bool changes = !bandwidth_limit_equal(change->wanted, change->before) &&
		       (bandwidth_limit_asks(change->wanted) ||
			bandwidth_limit_asks(change->before));
	bool clears = changes || (change->unknown && change->limited);

	if (bandwidth_limit_asks(change->wanted)) {
		if (!change->fresh && !change->unknown && !changes)
			return 0;
		if (!add_rate_step(change, ACTION_SET_RATE, plan))
			return -ENOMEM;
	} else {
		if (change->fresh || !clears)
			return 0;
		if (!add_rate_step(change, ACTION_CLEAR_RATE, plan))
			return -ENOMEM;
	}
	return changes && !change->fresh ? undo_rate(change, plan) : 0;
}

static int device_steps(const struct setting_place *place, struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct asker *asker = request->asker;
	struct change change = {
		.wanted = places_wanted(request).device ?: &unlimited,
		.before = places_before(request).device ?: &unlimited,
		.fresh = place->fresh,
		.unknown = request->rewire,
		.limited = asker->have && asker->have->limited,
		.host_ip = request->host->host_ip,
	};

	link_ref_set(&change.link, asker->ifname, asker->have ? asker->have->ifindex : 0);
	return change_rate(&change, plan);
}

static int side_steps(const struct setting_place *place, struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct host_link *side = facts_get(request->asker->facts, place->side.ifindex);
	const struct change change = {
		.link = place->side,
		.wanted = places_wanted(request).side ?: &unlimited,
		.before = places_before(request).side ?: &unlimited,
		.fresh = place->fresh,
		.unknown = request->rewire,
		.limited = side && side->limited,
	};

	return change_rate(&change, plan);
}

static const struct host_link *find_ifb(const struct asker *asker)
{
	char tag[PORT_SIDE_TAG_SIZE];

	port_rate_tag(asker->uuid, tag);
	return facts_find(asker->facts, tag);
}

void rate_ifb_name(const struct facts *facts, const char *device, const struct uuid *uuid,
		   char name[static IFNAMSIZ])
{
	enum { BASE_MAX = IFNAMSIZ - sizeof("-r") };
	const uint8_t *b = uuid->bytes;

	snprintf(name, IFNAMSIZ, "%.*s-r", (int)BASE_MAX, device);
	if (facts_find(facts, name))
		snprintf(name, IFNAMSIZ, "r%02x%02x%02x%02x%02x-r", b[0], b[1], b[2], b[3], b[4]);
}

static int add_ifb(const struct asker *asker, const char *name, struct plan *plan)
{
	struct plan_step *step = plan_add(plan, ACTION_ADD_IFB);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, name, 0);
	port_rate_tag(asker->uuid, step->action.tag);
	return plan_undo(plan, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}

static int set_ifb_up(const struct host_link *ifb, struct plan *plan)
{
	struct plan_step *step = plan_add(plan, ACTION_SET_UP);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, ifb->name, ifb->ifindex);
	return 0;
}

/* The ifb, limited. Who had none needs no undo but that it goes. */
static int make_ifb(const struct asker *asker, const struct host_link *ifb, struct change *change,
		    struct plan *plan)
{
	char name[IFNAMSIZ];
	int r = 0;

	if (ifb) {
		link_ref_set(&change->link, ifb->name, ifb->ifindex);
		if (!ifb->up)
			r = set_ifb_up(ifb, plan);
	} else {
		rate_ifb_name(asker->facts, asker->ifname, asker->uuid, name);
		link_ref_set(&change->link, name, 0);
		r = add_ifb(asker, name, plan);
	}
	return r < 0 ? r : change_rate(change, plan);
}

static int detour(const struct setting_place *place, const struct link_ref *ifb, bool undone,
		  struct plan *plan)
{
	struct plan_step *step = side_add_step(place->request->asker, ACTION_DETOUR, plan);

	if (!step)
		return -ENOMEM;
	step->action.other = *ifb;
	return !undone || plan_undo(plan, ACTION_END_DETOUR) ? 0 : -ENOMEM;
}

static int detour_steps(const struct setting_place *place, struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct asker *asker = request->asker;
	const struct host_link *ifb = find_ifb(asker);
	struct change change = {
		.wanted = places_wanted(request).detour ?: &unlimited,
		.before = places_before(request).detour ?: &unlimited,
		.fresh = !ifb,
		.unknown = request->rewire,
	};
	int r;

	if (!bandwidth_limit_asks(change.wanted))
		return 0;
	r = make_ifb(asker, ifb, &change, plan);
	if (r == 0 &&
	    (!ifb || place->fresh || request->rewire || !bandwidth_limit_asks(change.before)))
		r = detour(place, &change.link, !place->fresh, plan);
	return r;
}

static int undo_end_detour(const struct host_link *ifb, struct plan *plan)
{
	struct action *undo = plan_undo(plan, ACTION_DETOUR);

	if (!undo)
		return -ENOMEM;
	link_ref_set(&undo->other, ifb->name, 0);
	return 0;
}

static int undo_delete_ifb(const struct asker *asker, const struct bandwidth_limit *before,
			   struct plan *plan)
{
	struct action *undo = plan_undo(plan, ACTION_ADD_IFB);

	if (!undo)
		return -ENOMEM;
	port_rate_tag(asker->uuid, undo->tag);
	if (!before)
		return 0;
	undo = plan_undo(plan, ACTION_SET_RATE);
	if (!undo)
		return -ENOMEM;
	undo->limit = *before;
	return 0;
}

/* An ifb that is not needed any more; whatever it was, what comes in by the device skips it. */
static int end_steps(const struct setting_place *place, struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct asker *asker = request->asker;
	const struct host_link *ifb = find_ifb(asker);
	struct plan_step *step;

	if (!ifb || places_wanted(request).detour)
		return 0;
	if (asker->have &&
	    (!side_add_step(asker, ACTION_END_DETOUR, plan) || undo_end_detour(ifb, plan) < 0))
		return -ENOMEM;
	step = plan_add(plan, ACTION_DELETE_LINK);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, ifb->name, ifb->ifindex);
	return undo_delete_ifb(asker, places_before(request).detour, plan);
}

static int rate_steps(const struct setting_place *place, enum setting_when when, struct plan *plan)
{
	int r;

	switch (when) {
	case SETTING_GUEST:
		r = device_steps(place, plan);
		return r < 0 ? r : detour_steps(place, plan);
	case SETTING_HOST:
		return *place->side.name ? side_steps(place, plan) : 0;
	case SETTING_END:
		return end_steps(place, plan);
	default:
		return 0;
	}
}

const struct setting setting_rate = {
	.name = "<bandwidth>",
	.is_asked = rate_is_asked,
	.line = rate_line,
	.check = rate_check,
	.steps = rate_steps,
	.adds = "limited",
};
