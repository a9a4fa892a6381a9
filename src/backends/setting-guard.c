/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:security>, <vlan> and <filterref>: what the guest sends is checked, and put into its
 * VLAN, at the device that it holds, whatever that stands on. One guard does all.
 *
 * The guard is there before the device is set up or wired, and stays while the
 * host's side comes and goes. What rules it has is not among the facts: so it
 * gets them where the device is new, where they are others than the port's record
 * says, and where nothing is known of the device (rewire).
 *
 * A host's side that puts frames into their VLANs itself takes that from the guard, once it
 * does so: no frame goes without.
 */
#include "backends/kinds.h"
#include "backends/setting.h"

static bool security_is_asked(const struct actual *actual)
{
	return security_checks(&actual->security);
}

static int security_check(const struct actual *actual, const struct carries *carries,
			  struct error *err)
{
	(void)actual, (void)carries, (void)err;
	return 0;
}

static bool vlan_is_asked(const struct actual *actual)
{
	return actual->vlan.n_tags > 0;
}

static unsigned vlan_line(const struct actual *actual)
{
	return actual->vlan.line;
}

static int vlan_check(const struct actual *actual, const struct carries *carries, struct error *err)
{
	(void)carries;
	for (size_t i = 0; i < actual->vlan.n_tags; i++)
		if (actual->vlan.tags[i] == 0 || actual->vlan.tags[i] >= VLAN_ID_MAX)
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "no frame can be in VLAN %u; 1 to 4094 are possible",
					 actual->vlan.tags[i]);
	return 0;
}

static bool filter_is_asked(const struct actual *actual)
{
	return actual->filter.filter;
}

static unsigned filter_line(const struct actual *actual)
{
	return actual->filter.line;
}

/* What the filter has to be was looked at with the request (life/filters.h). */
static int filter_check(const struct actual *actual, const struct carries *carries,
			struct error *err)
{
	(void)actual, (void)carries, (void)err;
	return 0;
}

/* Of the actual, where that stands. */
static bool side_puts_into_vlans(const struct side_request *request, const struct actual *actual)
{
	const struct side_request place = side_request_of(request->asker, actual);

	return place.host->puts_into_vlans && place.host->puts_into_vlans(&place);
}

static bool needs_guard(const struct side_request *request, const struct actual *actual)
{
	return security_checks(&actual->security) || actual->filter.filter ||
	       (actual->vlan.n_tags > 0 && !side_puts_into_vlans(request, actual));
}

bool settings_need_guard(const struct side_request *request)
{
	return needs_guard(request, request->actual);
}

static void fill(const struct side_request *request, const struct actual *actual,
		 struct action *action)
{
	action->mac = *request->asker->mac;
	action->guard.security = actual->security;
	if (!side_puts_into_vlans(request, actual))
		action->guard.vlan = actual->vlan;
	action->guard.filter = actual->filter;
	action->guard.identity = *request->asker->uuid;
	action->guard.macvtap = request->guest->stand;
}

static bool guard_equal(const struct side_request *request, const struct actual *a,
			const struct actual *b)
{
	return security_equal(&a->security, &b->security) && vlan_equal(&a->vlan, &b->vlan) &&
	       filter_ref_equal(&a->filter, &b->filter) &&
	       side_puts_into_vlans(request, a) == side_puts_into_vlans(request, b);
}

static int add_step(const struct side_request *request, struct plan *plan)
{
	bool guarded = needs_guard(request, request->actual);
	struct plan_step *step = side_add_step(
		request->asker, guarded ? ACTION_SET_GUARD : ACTION_CLEAR_GUARD, plan);

	if (!step)
		return -ENOMEM;
	fill(request, request->actual, &step->action);
	return 0;
}

static int add_undo(const struct side_request *request, const struct actual *before,
		    struct plan *plan)
{
	bool guarded = before && needs_guard(request, before);
	struct action *undo = plan_undo(plan, guarded ? ACTION_SET_GUARD : ACTION_CLEAR_GUARD);

	if (!undo)
		return -ENOMEM;
	if (guarded)
		fill(request, before, undo);
	return 0;
}

/* Is there something that the guard is to do, or may do still? */
static bool concerns_guard(const struct setting_place *place, const struct actual *before,
			   bool changes)
{
	const struct side_request *request = place->request;

	if (needs_guard(request, request->actual))
		return place->fresh || request->rewire || changes;
	if (changes && needs_guard(request, before))
		return true;
	return !place->fresh && request->rewire && side_puts_into_vlans(request, request->actual);
}

static int guard_steps(const struct setting_place *place, enum setting_when when, struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct actual *before = side_recorded(request->asker), *wanted = request->actual;
	bool changes = before && !guard_equal(request, before, wanted);
	bool later = !place->fresh && side_puts_into_vlans(request, wanted);
	int r;

	if (when != (later ? SETTING_END : SETTING_GUEST) ||
	    !concerns_guard(place, before, changes))
		return 0;
	r = add_step(request, plan);
	if (r == 0 && (place->fresh || changes))
		r = add_undo(request, changes ? before : NULL, plan);
	return r;
}

/* The one whose steps make all. */
const struct setting setting_security = {
	.name = "<vif:security>",
	.is_asked = security_is_asked,
	.check = security_check,
	.steps = guard_steps,
};

const struct setting setting_vlan = {
	.name = "<vlan>",
	.is_asked = vlan_is_asked,
	.line = vlan_line,
	.check = vlan_check,
	.adds = "in a VLAN",
};

const struct setting setting_filter = {
	.name = "<filterref>",
	.is_asked = filter_is_asked,
	.line = filter_line,
	.check = filter_check,
	.adds = "behind a packet filter",
};
