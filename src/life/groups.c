/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/group-xml.h"
#include "life/life.h"
#include "life/memberships.h"
#include "life/port-filters.h"
#include "util/log.h"

bool groups_has_port(const struct manager *manager, const struct port *port, const char *name)
{
	(void)manager;
	return security_has_group(&port->actual.security, name);
}

/* --- definitions --- */

/* Two names of one number would have one set of members. */
static int check_number(const struct groups *groups, const struct security_group *group,
			struct error *err)
{
	for (size_t i = 0; i < groups->n; i++)
		if (group_number(groups->items[i]->name) == group_number(group->name) &&
		    strcmp(groups->items[i]->name, group->name) != 0)
			return error_set(err, -EEXIST, ERROR_INVALID_ARGUMENT,
					 "a security group cannot be named '%s' beside '%s': both "
					 "come to the same number; choose another name",
					 group->name, groups->items[i]->name);
	return 0;
}

/* As text, without its members where they do not matter. */
static int text_of(const struct security_group *group, bool members, char **ret_xml,
		   struct error *err)
{
	struct security_group view = *group;

	if (!members)
		view.n_members = 0;
	return group_to_xml(&view, ret_xml, err);
}

static int compare(const struct security_group *a, const struct security_group *b, bool members,
		   bool *ret_same, struct error *err)
{
	AUTO_FREE char *before = NULL, *after = NULL;
	int r;

	*ret_same = false;
	if (!a)
		return 0;
	r = text_of(a, members, &before, err);
	if (r == 0)
		r = text_of(b, members, &after, err);
	if (r == 0)
		*ret_same = !strcmp(before, after);
	return r;
}

struct change {
	struct manager *manager;
	const char *name;
	struct security_group *old; /* NULL: there was none */
	bool members_only;          /* the rules are the same */
};

static void take_back(void *userdata)
{
	struct change *change = userdata;
	struct groups *groups = &change->manager->registry.groups;
	struct security_group *failed = NULL;

	if (change->old)
		(void)groups_put(groups, take_ptr(change->old), &failed); /* it has its place */
	else
		failed = groups_take(groups, change->name);
	group_free(failed);
}

/* What the file says after a failure is what is in force. */
static void restore_file(const struct change *change)
{
	const struct store *store = &change->manager->store;
	const struct security_group *group = groups_find(&change->manager->registry.groups,
							 change->name);

	if (group)
		(void)store_write_group(store, group, NULL);
	else
		(void)store_remove_group(store, change->name, NULL);
}

/* Members come first: a rule must not be in force before it is known whom it is about. */
static int put_in_force(struct change *change, struct error *err)
{
	struct manager *manager = change->manager;
	struct memberships *memberships = manager->life->memberships;
	int r = memberships_sync(memberships, err);

	if (r < 0)
		take_back(change);
	else if (!change->members_only)
		r = port_filters_spread(manager, groups_has_port, change->name, take_back, change,
					err);
	if (r < 0) {
		restore_file(change);
		(void)memberships_sync(memberships, NULL);
	}
	return r;
}

/* The group is in the registry. The file is written before a port has it. */
static int carry_out(struct change *change, struct error *err)
{
	struct manager *manager = change->manager;
	int r = 0;

	if (!change->members_only)
		r = port_filters_try(manager, groups_has_port, change->name, err);
	if (r == 0)
		r = store_write_group(&manager->store,
				      groups_find(&manager->registry.groups, change->name), err);
	if (r < 0) {
		take_back(change);
		return r;
	}
	r = put_in_force(change, err);
	if (r == 0)
		group_free(take_ptr(change->old));
	return r;
}

/* Takes the group, whose name is the change's. */
static int replace(struct manager *manager, const char *name, struct security_group *group,
		   struct error *err)
{
	struct change change = { manager, name, NULL, false };
	const struct security_group *before = groups_find(&manager->registry.groups, name);
	AUTO(group_freep) struct security_group *given = group;
	int r = compare(before, given, false, &change.members_only, err);

	if (r < 0)
		return r;
	if (groups_put(&manager->registry.groups, take_ptr(given), &change.old) < 0)
		return error_oom(err);
	return carry_out(&change, err);
}

