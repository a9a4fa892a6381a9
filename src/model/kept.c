/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/kept.h"
#include "util/array.h"

static void kept_item_done(struct kept *item)
{
	free(item->parent);
	free(item->name);
	free(item->xml);
	free(item->value);
}

static int kept_add(struct kept_list *list, const char *parent, const char *name, const char *xml,
		    const char *value, unsigned line)
{
	struct kept *item = array_add(&list->items, &list->n, sizeof(*item));

	if (!item)
		return -ENOMEM;
	item->parent = strdup(parent);
	item->name = strdup(name);
	item->xml = xml ? strdup(xml) : NULL;
	item->value = value ? strdup(value) : NULL;
	item->line = line;
	if (!item->parent || !item->name || (xml && !item->xml) || (value && !item->value)) {
		kept_item_done(item);
		list->n--;
		return -ENOMEM;
	}
	return 0;
}

int kept_add_element(struct kept_list *list, const char *parent, const char *name, const char *xml,
		     bool verbatim, unsigned line)
{
	int r = kept_add(list, parent, name, xml, NULL, line);

	if (r == 0)
		list->items[list->n - 1].verbatim = verbatim;
	return r;
}

int kept_add_attribute(struct kept_list *list, const char *parent, const char *name,
		       const char *value, unsigned line)
{
	return kept_add(list, parent, name, NULL, value, line);
}

static bool is_of(const struct kept *item, const char *parent)
{
	return !strcmp(item->parent, parent);
}

const char *kept_value(const struct kept_list *list, const char *parent, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].value && is_of(&list->items[i], parent) &&
		    !strcmp(list->items[i].name, name))
			return list->items[i].value;
	return NULL;
}

int kept_take(struct kept_list *to, struct kept_list *from, const char *parent)
{
	size_t n_old = to->n, n = 0;

	/* Until nothing can fail any more, what is taken belongs to `from`. */
	for (size_t i = 0; i < from->n; i++) {
		struct kept *place;

		if (!is_of(&from->items[i], parent))
			continue;
		place = array_add(&to->items, &to->n, sizeof(*place));
		if (!place) {
			to->n = n_old;
			return -ENOMEM;
		}
		*place = from->items[i];
	}
	for (size_t i = 0; i < to->n; i++) {
		if (i < n_old && is_of(&to->items[i], parent))
			kept_item_done(&to->items[i]);
		else
			to->items[n++] = to->items[i];
	}
	to->n = n;
	n = 0;
	for (size_t i = 0; i < from->n; i++)
		if (!is_of(&from->items[i], parent))
			from->items[n++] = from->items[i];
	from->n = n;
	return 0;
}

void kept_done(struct kept_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		kept_item_done(&list->items[i]);
	free(list->items);
	*list = (struct kept_list){ 0 };
}
