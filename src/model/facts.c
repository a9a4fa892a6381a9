/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/facts.h"
#include "util/array.h"

const struct host_link *facts_find(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (!strcmp(facts->links[i].name, name))
			return &facts->links[i];
	for (size_t i = 0; i < facts->n_links; i++)
		for (size_t j = 0; j < facts->links[i].n_altnames; j++)
			if (!strcmp(facts->links[i].altnames[j], name))
				return &facts->links[i];
	return NULL;
}

const struct host_link *facts_get(const struct facts *facts, int ifindex)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].ifindex == ifindex)
			return &facts->links[i];
	return NULL;
}

struct host_link *facts_add(struct facts *facts)
{
	return array_add(&facts->links, &facts->n_links, sizeof(*facts->links));
}

int host_link_add_altname(struct host_link *link, const char *altname)
{
	char(*slot)[ALTNAME_SIZE];

	slot = array_add(&link->altnames, &link->n_altnames, sizeof(*link->altnames));
	if (!slot)
		return -ENOMEM;
	strncpy(*slot, altname, ALTNAME_SIZE - 1);
	return 0;
}

void facts_done(struct facts *facts)
{
	for (size_t i = 0; i < facts->n_links; i++)
		free(facts->links[i].altnames);
	free(facts->links);
	*facts = (struct facts){ 0 };
}
