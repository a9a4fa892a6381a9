/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

static int compare_name(const void *name, const void *item)
{
	const struct security_group *const *group = item;

	return strcmp(name, (*group)->name);
}

static int compare_items(const void *a, const void *b)
{
	const struct security_group *const *group = a;

	return compare_name((*group)->name, b);
}

static struct security_group **find(const struct groups *groups, const char *name)
{
	if (!groups->n)
		return NULL;
	return bsearch(name, groups->items, groups->n, sizeof(struct security_group *),
		       compare_name);
}

const struct security_group *groups_find(void *groups, const char *name)
{
	struct security_group **slot = find(groups, name);

	return slot ? *slot : NULL;
}

int groups_put(struct groups *groups, struct security_group *group, struct security_group **ret_old)
{
	struct security_group **slot = find(groups, group->name);

	*ret_old = slot ? *slot : NULL;
	if (slot) {
		*slot = group;
		return 0;
	}
	slot = array_add(&groups->items, &groups->n, sizeof(struct security_group *));
	if (!slot) {
		group_free(group);
		return -ENOMEM;
	}
	*slot = group;
	qsort(groups->items, groups->n, sizeof(struct security_group *), compare_items);
	return 0;
}

struct security_group *groups_take(struct groups *groups, const char *name)
{
	struct security_group **slot = find(groups, name), *group;

	if (!slot)
		return NULL;
	group = *slot;
	array_remove(groups->items, &groups->n, sizeof(struct security_group *),
		     (size_t)(slot - groups->items));
	return group;
}

const struct security_group *groups_referrer(const struct groups *groups, const char *name)
{
	for (size_t i = 0; i < groups->n; i++)
		if (group_refers_to(groups->items[i], name))
			return groups->items[i];
	return NULL;
}

void groups_done(struct groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		group_free(groups->items[i]);
	free(groups->items);
	*groups = (struct groups){ 0 };
}