int groups_define(struct manager *manager, struct security_group *group, const char **ret_outcome,
		  struct error *err)
{
	AUTO(group_freep) struct security_group *given = group, *kept = NULL;
	const struct groups *groups = &manager->registry.groups;
	const struct security_group *before = groups_find((void *)groups, given->name);
	AUTO_FREE char *name = strdup(given->name);
	const char *outcome = before ? "replaced" : "defined";
	bool same = false;
	int r = name ? check_number(groups, given, err) : error_oom(err);

	if (r == 0)
		r = group_copy(given, &kept, err); /* its lines are those that are shown */
	if (r == 0)
		r = compare(before, kept, true, &same, err);
	if (r == 0 && !same)
		r = replace(manager, name, take_ptr(kept), err);
	if (r < 0)
		return r;
	*ret_outcome = same ? "unchanged" : outcome;
	if (!same)
		log_info("security group %s %s", name, outcome);
	return 0;
}

static int find(const struct manager *manager, const char *name,
		const struct security_group **ret_group, struct error *err)
{
	*ret_group = groups_find((void *)&manager->registry.groups, name);
	return *ret_group ? 0
			  : error_set(err, -ENOENT, ERROR_NO_SUCH_GROUP,
				      "there is no security group '%s'", name);
}

/* A group that only refers to itself can go. */
static const struct security_group *referrer(const struct manager *manager, const char *name)
{
	const struct groups *groups = &manager->registry.groups;

	for (size_t i = 0; i < groups->n; i++)
		if (strcmp(groups->items[i]->name, name) != 0 &&
		    group_refers_to(groups->items[i], name))
			return groups->items[i];
	return NULL;
}

int groups_undefine(struct manager *manager, const char *name, struct error *err)
{
	const struct port *user = port_filters_user(manager, groups_has_port, name);
	const struct security_group *other = referrer(manager, name), *group;
	int r = find(manager, name, &group, err);

	if (r < 0)
		return r;
	if (user)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "security group '%s' is in use: port %s is in it (and %zu more)",
				 name, user->name,
				 port_filters_count(manager, groups_has_port, name) - 1);
	if (other)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "security group '%s' is in use: group '%s' refers to it", name,
				 other->name);
	r = store_remove_group(&manager->store, name, err);
	if (r < 0)
		return r;
	group_free(groups_take(&manager->registry.groups, name));
	apply_forget_members(&manager->apply, group_number(name));
	log_info("security group %s undefined", name);
	return 0;
}

/* --- members --- */

int groups_change_members(struct manager *manager, const char *name,
			  const struct group_member *added, size_t n_added,
			  const struct group_member *removed, size_t n_removed, size_t *ret_n,
			  struct error *err)
{
	AUTO(group_freep) struct security_group *copy = NULL;
	const struct security_group *group;
	size_t n;
	int r = find(manager, name, &group, err);

	if (r == 0)
		r = group_copy(group, &copy, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_removed; i++)
		group_remove_member(copy, &removed[i]);
	for (size_t i = 0; i < n_added && r == 0; i++)
		r = group_add_member(copy, &added[i]);
	if (r == -E2BIG)
		return error_set(err, r, ERROR_INVALID_ARGUMENT,
				 "a security group can list %d members", GROUP_MEMBERS_MAX);
	if (r < 0)
		return error_oom(err);
	n = copy->n_members;
	r = replace(manager, name, take_ptr(copy), err);
	if (r == 0)
		*ret_n = n;
	return r;
}

/* --- when vifd starts --- */

static void on_group(struct security_group *group, void *userdata)
{
	AUTO(group_freep) struct security_group *given = group, *kept = NULL;
	struct manager *manager = userdata;
	struct security_group *old = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (check_number(&manager->registry.groups, given, &err) < 0 ||
	    group_copy(given, &kept, &err) < 0)
		log_warning("skipped a security group: %s", error_text(&err));
	else if (groups_put(&manager->registry.groups, take_ptr(kept), &old) < 0)
		log_warning("skipped the security group '%s': out of memory", given->name);
	group_free(old);
}

void groups_load(struct manager *manager)
{
	(void)store_load_groups(&manager->store, on_group, manager);
}
