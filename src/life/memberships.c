/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/memberships.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/side.h"
#include "util/array.h"
#include "util/log.h"

struct memberships {
	struct manager *manager;
	sd_event_source *later;
};

static int add(struct group_member **members, size_t *n, const struct address *address,
	       unsigned prefix)
{
	struct group_member *slot = array_add(members, n, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	slot->address = address_network(address, prefix);
	slot->prefix = prefix;
	return 0;
}

static int add_learned(struct manager *manager, const struct port *port,
		       struct group_member **members, size_t *n)
{
	const struct host_link *device = guest_side_find(watch_facts(manager->watch), &port->uuid);
	struct guard_counts counts;
	int r = 0;

	if (!device || apply_read_guard(&manager->apply, device->ifindex, &counts) < 0)
		return 0;
	for (size_t i = 0; i < counts.n_learned && r == 0; i++) {
		struct address address = { .family = counts.learned[i].family };

		memcpy(address.bytes, counts.learned[i].bytes, sizeof(address.bytes));
		r = add(members, n, &address, address_bits(&address));
	}
	return r;
}

static int add_port(struct manager *manager, const struct port *port, struct group_member **members,
		    size_t *n)
{
	const struct security *security = &port->actual.security;
	int r = 0;

	if (security->ip <= SECURITY_IP_NO)
		return 0;
	for (size_t i = 0; i < security->n_addresses && r == 0; i++)
		r = add(members, n, &security->addresses[i].address, security->addresses[i].prefix);
	if (r == 0 && security->ip == SECURITY_IP_LEARN)
		r = add_learned(manager, port, members, n);
	return r;
}

int memberships_collect(struct manager *manager, const struct security_group *group,
			struct group_member **ret_members, size_t *ret_n, struct error *err)
{
	const struct registry *registry = &manager->registry;
	struct group_member *members = NULL;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < group->n_members && r == 0; i++)
		r = add(&members, &n, &group->members[i].address, group->members[i].prefix);
	for (size_t i = 0; i < registry->n_ports && r == 0; i++)
		if (security_has_group(&registry->records[i]->actual.security, group->name))
			r = add_port(manager, registry->records[i], &members, &n);
	if (r < 0) {
		free(members);
		return error_oom(err);
	}
	*ret_members = members;
	*ret_n = n;
	return 0;
}

static int sync_group(struct manager *manager, const struct security_group *group,
		      struct error *err)
{
	AUTO_FREE struct group_member *members = NULL;
	size_t n = 0;
	int r = memberships_collect(manager, group, &members, &n, err);

	if (r == 0)
		r = apply_set_members(&manager->apply, group_number(group->name), members, n, err);
	if (r < 0)
		error_prefix(err, "security group '%s': ", group->name);
	return r;
}

int memberships_sync(struct memberships *memberships, struct error *err)
{
	struct manager *manager = memberships->manager;
	const struct groups *groups = &manager->registry.groups;
	int r = 0;

	for (size_t i = 0; i < groups->n && r == 0; i++)
		if (groups_referrer(groups, groups->items[i]->name))
			r = sync_group(manager, groups->items[i], err);
	return r;
}

static int on_later(sd_event_source *source, void *userdata)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	(void)source;
	if (memberships_sync(userdata, &err) < 0)
		log_warning("members of security groups are not what they should be: %s",
			    error_text(&err));
	return 0;
}

void memberships_note(struct memberships *memberships)
{
	if (memberships->manager->registry.groups.n > 0)
		(void)sd_event_source_set_enabled(memberships->later, SD_EVENT_ONESHOT);
}

int memberships_new(struct manager *manager, struct memberships **ret_memberships,
		    struct error *err)
{
	AUTO(memberships_freep) struct memberships *memberships = calloc(1, sizeof(*memberships));
	int r;

	if (!memberships)
		return error_oom(err);
	memberships->manager = manager;
	r = sd_event_add_defer(manager->event, &memberships->later, on_later, memberships);
	if (r >= 0)
		r = sd_event_source_set_enabled(memberships->later, SD_EVENT_OFF);
	if (r < 0)
		return error_system(err, r, "cannot keep the members of security groups");
	*ret_memberships = take_ptr(memberships);
	return 0;
}

void memberships_free(struct memberships *memberships)
{
	if (!memberships)
		return;
	sd_event_source_disable_unref(memberships->later);
	free(memberships);
}
