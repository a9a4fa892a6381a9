/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A change is tried on all ports that it concerns before the first gets it: what then
 * still fails is the kernel's, and those that have the new one get the old one back.
 */
#include "life/port-filters.h"

#include <errno.h>
#include <string.h>

#include "backends/side.h"
#include "util/array.h"
#include "util/log.h"

struct port_filter_use port_filters_use(const struct port *port)
{
	return (struct port_filter_use){ &port->actual.filter, &port->actual.security,
					 port_mac(port) };
}

int port_filters_compile(const struct manager *manager, const struct port *port,
			 struct packet_filter *ret_filter, struct error *err)
{
	const struct port_filter_use use = port_filters_use(port);

	return port_filter_compile(&use, &manager->apply.names, ret_filter, err);
}

const struct port *port_filters_user(const struct manager *manager, port_filter_concerns *concerns,
				     const char *name)
{
	const struct registry *registry = &manager->registry;

	for (size_t i = 0; i < registry->n_ports; i++)
		if (concerns(manager, registry->records[i], name))
			return registry->records[i];
	return NULL;
}

size_t port_filters_count(const struct manager *manager, port_filter_concerns *concerns,
			  const char *name)
{
	const struct registry *registry = &manager->registry;
	size_t n = 0;

	for (size_t i = 0; i < registry->n_ports; i++)
		n += concerns(manager, registry->records[i], name);
	return n;
}

/* --- the ports that a change concerns --- */

int port_filters_try(const struct manager *manager, port_filter_concerns *concerns,
		     const char *name, struct error *err)
{
	const struct registry *registry = &manager->registry;
	int r = 0;

	for (size_t i = 0; i < registry->n_ports && r == 0; i++) {
		AUTO(packet_filter_done) struct packet_filter filter = { 0 };
		const struct port *port = registry->records[i];

		if (!concerns(manager, port, name))
			continue;
		r = port_filters_compile(manager, port, &filter, err);
		if (r < 0)
			error_prefix(err, "port %s could not have it: ", port->name);
	}
	return r;
}

/* A port that is not there now gets its filter with its device. */
static int give(struct manager *manager, const struct port *port, struct error *err)
{
	const struct host_link *device = guest_side_find(watch_facts(manager->watch), &port->uuid);
	const struct port_filter_use use = port_filters_use(port);
	int r;

	if (!device || port->state == PORT_REMOVING)
		return 0;
	r = apply_set_filter(&manager->apply, device->ifindex, device->name,
			     guest_side_stands(port->type), &use, err);
	if (r == -ENOENT) {
		error_done(err);
		return 0;
	}
	if (r < 0)
		error_prefix(err, "port %s: ", port->name);
	return r;
}

/* To all of the first `n` ports that it concerns. */
static int give_users(struct manager *manager, port_filter_concerns *concerns, const char *name,
		      size_t *n, struct error *err)
{
	const struct registry *registry = &manager->registry;
	size_t until = *n;
	int r = 0;

	for (*n = 0; *n < until; (*n)++) {
		const struct port *port = registry->records[*n];

		if (concerns(manager, port, name))
			r = give(manager, port, err);
		if (r < 0)
			break;
	}
	return r;
}

int port_filters_spread(struct manager *manager, port_filter_concerns *concerns, const char *name,
			void (*take_back)(void *), void *userdata, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	size_t n = manager->registry.n_ports;
	int r = give_users(manager, concerns, name, &n, err);

	if (r == 0)
		return 0;
	take_back(userdata);
	if (give_users(manager, concerns, name, &n, &failure) < 0)
		log_warning("a port keeps another filter than it should have: %s",
			    error_text(&failure));
	return r;
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

struct filter_drop *port_filters_drops(struct manager *manager, const struct port *port,
				       size_t *ret_n)
{
	const struct host_link *device = guest_side_find(watch_facts(manager->watch), &port->uuid);
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	struct filter_drop *drops = NULL;
	const struct port_filter_use use = port_filters_use(port);

	*ret_n = 0;
	if (!port_filter_is_asked(&use) || !device ||
	    port_filters_compile(manager, port, &filter, NULL) < 0)
		return NULL;
	read_list(manager, device->ifindex, true, &filter.from_guest, &drops, ret_n);
	read_list(manager, device->ifindex, false, &filter.to_guest, &drops, ret_n);
	return drops;
}
