/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security groups by name: defined, undefined, told of, and who is a member. */
#include <string.h>

#include "formats/group-xml.h"
#include "life/groups.h"
#include "life/memberships.h"
#include "life/port-filters.h"
#include "methods/methods.h"
#include "util/array.h"

void group_answer_done(struct group_answer *answer)
{
	free(answer->name);
}

int method_define_group(const struct caller *caller, struct manager *manager, const char *xml,
			const char *source, struct group_answer *ret_answer, struct error *err)
{
	AUTO(group_freep) struct security_group *group = NULL;
	AUTO_FREE char *name = NULL;
	const char *outcome = NULL;
	int r = access_check(caller, METHOD_DEFINE_GROUP, err);

	if (r == 0)
		r = group_from_xml(xml, strlen(xml), source, &group, err);
	if (r < 0)
		return r;
	name = strdup(group->name);
	if (!name)
		return error_oom(err);
	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = groups_define(manager, take_ptr(group), &outcome, err);
	if (r < 0) {
		error_place(err, source);
		return r;
	}
	*ret_answer = (struct group_answer){ take_ptr(name), outcome };
	return 0;
}

int method_undefine_group(const struct caller *caller, struct manager *manager, const char *name,
			  struct error *err)
{
	int r = access_check(caller, METHOD_UNDEFINE_GROUP, err);

	return r < 0 ? r : groups_undefine(manager, name, err);
}

/* ret_members has room for as many. */
static int read_members(char *const *texts, struct group_member **ret_members, size_t *ret_n,
			struct error *err)
{
	struct group_member *members = NULL, *slot;
	size_t n = 0;

	for (; texts && *texts; texts++) {
		slot = array_add(&members, &n, sizeof(*slot));
		if (slot && group_member_parse(*texts, slot) == 0)
			continue;
		free(members);
		return slot ? error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					"'%s' is neither an IP address nor ADDRESS/PREFIX", *texts)
			    : error_oom(err);
	}
	*ret_members = members;
	*ret_n = n;
	return 0;
}

int method_change_group_members(const struct caller *caller, struct manager *manager,
				const char *name, char *const *added, char *const *removed,
				size_t *ret_n, struct error *err)
{
	AUTO_FREE struct group_member *more = NULL, *less = NULL;
	size_t n_more = 0, n_less = 0;
	int r = access_check(caller, METHOD_CHANGE_GROUP_MEMBERS, err);

	if (r == 0)
		r = read_members(added, &more, &n_more, err);
	if (r == 0)
		r = read_members(removed, &less, &n_less, err);
	if (r == 0)
		r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = groups_change_members(manager, name, more, n_more, less, n_less, ret_n, err);
	return r;
}

static int describe(struct manager *manager, const struct security_group *group,
		    struct group_record *record, struct error *err)
{
	AUTO_FREE struct group_member *members = NULL;
	size_t n = 0;
	int r = memberships_collect(manager, group, &members, &n, err);

	record->name = group->name;
	record->rules = (uint32_t)group->n_rules;
	record->members = (uint32_t)n;
	record->ports = (uint32_t)port_filters_count(manager, groups_has_port, group->name);
	return r;
}

int method_list_groups(const struct caller *caller, struct manager *manager,
		       struct groups_answer *ret_answer, struct error *err)
{
	const struct groups *groups = &manager->registry.groups;
	AUTO_FREE struct group_record *records = NULL;
	int r = access_check(caller, METHOD_LIST_GROUPS, err);

	if (r < 0)
		return r;
	records = calloc(groups->n + 1, sizeof(*records));
	if (!records)
		return error_oom(err);
	for (size_t i = 0; i < groups->n && r == 0; i++)
		r = describe(manager, groups->items[i], &records[i], err);
	if (r == 0)
		*ret_answer = (struct groups_answer){ take_ptr(records), groups->n };
	return r;
}

void groups_answer_done(struct groups_answer *answer)
{
	free(answer->items);
}

int method_get_group_xml(const struct caller *caller, struct manager *manager, const char *name,
			 char **ret_xml, struct error *err)
{
	const struct security_group *group;
	int r = access_check(caller, METHOD_GET_GROUP_XML, err);

	if (r < 0)
		return r;
	group = groups_find(&manager->registry.groups, name);
	if (!group)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_GROUP,
				 "there is no security group '%s'", name);
	return group_to_xml(group, ret_xml, err);
}
