/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An egress has a queue of its own; what comes in takes a detour through an ifb, as with a port
 * (backends/setting-rate.c). Without a change of the network, limits are looked at only where
 * they are not known to be right: little of them is in the facts.
 */
#include "backends/rate.h"
#include "model/network-tag.h"
#include "resolve/network-limits.h"

static const struct bandwidth_limit unlimited;

/* As it is to be, and as it was before; of a network that did not change, the same. */
struct change {
	const struct bandwidth_limit *wanted, *before;
	bool fresh;   /* the link is made by this plan */
	bool unknown; /* how it is now */
};

static struct change change_of(const struct limits_request *request,
			       const struct bandwidth_limit *wanted,
			       const struct bandwidth_limit *before)
{
	return (struct change){
		.wanted = bandwidth_limit_asks(wanted) ? wanted : &unlimited,
		.before = bandwidth_limit_asks(before) ? before : &unlimited,
		.unknown = request->unknown,
	};
}

static bool changes(const struct change *change)
{
	return !bandwidth_limit_equal(change->wanted, change->before);
}

const struct host_link *network_find_ifb(const struct network *network, const struct facts *facts)
{
	char tag[NETWORK_DEVICE_TAG_SIZE];

	network_device_tag(&network->uuid, NETWORK_DEVICE_RATE, tag);
	return facts_find(facts, tag);
}

static struct plan_step *add_step(struct plan *plan, enum action_kind kind,
				  const struct link_ref *link)
{
	struct plan_step *step = plan_add(plan, kind);

	if (step)
		step->action.link = *link;
	return step;
}

static struct link_ref bridge_ref(const struct limits_request *request)
{
	struct link_ref ref;

	link_ref_set(&ref, request->bridge_name, request->bridge ? request->bridge->ifindex : 0);
	return ref;
}

static int undo_rate(const struct bandwidth_limit *before, struct plan *plan)
{
	struct action *undo = plan_undo(plan, bandwidth_limit_asks(before) ? ACTION_SET_RATE
									   : ACTION_CLEAR_RATE);

	if (undo)
		undo->limit = *before;
	return undo ? 0 : -ENOMEM;
}

/* Not undone where the link goes then, and where nothing is known of what there was. */
static int set_rate(const struct change *change, const struct link_ref *link, bool shared,
		    struct plan *plan)
{
	bool set = bandwidth_limit_asks(change->wanted);
	struct plan_step *step;

	if (!change->fresh && !change->unknown && !changes(change))
		return 0;
	if (!set && change->fresh)
		return 0;
	step = add_step(plan, set ? ACTION_SET_RATE : ACTION_CLEAR_RATE, link);
	if (!step)
		return -ENOMEM;
	step->action.limit = *change->wanted;
	step->action.shared = shared;
	step->action.host_ip = true;
	return changes(change) && !change->fresh ? undo_rate(change->before, plan) : 0;
}

static int limit_inbound(const struct limits_request *request, struct plan *plan)
{
	const struct network *former = request->former ? request->former : request->network;
	struct change change = change_of(request, &request->network->bandwidth.inbound,
					 &former->bandwidth.inbound);
	const struct link_ref bridge = bridge_ref(request);

	change.fresh = !request->bridge;
	if (!bandwidth_limit_asks(change.wanted) && !changes(&change) &&
	    !(request->bridge && request->bridge->limited))
		return 0;
	return set_rate(&change, &bridge, true, plan);
}

static int add_ifb(const struct limits_request *request, struct link_ref *ret_ifb,
		   struct plan *plan)
{
	struct plan_step *step = plan_add(plan, ACTION_ADD_IFB);
	char name[IFNAMSIZ];

	if (!step)
		return -ENOMEM;
	rate_ifb_name(request->facts, request->bridge_name, &request->network->uuid, name);
	link_ref_set(ret_ifb, name, 0);
	step->action.link = *ret_ifb;
	network_device_tag(&request->network->uuid, NETWORK_DEVICE_RATE, step->action.tag);
	return plan_undo(plan, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}

static int detour(const struct limits_request *request, const struct link_ref *ifb,
		  struct plan *plan)
{
	const struct link_ref bridge = bridge_ref(request);
	struct plan_step *step = add_step(plan, ACTION_DETOUR, &bridge);

	if (!step)
		return -ENOMEM;
	step->action.other = *ifb;
	return !request->bridge || plan_undo(plan, ACTION_END_DETOUR) ? 0 : -ENOMEM;
}

static int begin_outbound(const struct limits_request *request, const struct host_link *ifb,
			  struct change *change, struct plan *plan)
{
	struct link_ref ref;
	int r = 0;

	change->fresh = !ifb;
	if (ifb)
		link_ref_set(&ref, ifb->name, ifb->ifindex);
	else
		r = add_ifb(request, &ref, plan);
	if (r == 0 && ifb && !ifb->up && !add_step(plan, ACTION_SET_UP, &ref))
		r = -ENOMEM;
	if (r == 0)
		r = set_rate(change, &ref, false, plan);
	if (r == 0 && (!ifb || !request->bridge || change->unknown))
		r = detour(request, &ref, plan);
	return r;
}

static int undo_delete_ifb(const struct limits_request *request, const struct change *change,
			   struct plan *plan)
{
	struct action *undo = plan_undo(plan, ACTION_ADD_IFB);

	if (!undo)
		return -ENOMEM;
	network_device_tag(&request->network->uuid, NETWORK_DEVICE_RATE, undo->tag);
	return bandwidth_limit_asks(change->before) ? undo_rate(change->before, plan) : 0;
}

static int end_outbound(const struct limits_request *request, const struct host_link *ifb,
			const struct change *change, struct plan *plan)
{
	const struct link_ref bridge = bridge_ref(request);
	struct link_ref ref;
	struct action *undo;

	link_ref_set(&ref, ifb->name, ifb->ifindex);
	if (request->bridge) {
		if (!add_step(plan, ACTION_END_DETOUR, &bridge))
			return -ENOMEM;
		undo = plan_undo(plan, ACTION_DETOUR);
		if (!undo)
			return -ENOMEM;
		link_ref_set(&undo->other, ifb->name, 0);
	}
	if (!add_step(plan, ACTION_DELETE_LINK, &ref))
		return -ENOMEM;
	return undo_delete_ifb(request, change, plan);
}

static int limit_outbound(const struct limits_request *request, struct plan *plan)
{
	const struct network *former = request->former ? request->former : request->network;
	const struct host_link *ifb = network_find_ifb(request->network, request->facts);
	struct change change = change_of(request, &request->network->bandwidth.outbound,
					 &former->bandwidth.outbound);

	if (bandwidth_limit_asks(change.wanted))
		return begin_outbound(request, ifb, &change, plan);
	return ifb ? end_outbound(request, ifb, &change, plan) : 0;
}

int network_limits_end(const struct limits_request *request, struct plan *plan)
{
	const struct host_link *ifb = network_find_ifb(request->network, request->facts);
	const struct bandwidth_limit *limit = &request->network->bandwidth.outbound;
	const struct change change = change_of(request, &unlimited, limit);

	return ifb ? end_outbound(request, ifb, &change, plan) : 0;
}

int network_limits(const struct limits_request *request, struct plan *plan)
{
	int r = limit_inbound(request, plan);

	return r < 0 ? r : limit_outbound(request, plan);
}
