/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state/filters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

const struct nwfilter *filter_entry_current(const struct filter_entry *entry)
{
	return entry->defined ? entry->defined : entry->shipped;
}

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, filter_entry_current(entry)->name);
}

static int compare_entries(const void *a, const void *b)
{
	return compare_name(filter_entry_current(a)->name, b);
}

struct filter_entry *filters_entry(const struct filters *filters, const char *name)
{
	if (!filters->n)
		return NULL;
	return bsearch(name, filters->entries, filters->n, sizeof(*filters->entries), compare_name);
}

const struct nwfilter *filters_find(void *filters, const char *name)
{
	const struct filter_entry *entry = filters_entry(filters, name);

	return entry ? filter_entry_current(entry) : NULL;
}

int filters_put(struct filters *filters, struct nwfilter *filter, bool shipped,
		struct nwfilter **ret_old)
{
	struct filter_entry *entry = filters_entry(filters, filter->name);
	bool is_new = !entry;
	struct nwfilter **slot;

	if (is_new)
		entry = array_add(&filters->entries, &filters->n, sizeof(*entry));
	if (!entry) {
		nwfilter_free(filter);
		return -ENOMEM;
	}
	slot = shipped ? &entry->shipped : &entry->defined;
	if (ret_old)
		*ret_old = *slot;
	else
		nwfilter_free(*slot);
	*slot = filter;
	if (is_new)
		qsort(filters->entries, filters->n, sizeof(*filters->entries), compare_entries);
	return 0;
}

struct nwfilter *filters_take(struct filters *filters, const char *name)
{
	struct filter_entry *entry = filters_entry(filters, name);
	struct nwfilter *filter = entry ? take_ptr(entry->defined) : NULL;

	if (entry && !entry->shipped)
		array_remove(filters->entries, &filters->n, sizeof(*entry),
			     (size_t)(entry - filters->entries));
	return filter;
}

void filters_done(struct filters *filters)
{
	for (size_t i = 0; i < filters->n; i++) {
		nwfilter_free(filters->entries[i].defined);
		nwfilter_free(filters->entries[i].shipped);
	}
	free(filters->entries);
	*filters = (struct filters){ 0 };
}
