/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <inbound floor=>: how much of what its network gets a guest has for sure.
 *
 * It is a class of the queue that the network's bridge has at its egress, where the frames for the
 * guest's address go. Unlike all else of a port it does not go with a device of the
 * port's: who takes the port off the bridge has to end it, and who releases it.
 *
 * Nothing of it is in the facts. So it is set where the port comes to the bridge, where
 * it is another than the record says, and where nothing is known (rewire).
 */
#include "backends/kinds.h"
#include "backends/setting.h"
#include "util/parse.h"

static bool floor_is_asked(const struct actual *actual)
{
	return actual->bandwidth.inbound.set && actual->bandwidth.inbound.floor > 0;
}

static unsigned floor_line(const struct actual *actual)
{
	return actual->bandwidth.line;
}

/* Where a floor can be is said where the settings are put together, by the network's kind. */
static int floor_check(const struct actual *actual, const struct carries *carries,
		       struct error *err)
{
	(void)actual;
	if (carries->floor)
		return 0;
	return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
			 "bandwidth 'floor' needs a bridge that vifd makes, and this is %s",
			 carries->what);
}

static void set_action(const struct asker *asker, const struct actual *actual,
		       struct action *action)
{
	action->mac = *asker->mac;
	action->limit = actual->bandwidth.inbound;
	action->class_id = actual->bandwidth.class_id;
}

static int add_step(const struct asker *asker, enum action_kind kind,
		    const struct host_link *bridge, const struct actual *actual, struct plan *plan)
{
	struct plan_step *step = plan_add(plan, kind);

	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, bridge->name, bridge->ifindex);
	set_action(asker, actual, &step->action);
	return 0;
}

/* `had`: what there was in the same place; NULL: nothing. */
static int add_undo(const struct asker *asker, const struct actual *had, struct plan *plan)
{
	struct action *undo = plan_undo(plan, had ? ACTION_SET_FLOOR : ACTION_CLEAR_FLOOR);

	if (undo && had)
		set_action(asker, had, undo);
	return undo ? 0 : -ENOMEM;
}

static bool is_at(const struct actual *actual, const char *bridge)
{
	return actual && floor_is_asked(actual) && streq(actual->bridge, bridge);
}

static bool is_as_before(const struct actual *actual, const struct actual *before)
{
	return actual->bandwidth.class_id == before->bandwidth.class_id &&
	       actual->bandwidth.inbound.floor == before->bandwidth.inbound.floor;
}

static int come(const struct setting_place *place, struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct asker *asker = request->asker;
	const struct actual *actual = request->actual, *before = side_recorded(asker);
	const struct host_link *bridge = request->host->base(request);
	int r;

	if (!is_at(before, actual->bridge))
		before = NULL;
	if (!floor_is_asked(actual)) {
		if (!before)
			return 0;
		r = add_step(asker, ACTION_CLEAR_FLOOR, bridge, before, plan);
		return r < 0 ? r : add_undo(asker, before, plan);
	}
	if (before && is_as_before(actual, before) && !place->fresh && !request->rewire)
		return 0;
	r = add_step(asker, ACTION_SET_FLOOR, bridge, actual, plan);
	return r < 0 ? r : add_undo(asker, before, plan);
}

/* What is kept for it on a bridge that it has left. */
static int leave(const struct setting_place *place, struct plan *plan)
{
	const struct asker *asker = place->request->asker;
	const struct actual *before = side_recorded(asker);
	const struct host_link *bridge;
	int r;

	if (!before || !floor_is_asked(before) || is_at(before, place->request->actual->bridge))
		return 0;
	bridge = facts_find(asker->facts, before->bridge);
	if (!bridge)
		return 0;
	r = add_step(asker, ACTION_CLEAR_FLOOR, bridge, before, plan);
	return r < 0 ? r : add_undo(asker, before, plan);
}

static int floor_steps(const struct setting_place *place, enum setting_when when, struct plan *plan)
{
	const struct host_side *host = place->request->host;

	if (when == SETTING_HOST && host->carries(place->request->actual)->floor)
		return come(place, plan);
	return when == SETTING_END ? leave(place, plan) : 0;
}

const struct setting setting_floor = {
	.name = "<inbound floor=>",
	.is_asked = floor_is_asked,
	.line = floor_line,
	.check = floor_check,
	.steps = floor_steps,
	.adds = "with a floor",
};
