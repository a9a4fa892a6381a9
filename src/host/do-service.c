/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network has besides links is done by whoever runs it: see struct apply_services. */
#include "host/run.h"

static int do_switch_service(struct run *run, const struct action *action, int ifindex,
			     struct error *err)
{
	const struct apply_services *services = run->services;
	enum service_kind name = action->service.name;

	if (!services || !services->switch_service[name])
		return error_set(err, -ENOTSUP, ERROR_NOT_SUPPORTED, "no handler for the %s of %s",
				 service_name(name), action->link.name);
	return services->switch_service[name](services->userdata, action->service.on, err);
}

const struct doer do_service[] = {
	{ ACTION_SWITCH_SERVICE, do_switch_service },
};
