/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/filters.h"

#include <errno.h>
#include <string.h>

#include "formats/nwfilter-xml.h"
#include "life/port-filters.h"
#include "util/log.h"

static const struct filter_ref *ref_of(const struct port *port)
{
	return &port->actual.filter;
}

int filters_check(const struct manager *manager, const struct filter_ref *ref,
		  const struct mac *mac, struct error *err)
{
	const struct nwfilter_use use = { ref, *mac, filters_find,
					  (void *)&manager->registry.filters };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	enum nwfilter_learning learning;
	int r;

	if (!ref->filter)
		return 0;
	r = nwfilter_compile(&use, &filter, &learning, err);
	if (r < 0 && ref->line)
		error_prefix(err, "line %u: ", ref->line);
	return r;
}

bool filters_is_used(const struct manager *manager, const struct port *port, const char *name)
{
	struct filters *filters = (struct filters *)&manager->registry.filters;
	const struct filter_ref *ref = ref_of(port);
	const struct nwfilter *filter;

	if (!ref->filter)
		return false;
	if (!strcmp(ref->filter, name))
		return true;
	filter = filters_find(filters, ref->filter);
	return filter && nwfilter_needs(filter, name, filters_find, filters);
}

size_t filters_count_users(const struct manager *manager, const char *name)
{
	return port_filters_count(manager, filters_is_used, name);
}

/* As it was: the definition of that name is `old` again (NULL: there was none). */
static void take_back(struct manager *manager, const char *name, struct nwfilter *old)
{
	struct filters *filters = &manager->registry.filters;

	if (!old)
		nwfilter_free(filters_take(filters, name));
	else if (filters_put(filters, old, false, NULL) < 0)
		log_warning("cannot keep the filter '%s' as it was", name);
}

struct undo {
	struct manager *manager;
	const char *name;
	struct nwfilter *old;
};

static void undo_define(void *userdata)
{
	const struct undo *undo = userdata;

	take_back(undo->manager, undo->name, undo->old);
}

/* --- definitions --- */

static int identify(const struct manager *manager, struct nwfilter *filter, struct error *err)
{
	const struct filters *filters = &manager->registry.filters;
	const struct filter_entry *entry = filters_entry(filters, filter->name);
	const struct nwfilter *old = entry ? entry->defined : NULL;
	char text[UUID_TEXT_SIZE];
	int r = 0;

	if (!filter->has_uuid) {
		if (old)
			filter->uuid = old->uuid;
		else
			r = uuid_generate(&filter->uuid);
		filter->has_uuid = true;
		return r < 0 ? error_system(err, r, "cannot make a uuid") : 0;
	}
	uuid_format(&filter->uuid, text);
	if (old && old->has_uuid && !uuid_equal(&old->uuid, &filter->uuid))
		return error_set(err, -EEXIST, ERROR_INVALID_ARGUMENT,
				 "filter '%s' is already defined with another uuid than %s",
				 filter->name, text);
	for (size_t i = 0; i < filters->n; i++) {
		const struct nwfilter *other = filters->entries[i].defined;

		if (other && other != old && uuid_equal(&other->uuid, &filter->uuid))
			return error_set(err, -EEXIST, ERROR_INVALID_ARGUMENT,
					 "uuid %s is already that of filter '%s'", text,
					 other->name);
	}
	return 0;
}

static int is_same(const struct nwfilter *old, const struct nwfilter *filter, bool *ret_same,
		   struct error *err)
{
	AUTO_FREE char *before = NULL, *after = NULL;
	int r;

	*ret_same = false;
	if (!old)
		return 0;
	r = nwfilter_to_xml(old, &before, err);
	if (r == 0)
		r = nwfilter_to_xml(filter, &after, err);
	if (r == 0)
		*ret_same = !strcmp(before, after);
	return r;
}

/* The file is written before a port has the new one, as with all that vifd keeps. */
static int try_and_keep(struct manager *manager, const struct nwfilter *filter,
			struct nwfilter *old, struct file_before *ret_before, struct error *err)
{
	AUTO_FREE char *name = strdup(filter->name);
	int r = name ? port_filters_try(manager, filters_is_used, name, err) : error_oom(err);

	if (r == 0)
		r = store_write_filter(&manager->store, filter, ret_before, err);
	if (r < 0)
		take_back(manager, name, old);
	return r;
}

int filters_define(struct manager *manager, struct nwfilter *filter, const char **ret_outcome,
		   struct error *err)
{
	AUTO(nwfilter_freep) struct nwfilter *given = filter, *kept = NULL;
	struct filters *filters = &manager->registry.filters;
	struct filter_entry *entry;
	AUTO(file_before_done) struct file_before before = { 0 };
	AUTO_FREE char *name = strdup(filter->name);
	struct nwfilter *old = NULL;
	bool same = false;
	int r = name ? identify(manager, given, err) : error_oom(err);

	if (r == 0)
		r = nwfilter_check_circle(given, filters_find, filters, err);
	if (r < 0)
		return r;
	entry = filters_entry(filters, name);
	if (entry)
		r = is_same(entry->defined, given, &same, err);
	if (r < 0)
		return r;
	r = same ? 0 : nwfilter_copy(given, &kept, err);
	if (r < 0)
		return r;
	*ret_outcome = same ? "unchanged" : entry && entry->defined ? "replaced" : "defined";
	if (same)
		return 0;
	filter = kept;
	if (filters_put(filters, take_ptr(kept), false, &old) < 0)
		return error_oom(err);
	r = try_and_keep(manager, filter, old, &before, err);
	if (r < 0)
		return r;
	r = port_filters_spread(manager, filters_is_used, name, undo_define,
				&(struct undo){ manager, name, old }, err);
	if (r == 0) {
		nwfilter_free(old);
		log_info("filter %s %s", name, *ret_outcome);
		return 0;
	}
	file_put_back(&before);
	return r;
}

int filters_undefine(struct manager *manager, const char *name, struct error *err)
{
	struct filters *filters = &manager->registry.filters;
	struct filter_entry *entry = filters_entry(filters, name);
	const struct port *user = port_filters_user(manager, filters_is_used, name);
	int r;

	if (!entry)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_FILTER, "there is no filter '%s'",
				 name);
	if (!entry->defined)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "filter '%s' comes with vifd: it can be defined "
				 "otherwise, and not undefined",
				 name);
	if (user)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "filter '%s' is in use: port %s has it (and %zu more)", name,
				 user->name, filters_count_users(manager, name) - 1);
	r = store_remove_filter(&manager->store, name, err);
	if (r < 0)
		return r;
	nwfilter_free(filters_take(filters, name));
	log_info("filter %s undefined", name);
	return 0;
}

/* --- when vifd starts --- */

/* Lines are told of what `vif filter show` shows. */
static void put(struct manager *manager, struct nwfilter *filter, bool shipped)
{
	AUTO(nwfilter_freep) struct nwfilter *given = filter, *kept = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (nwfilter_copy(given, &kept, &err) < 0)
		log_warning("skipped a filter: %s", error_text(&err));
	else if (filters_put(&manager->registry.filters, take_ptr(kept), shipped, NULL) < 0)
		log_warning("skipped the filter '%s': out of memory", given->name);
}

static void on_shipped(struct nwfilter *filter, void *userdata)
{
	put(userdata, filter, true);
}

static void on_defined(struct nwfilter *filter, void *userdata)
{
	put(userdata, filter, false);
}

void filters_load(struct manager *manager)
{
	(void)store_load_shipped_filters(&manager->store, on_shipped, manager);
	(void)store_load_filters(&manager->store, on_defined, manager);
}
