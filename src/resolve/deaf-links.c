/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolve/deaf-links.h"

enum {
	NAMED_MAX = 8, /* a host of containers may have hundreds */
};

bool deaf_links_say(const struct facts *facts, const int *ifindexes, size_t n, struct text *text)
{
	const char *first = NULL;
	size_t n_named = 0, n_more = 0;

	for (size_t i = 0; i < n; i++) {
		const struct host_link *link = facts_get(facts, ifindexes[i]);

		if (!link)
			continue;
		if (n_named == NAMED_MAX) {
			n_more++;
			continue;
		}
		text_add(text, "%s%s", n_named++ ? ", " : "", link->name);
		first = first ?: link->name;
	}
	if (!first)
		return false;
	if (n_more > 0)
		text_add(text, " and %zu more", n_more);
	text_add(text,
		 " will not believe router advertisements, as the host forwards IPv6: no address "
		 "and no default route comes that way, but where `sysctl -w "
		 "net/ipv6/conf/%s/accept_ra=2` lets it",
		 first);
	return true;
}
