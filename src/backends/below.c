/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/below.h"
#include "util/parse.h"

const struct host_link *below_named(const struct facts *facts, const struct actual *actual)
{
	if (actual->has_dev_mac)
		return facts_find_address(facts, &actual->dev_mac);
	return actual->dev ? facts_find(facts, actual->dev) : NULL;
}

const struct host_link *below_real(const struct facts *facts, const struct host_link *link)
{
	const struct host_link *lower = link->is_macvlan ? facts_get(facts, link->lower) : NULL;

	return lower ? lower : link;
}

const struct host_link *below_of_actual(const struct facts *facts, const struct actual *actual)
{
	const struct host_link *link = below_named(facts, actual);

	return link ? below_real(facts, link) : NULL;
}

bool below_is_taken_by(const struct host_link *link)
{
	static const char *const kinds[] = { "ipvlan", "ipvtap" };

	return name_index(kinds, ARRAY_SIZE(kinds), link->kind) >= 0;
}
