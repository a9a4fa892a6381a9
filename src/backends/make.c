/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/make.h"
#include "backends/setting.h"

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
	return r < 0 ? r : guest->finish(request, waits, plan);
}
