/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:security>: what the guest may send is checked at the device that it holds,
 * whatever that stands on.
 *
 * The guard is there before the device is set up or wired, and stays while the
 * host's side comes and goes. What rules it has is not among the facts: so it
 * gets them where the device is new, where they are others than the port's record
 * says, and where nothing is known of the device (rewire).
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

static void fill(const struct side_request *request, const struct security *security,
		 struct action *action)
{
	action->mac = request->asker->interface->mac;
	action->guard.security = *security;
	action->guard.identity = *request->asker->uuid;
	action->guard.macvtap = request->guest->stand;
}

/* What the port's record says that it has; NULL: it is new. */
static const struct security *security_before(const struct asker *asker)
{
	for (size_t i = 0; i < asker->n_ports; i++)
		if (uuid_equal(&asker->ports[i]->uuid, asker->uuid))
			return &asker->ports[i]->actual.security;
	return NULL;
}

static int add_step(const struct side_request *request, enum action_kind kind, struct plan *plan)
{
	struct plan_step *step = side_add_step(request->asker, kind, plan);

	if (!step)
		return -ENOMEM;
	fill(request, &request->actual->security, &step->action);
	return 0;
}

static int add_undo(const struct security *before, struct plan *plan)
{
	bool guarded = before && security_checks(before);
	struct action *undo = plan_undo(plan, guarded ? ACTION_SET_GUARD : ACTION_CLEAR_GUARD);

	if (!undo)
		return -ENOMEM;
	if (guarded)
		undo->guard.security = *before;
	return 0;
}

static int security_steps(const struct setting_place *place, enum setting_when when,
			  struct plan *plan)
{
	const struct side_request *request = place->request;
	const struct security *before = security_before(request->asker);
	const struct security *wanted = &request->actual->security;
	bool changes = before && !security_equal(before, wanted);
	int r;

	if (when != SETTING_GUEST || (!place->fresh && !request->rewire && !changes))
		return 0;
	if (!security_checks(wanted) && !(changes && security_checks(before)))
		return 0;
	r = add_step(request, security_checks(wanted) ? ACTION_SET_GUARD : ACTION_CLEAR_GUARD,
		     plan);
	if (r == 0 && (place->fresh || changes))
		r = add_undo(changes ? before : NULL, plan);
	return r;
}

const struct setting setting_security = {
	.name = "<vif:security>",
	.is_asked = security_is_asked,
	.check = security_check,
	.steps = security_steps,
};
