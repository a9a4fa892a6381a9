/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A change of a filter is tried on all ports that it concerns before the first gets it:
 * what then still fails is the kernel's, and those that have the new one get the old
 * one back.
 */
#include "life/filters.h"

#include <errno.h>
#include <string.h>

#include "backends/side.h"
#include "formats/nwfilter-xml.h"
#include "util/array.h"
#include "util/log.h"

static const struct filter_ref *ref_of(const struct port *port)
{
	return &port->actual.filter;
}

static int compile(const struct manager *manager, const struct filter_ref *ref,
		   const struct mac *mac, struct packet_filter *ret_filter,
		   enum nwfilter_learning *ret_learning, struct error *err)
{
	const struct nwfilter_use use = { ref, *mac, filters_find,
					  (void *)&manager->registry.filters };

	return nwfilter_compile(&use, ret_filter, ret_learning, err);
}

int filters_check(const struct manager *manager, const struct filter_ref *ref,
		  const struct mac *mac, struct error *err)
{
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	enum nwfilter_learning learning;
	int r;

	if (!ref->filter)
		return 0;
	r = compile(manager, ref, mac, &filter, &learning, err);
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

const struct port *filters_user(const struct manager *manager, const char *name)
{
	const struct registry *registry = &manager->registry;

	for (size_t i = 0; i < registry->n_ports; i++)
		if (filters_is_used(manager, registry->records[i], name))
			return registry->records[i];
	return NULL;
}

size_t filters_count_users(const struct manager *manager, const char *name)
{
	const struct registry *registry = &manager->registry;
	size_t n = 0;

	for (size_t i = 0; i < registry->n_ports; i++)
		n += filters_is_used(manager, registry->records[i], name);
	return n;
}

/* --- what they have dropped --- */

void filter_drops_free(struct filter_drop *drops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(drops[i].rule);
	free(drops);
}

/* The rules of one name count together: those of a list, and those of the two directions. */
static void add_drop(struct filter_drop **drops, size_t *n, const char *rule, uint64_t frames)
{
	struct filter_drop *drop;

	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*drops)[i].rule, rule)) {
			(*drops)[i].frames += frames;
			return;
		}
	drop = array_add(drops, n, sizeof(*drop));
	if (!drop)
		return;
	drop->rule = strdup(rule);
	drop->frames = frames;
	if (!drop->rule)
		(*n)--;
}

static void read_list(struct manager *manager, int ifindex, bool from_guest,
		      const struct packet_list *list, struct filter_drop **drops, size_t *n)
{
	AUTO_FREE uint64_t *hits = calloc(list->n_rules + 1, sizeof(*hits));

	if (!hits ||
	    apply_read_filter(&manager->apply, ifindex, from_guest, hits, list->n_rules) < 0)
		return;
	for (size_t i = 0; i < list->n_rules; i++) {
		const struct packet_rule *rule = &list->rules[i];

		if (hits[i] && rule->name &&
		    (rule->verdict == PACKET_DROP || rule->verdict == PACKET_REJECT))
			add_drop(drops, n, rule->name, hits[i]);
	}
}

struct filter_drop *filters_read_drops(struct manager *manager, const struct port *port,
				       size_t *ret_n)
{
	const struct host_link *device = guest_side_find(watch_facts(manager->watch), &port->uuid);
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	struct filter_drop *drops = NULL;
	enum nwfilter_learning learning;

	*ret_n = 0;
	if (!ref_of(port)->filter || !device ||
	    compile(manager, ref_of(port), &port->interface->mac, &filter, &learning, NULL) < 0)
		return NULL;
	read_list(manager, device->ifindex, true, &filter.from_guest, &drops, ret_n);
	read_list(manager, device->ifindex, false, &filter.to_guest, &drops, ret_n);
	return drops;
}

/* --- the ports that a change concerns --- */

static int check_port(const struct manager *manager, const struct port *port, struct error *err)
{
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	enum nwfilter_learning learning;
	int r = compile(manager, ref_of(port), &port->interface->mac, &filter, &learning, err);

	if (r < 0)
		error_prefix(err, "port %s could not have it: ", port->name);
	return r;
}

static int check_users(const struct manager *manager, const char *name, struct error *err)
{
	const struct registry *registry = &manager->registry;
	int r = 0;

	for (size_t i = 0; i < registry->n_ports && r == 0; i++)
		if (filters_is_used(manager, registry->records[i], name))
			r = check_port(manager, registry->records[i], err);
	return r;
}

/* A port that is not there now gets its filter with its device. */
static int give(struct manager *manager, const struct port *port, struct error *err)
{
	const struct host_link *device = guest_side_find(watch_facts(manager->watch), &port->uuid);
	int r;

	if (!device)
		return 0;
	r = apply_set_filter(&manager->apply, device->ifindex, device->name,
			     guest_side_stands(port->type), ref_of(port), &port->interface->mac,
			     err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		error_prefix(err, "port %s: ", port->name);
	return r;
}

/* To all of the first `n` ports that have it. */
static int give_users(struct manager *manager, const char *name, size_t *n, struct error *err)
{
	const struct registry *registry = &manager->registry;
	size_t until = *n;
	int r = 0;

	for (*n = 0; *n < until; (*n)++) {
		const struct port *port = registry->records[*n];

		if (filters_is_used(manager, port, name))
			r = give(manager, port, err);
		if (r < 0)
			break;
	}
	return r;
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

static void give_back(struct manager *manager, const char *name, size_t n)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (give_users(manager, name, &n, &err) < 0)
		log_warning("a port keeps another filter than it should have: %s",
			    error_text(&err));
}

/* What is in force now is what all have, or nobody. */
static int spread(struct manager *manager, const char *name, struct error *err,
		  struct nwfilter *old)
{
	size_t n = manager->registry.n_ports;
	int r = give_users(manager, name, &n, err);

	if (r == 0)
		return 0;
	take_back(manager, name, old);
	give_back(manager, name, n);
	return r;
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
	int r = name ? check_users(manager, name, err) : -ENOMEM;

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
	r = spread(manager, name, err, old);
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
	const struct port *user = filters_user(manager, name);
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
