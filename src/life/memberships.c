/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/memberships.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "backends/side.h"
#include "util/array.h"
#include "util/log.h"

enum {
	ACCURACY_USEC = 1000,
};

/* A guest that asks for one address after the other makes news as fast as it likes. */
static const uint64_t news_usec = 50000;

struct memberships {
	struct manager *manager;
	sd_event_source *later;
	sd_event_source *news;  /* of the guard, when it is there: guards learned something */
	sd_event_source *timer; /* … and it is looked at; or what was learned is over */
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

/* *until_nsec: when at the latest it has to be looked at again; 0: never. */
static int add_learned(struct manager *manager, const struct port *port,
		       struct group_member **members, size_t *n, uint64_t *until_nsec)
{
	const struct host_link *device = guest_side_find(watch_facts(manager->watch), &port->uuid);
	struct guard_counts counts;
	int r = 0;

	if (!device || apply_read_guard(&manager->apply, device->ifindex, &counts) < 0)
		return 0;
	if (counts.until_nsec && (!*until_nsec || counts.until_nsec < *until_nsec))
		*until_nsec = counts.until_nsec;
	for (size_t i = 0; i < counts.n_learned && r == 0; i++) {
		struct address address = { .family = counts.learned[i].family };

		if (counts.claimed && address.family == AF_INET)
			continue;
		memcpy(address.bytes, counts.learned[i].bytes, sizeof(address.bytes));
		r = add(members, n, &address, address_bits(&address));
	}
	return r;
}

static int add_port(struct manager *manager, const struct port *port, struct group_member **members,
		    size_t *n, uint64_t *until_nsec)
{
	const struct security *security = &port->actual.security;
	int r = 0;

	if (security->ip <= SECURITY_IP_NO)
		return 0;
	for (size_t i = 0; i < security->n_addresses && r == 0; i++)
		r = add(members, n, &security->addresses[i].address, security->addresses[i].prefix);
	if (r == 0 && security->ip == SECURITY_IP_LEARN)
		r = add_learned(manager, port, members, n, until_nsec);
	return r;
}

static int collect(struct manager *manager, const struct security_group *group,
		   struct group_member **ret_members, size_t *ret_n, uint64_t *until_nsec,
		   struct error *err)
{
	const struct registry *registry = &manager->registry;
	struct group_member *members = NULL;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < group->n_members && r == 0; i++)
		r = add(&members, &n, &group->members[i].address, group->members[i].prefix);
	for (size_t i = 0; i < registry->n_ports && r == 0; i++)
		if (security_has_group(&registry->records[i]->actual.security, group->name))
			r = add_port(manager, registry->records[i], &members, &n, until_nsec);
	if (r < 0) {
		free(members);
		return error_oom(err);
	}
	*ret_members = members;
	*ret_n = n;
	return 0;
}

int memberships_collect(struct manager *manager, const struct security_group *group,
			struct group_member **ret_members, size_t *ret_n, struct error *err)
{
	uint64_t until_nsec = 0;

	return collect(manager, group, ret_members, ret_n, &until_nsec, err);
}

static int sync_group(struct manager *manager, const struct security_group *group,
		      uint64_t *until_nsec, struct error *err)
{
	AUTO_FREE struct group_member *members = NULL;
	size_t n = 0;
	int r = collect(manager, group, &members, &n, until_nsec, err);

	if (r == 0)
		r = apply_set_members(&manager->apply, group_number(group->name), members, n, err);
	if (r < 0)
		error_prefix(err, "security group '%s': ", group->name);
	return r;
}

static int on_news(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct memberships *memberships = userdata;

	(void)fd, (void)revents;
	sd_event_source_set_time_relative(memberships->timer, news_usec);
	sd_event_source_set_enabled(memberships->timer, SD_EVENT_ONESHOT);
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

/* The guard is loaded with the first port that needs it. */
static void hear_news(struct memberships *memberships)
{
	struct guard *guard = memberships->manager->apply.guard;
	int fd = guard ? guard_news_fd(guard) : -1;

	if (fd < 0)
		return;
	if (!memberships->news)
		(void)sd_event_add_io(memberships->manager->event, &memberships->news, fd, EPOLLIN,
				      on_news, memberships);
	guard_read_news(guard);
	(void)sd_event_source_set_enabled(memberships->news, SD_EVENT_ON);
}

int memberships_sync(struct memberships *memberships, struct error *err)
{
	struct manager *manager = memberships->manager;
	const struct groups *groups = &manager->registry.groups;
	uint64_t until_nsec = 0;
	int r = 0;

	sd_event_source_set_enabled(memberships->timer, SD_EVENT_OFF);
	hear_news(memberships);
	for (size_t i = 0; i < groups->n && r == 0; i++)
		if (groups_referrer(groups, groups->items[i]->name))
			r = sync_group(manager, groups->items[i], &until_nsec, err);
	if (until_nsec) {
		sd_event_source_set_time(memberships->timer, until_nsec / 1000 + 1000);
		sd_event_source_set_enabled(memberships->timer, SD_EVENT_ONESHOT);
	}
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

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	return on_later(source, userdata);
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
	if (r >= 0)
		r = sd_event_add_time(manager->event, &memberships->timer, CLOCK_MONOTONIC, 0,
				      ACCURACY_USEC, on_timer, memberships);
	if (r >= 0)
		r = sd_event_source_set_enabled(memberships->timer, SD_EVENT_OFF);
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
	sd_event_source_disable_unref(memberships->news);
	sd_event_source_disable_unref(memberships->timer);
	free(memberships);
}
