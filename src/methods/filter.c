/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packet filters by name: defined, undefined, told of. */
#include <string.h>

#include "formats/nwfilter-xml.h"
#include "life/filters.h"
#include "methods/methods.h"

int method_define_filter(const struct caller *caller, struct manager *manager, const char *xml,
			 const char *source, struct filter_answer *ret_answer, struct error *err)
{
	AUTO(nwfilter_freep) struct nwfilter *filter = NULL;
	AUTO_FREE char *name = NULL;
	const char *outcome;
	int r = access_check(caller, METHOD_DEFINE_FILTER, err);

	if (r == 0)
		r = nwfilter_from_xml(xml, strlen(xml), source, &filter, err);
	if (r < 0)
		return r;
	name = strdup(filter->name);
	if (!name)
		return error_oom(err);
	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = filters_define(manager, take_ptr(filter), &outcome, err);
	if (r < 0) {
		error_place(err, source);
		return r;
	}
	*ret_answer = (struct filter_answer){ take_ptr(name), outcome };
	return 0;
}

void filter_answer_done(struct filter_answer *answer)
{
	free(answer->name);
}

int method_undefine_filter(const struct caller *caller, struct manager *manager, const char *name,
			   struct error *err)
{
	int r = access_check(caller, METHOD_UNDEFINE_FILTER, err);

	return r < 0 ? r : filters_undefine(manager, name, err);
}

static void describe(struct manager *manager, const struct filter_entry *entry,
		     struct filter_record *record)
{
	const struct nwfilter *filter = filter_entry_current(entry);

	record->name = filter->name;
	if (filter->has_uuid)
		uuid_format(&filter->uuid, record->uuid);
	record->chain = filter->chain ? filter->chain : "root";
	record->shipped = !entry->defined;
	record->ports = (uint32_t)filters_count_users(manager, filter->name);
}

int method_list_filters(const struct caller *caller, struct manager *manager,
			struct filters_answer *ret_answer, struct error *err)
{
	const struct filters *filters = &manager->registry.filters;
	struct filter_record *records;
	int r = access_check(caller, METHOD_LIST_FILTERS, err);

	if (r < 0)
		return r;
	records = calloc(filters->n + 1, sizeof(*records));
	if (!records)
		return error_oom(err);
	for (size_t i = 0; i < filters->n; i++)
		describe(manager, &filters->entries[i], &records[i]);
	*ret_answer = (struct filters_answer){ records, filters->n };
	return 0;
}

void filters_answer_done(struct filters_answer *answer)
{
	free(answer->items);
}

int method_get_filter_xml(const struct caller *caller, struct manager *manager, const char *name,
			  char **ret_xml, struct error *err)
{
	const struct nwfilter *filter;
	int r = access_check(caller, METHOD_GET_FILTER_XML, err);

	if (r < 0)
		return r;
	filter = filters_find(&manager->registry.filters, name);
	if (!filter)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_FILTER, "there is no filter '%s'",
				 name);
	return nwfilter_to_xml(filter, ret_xml, err);
}
