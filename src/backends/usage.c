/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port counts by its record, once, where its device is: the device tells even
 * if the interface below was renamed. Where it has none (it is being connected,
 * it waits), the record tells by address or name. So a port counts before the
 * kernel knows of it, and with what only the record says: that private with
 * 802.1Qbh wants to be alone.
 *
 * The other macvlans on the host count too, whoever made them. A port's device
 * that is not where the record has it (a host's side that a retarget is about
 * to delete) is listed, because it is in the way, and is not counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/below.h"
#include "backends/usage.h"
#include "util/array.h"
#include "util/lookup.h"

struct builder {
	struct usage usage;
	const struct facts *facts;
	const struct uuid *self;
	const struct port *const *ports;
	size_t n_ports;
	bool *counted;         /* one for each link: it is there by its port's record */
	struct lookup by_uuid; /* places in ports; made when one is looked up */
};

static uint32_t hash_uuid(const struct uuid *uuid)
{
	return lookup_hash(uuid->bytes, sizeof(uuid->bytes));
}

/* Devices that are not where their port's record has them are few: mostly none is looked up. */
static int find_port(struct builder *builder, const struct uuid *uuid, const struct port **ret_port)
{
	struct lookup *by_uuid = &builder->by_uuid;
	struct lookup_cursor at;
	uintptr_t i;

	if (by_uuid->n == 0) {
		if (lookup_reserve(by_uuid, builder->n_ports) < 0)
			return -ENOMEM;
		for (i = 0; i < builder->n_ports; i++)
			(void)lookup_add(by_uuid, hash_uuid(&builder->ports[i]->uuid), i);
	}
	at = lookup_begin(by_uuid, hash_uuid(uuid));
	while (lookup_next(&at, &i))
		if (uuid_equal(&builder->ports[i]->uuid, uuid))
			*ret_port = builder->ports[i];
	return 0;
}

static int add_user(struct usage *usage, const struct usage_user *user)
{
	struct usage_user *added = array_add(&usage->users, &usage->n, sizeof(*added));

	if (!added)
		return -ENOMEM;
	*added = *user;
	added->position = usage->n;
	return 0;
}

/* The macvlan or macvtap that is the port's now, by tag. */
static const struct host_link *port_device(const struct facts *facts, const struct port *port)
{
	char tag[PORT_SIDE_TAG_SIZE];
	const struct host_link *link;

	port_side_tag(&port->uuid, port->side, tag);
	link = facts_find(facts, tag);
	if (!link) {
		port_tag(&port->uuid, tag);
		link = facts_find(facts, tag);
	}
	return link && link->is_macvlan ? link : NULL;
}

static int add_port(struct builder *builder, const struct port *port)
{
	struct usage_user user = { .port = port, .counts = true };
	const struct host_link *lower;

	if (uuid_equal(&port->uuid, builder->self) || !port->actual.dev)
		return 0;
	user.link = port_device(builder->facts, port);
	if (user.link) {
		user.ifindex = user.link->lower;
		builder->counted[user.link - builder->facts->links] = true;
	} else if (port->state != PORT_REMOVING) {
		lower = below_of_actual(builder->facts, &port->actual);
		user.ifindex = lower ? lower->ifindex : 0;
	}
	return user.ifindex ? add_user(&builder->usage, &user) : 0;
}

/* Whose device is it: the uuid of its tag. */
static bool link_uuid(const struct host_link *link, struct uuid *ret_uuid)
{
	int64_t side;

	for (size_t i = 0; i < link->n_altnames; i++)
		if (port_tag_parse(link->altnames[i], ret_uuid, &side))
			return true;
	return false;
}

static int add_link(struct builder *builder, const struct host_link *link)
{
	struct usage_user user = { .ifindex = link->lower, .link = link };
	struct uuid uuid;

	if (link->lower == 0 || (!link->is_macvlan && !below_is_taken_by(link)))
		return 0;
	if (link_uuid(link, &uuid)) {
		if (uuid_equal(&uuid, builder->self))
			return 0;
		if (find_port(builder, &uuid, &user.port) < 0)
			return -ENOMEM;
	}
	user.counts = !user.port && link->is_macvlan;
	return add_user(&builder->usage, &user);
}

