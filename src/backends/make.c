/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/lower.h"
#include "backends/make.h"
#include "backends/setting.h"

static int silence(const struct host_link *link, struct plan *plan)
{
	struct plan_step *step;

	if (!link || (!link->has_ip && !link->makes_ipv6) || plan_deletes(plan, link->ifindex))
		return 0;
	step = plan_add(plan, ACTION_SILENCE);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.link, link->name, link->ifindex);
	return 0;
}

/*
 * What others (systemd-networkd with a catch-all) did to our devices: the host would talk to the
 * guest, and on a macvlan in the guest's name, with the address that the guest has. For good.
 */
static int silence_all(const struct side_request *request, struct plan *plan)
{
	const struct host_link *side = NULL;
	int r;

	if (request->host->host_ip)
		return 0;
	r = silence(request->asker->have, plan);
	while (r == 0 && (side = lower_next_side(request->asker, side)))
		r = silence(side, plan);
	return r;
}

int sides_make(const struct side_request *request, bool waits, struct plan *plan)
{
	const struct guest_side *guest = request->guest;
	const struct setting_place place = { .request = request, .fresh = !request->asker->have };
	bool stands = guest->stand;
	int r = 0;

	if (!stands)
		r = guest->make(request, plan);
	if (r == 0 && !stands)
		r = settings_steps(&place, SETTING_GUEST, plan);
	if (r == 0 && !waits)
		r = request->host->make(request, plan);
	if (r == 0 && !waits)
		r = stands ? settings_steps(&place, SETTING_GUEST, plan)
			   : host_sides_leave(request, plan);
	if (r == 0 && !waits)
		r = settings_steps(&place, SETTING_END, plan);
	if (r == 0)
		r = guest->finish(request, waits, plan);
	return r < 0 ? r : silence_all(request, plan);
}
