/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/setting.h"
#include "resolve/reach.h"

int reach_of(const struct resolve_request *request, const struct resolution *resolution,
	     struct traffic *ret_traffic, char **ret_text)
{
	const struct network *network = request->interface->network ? request->network : NULL;
	const struct asker asker = {
		.interface = request->interface,
		.mac = &request->interface->mac,
		.uuid = &request->uuid,
		.type = resolution->type,
		.ifname = resolution->ifname,
		.facts = request->facts,
	};
	const struct side_request place = side_request_of(&asker, &resolution->actual);
	const struct traffic traffic = settings_traffic(&resolution->actual, network);
	struct text text = TEXT_INIT;
	int r;

	place.host->tell_traffic(&place, network, traffic, &text);
	r = text_take(&text, ret_text);
	if (r == 0)
		*ret_traffic = traffic;
	return r;
}