static int compare_users(const void *a, const void *b)
{
	const struct usage_user *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return x->position < y->position ? -1 : 1;
}

static int build(struct builder *builder)
{
	const struct facts *facts = builder->facts;
	int r = 0;

	for (size_t i = 0; r == 0 && i < builder->n_ports; i++)
		r = add_port(builder, builder->ports[i]);
	for (size_t i = 0; r == 0 && i < facts->n_links; i++)
		if (!builder->counted[i])
			r = add_link(builder, &facts->links[i]);
	if (r == 0 && builder->usage.n > 0)
		qsort(builder->usage.users, builder->usage.n, sizeof(*builder->usage.users),
		      compare_users);
	return r;
}

int usage_build(struct usage *usage, const struct facts *facts, const struct port *const *ports,
		size_t n_ports, const struct uuid *self)
{
	struct builder builder = {
		.facts = facts,
		.self = self,
		.ports = ports,
		.n_ports = n_ports,
		.counted = calloc(facts->n_links + 1, sizeof(*builder.counted)),
	};
	int r = builder.counted ? build(&builder) : -ENOMEM;

	free(builder.counted);
	lookup_done(&builder.by_uuid);
	if (r < 0) {
		usage_done(&builder.usage);
		return r;
	}
	builder.usage.built = true;
	*usage = builder.usage;
	return 0;
}

/* The first with that ifindex or a greater one. */
static size_t lower_bound(const struct usage *usage, int ifindex)
{
	size_t first = 0, end = usage->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (usage->users[middle].ifindex < ifindex)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

const struct usage_user *usage_of(const struct usage *usage, int ifindex, size_t *ret_n)
{
	size_t first = lower_bound(usage, ifindex), end = lower_bound(usage, ifindex + 1);

	*ret_n = end - first;
	return end > first ? &usage->users[first] : NULL;
}

size_t usage_count(const struct usage *usage, int ifindex)
{
	size_t n, count = 0;
	const struct usage_user *users = usage_of(usage, ifindex, &n);

	for (size_t i = 0; i < n; i++)
		count += users[i].counts;
	return count;
}

bool usage_is_alone(const struct usage_user *user)
{
	if (user->link && user->link->mode_known && user->link->mode == DIRECT_PASSTHROUGH)
		return true;
	return user->counts && user->port && actual_is_exclusive(&user->port->actual);
}

bool usage_waits(const struct usage_user *user)
{
	return !user->link &&
	       (user->port->state == PORT_WAITING || user->port->state == PORT_FAILED);
}

static void user_print(const struct usage_user *user, const uid_t *reader, struct text *text)
{
	const struct port *port = user->port;
	const char *waits = port && usage_waits(user) ? ", waiting for it" : "";

	if (port && reader && port->owner.uid != *reader)
		text_add(text, "a port of somebody else's%s", waits);
	else if (!port)
		text_add(text, "%s (a %s that is not vifd's)", user->link->name, user->link->kind);
	else if (port->owner.guest)
		text_add(text, "%s (port of guest %s%s)", port->name, port->owner.guest, waits);
	else
		text_add(text, "%s (a port%s)", port->name, waits);
}

size_t usage_list(const struct usage_user *users, size_t n, usage_listed_func *is_listed,
		  const void *context, const uid_t *reader, struct text *text)
{
	enum { LISTED = 3 };
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_listed(&users[i], context) || count++ >= LISTED)
			continue;
		text_add(text, "%s", count > 1 ? ", " : "");
		user_print(&users[i], reader, text);
	}
	if (count > LISTED)
		text_add(text, " and %zu more", count - LISTED);
	return count;
}

void usage_done(struct usage *usage)
{
	free(usage->users);
	*usage = (struct usage){ 0 };
}
