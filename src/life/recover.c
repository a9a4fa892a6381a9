/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recovery: what vifd does when it starts.
 *
 *	record says	and					then
 *	connecting	(vifd ended in the middle)		released
 *	removing	(vifd ended in the middle)		released
 *	any other	the guest has ended			released
 *	any other	else					reconciled, wired anew
 *
 * Networks come before the ports on them. A device with a tag of ours and no record is
 * removed; but not where a record of its name could not be read: it may be a guest's.
 */
#include <string.h>

#include "backends/side.h"
#include "kernel/fds.h"
#include "kernel/held.h"
#include "life/filters.h"
#include "life/groups.h"
#include "life/elsewhere.h"
#include "life/guest.h"
#include "life/life.h"
#include "life/memberships.h"
#include "life/network-start.h"
#include "life/networks.h"
#include "life/port-runtime.h"
#include "life/ports.h"
#include "life/recover.h"
#include "life/release.h"
#include "resolve/resolve.h"
#include "util/log.h"

/* Why the port has to go; NULL if it is to stay. Takes hold of its guest. */
static const char *port_why_over(const struct port *port, struct guest *guest)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	if (port->state == PORT_CONNECTING)
		return "vifd ended while it was being connected";
	if (port->state == PORT_REMOVING)
		return "vifd ended while it was being removed";
	if (port->owner.pid == 0)
		return NULL;
	r = guest_reopen(&port->owner, guest, &err);
	if (r == -ESRCH)
		return "its guest ended while vifd was away";
	if (r < 0)
		log_warning("port %s: %s; its guest's end will not be noticed", port->name,
			    error_text(&err));
	return NULL;
}

/* Whoever has renamed it since. */
static const char *device_name(const struct manager *manager, const struct port *port)
{
	const struct host_link *link = guest_side_find(watch_facts(manager->watch), &port->uuid);

	return link ? link->name : port->name;
}

/* A macvtap that was made anew may not have come to its VMM before vifd ended. */
static bool guest_has_macvtap(const struct port_entry *entry, const char *name, unsigned n,
			      int *fds)
{
	const struct port *port = entry->port;

	if (held_find(entry->runtime->pidfd, port->owner.pid, name, n, fds, NULL) < 0)
		return false;
	fds_close(fds, n);
	return true;
}

/* The queues that the vifd before held went with it; the guest still has them. */
static void hold_again(const struct manager *manager, struct port_entry *entry)
{
	const struct port *port = entry->port;
	const char *name = device_name(manager, port);
	unsigned n = interface_queues(port->interface);
	AUTO_FREE int *fds = calloc(n, sizeof(*fds));
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!fds || port->by_name || entry->runtime->pidfd < 0)
		return;
	if (guest_side_stands(port->type)) {
		entry->runtime->reopen = !guest_has_macvtap(entry, name, n, fds);
		return;
	}
	if (held_find(entry->runtime->pidfd, port->owner.pid, name, n, fds, &err) < 0) {
		log_warning("port %s: %s", port->name, error_text(&err));
		return;
	}
	entry->runtime->fds = take_ptr(fds);
	entry->runtime->n_fds = n;
	port_entry_remember(entry);
}

static void port_recover(struct port_entry *entry, void *userdata)
{
	struct manager *manager = userdata;
	AUTO(guest_done) struct guest guest = GUEST_INIT;
	const char *why = port_why_over(entry->port, &guest);

	if (why) {
		release_ended(manager, entry, why);
		return;
	}
	guest_watch(entry, &guest);
	hold_again(manager, entry);
	/* How long it has been cut off is not known: since now, if it is. */
	entry->runtime->rewire = true;
	/* The vifd before may have ended before it told that it is up again. */
	entry->runtime->link_down = entry->port->interface->link == LINK_STATE_UP;
	ports_reconcile_one(manager, entry);
}

/* An unreadable record of vif0 protects the devices vif0 and vif0-N. */
static bool may_be_of_unread_port(const struct manager *manager, const char *link)
{
	AUTO_FREE char *name = strdup(link);
	char *dash = name ? strrchr(name, '-') : NULL;

	if (store_has_port(&manager->store, link))
		return true;
	if (!dash)
		return false;
	*dash = '\0';
	return store_has_port(&manager->store, name);
}

static bool is_orphan(const struct manager *manager, const struct host_link *link, const char *tag)
{
	struct uuid uuid;
	int64_t side;

	if (!port_tag_parse(tag, &uuid, &side) ||
	    registry_port_by_uuid(&manager->registry, &uuid) ||
	    elsewhere_has_port(manager->life->elsewhere, &uuid))
		return false;
	/* A VMM whose tap goes spins; that it is there is seen by the carrier. */
	if (!strcmp(link->kind, "tun") && link->carrier) {
		log_warning("left device %s alone: it belongs to no port, and somebody holds it",
			    link->name);
		return false;
	}
	if (!may_be_of_unread_port(manager, link->name))
		return true;
	log_warning("left device %s alone: its record cannot be read", link->name);
	return false;
}

static void autostart_networks(struct manager *manager)
{
	if (!store_first_since_boot(&manager->store))
		return;
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		struct network_entry *entry = manager->registry.networks[i];
		const struct network_start_options options = { .force = entry->autostart_force };
		AUTO_ERROR struct error err = ERROR_INIT;

		if (!entry->autostart || entry->started || !entry->definition)
			continue;
		if (networks_start(manager, entry, &options, NULL, NULL, &err) < 0)
			log_error("%s", error_text(&err));
	}
}

static void add_definition(struct network *network, void *userdata)
{
	struct manager *manager = userdata;
	struct network_entry *entry = network_entry_add(manager, network->name);

	if (!entry) {
		network_free(network);
		return;
	}
	/* A file that was put there by hand need not have one, but a bridge's tag is made of it. */
	if (!network->has_uuid)
		network->uuid = uuid_of_name(network->name);
	network->has_uuid = true;
	entry->definition = network;
	entry->autostart = store_get_autostart(&manager->store, network->name);
	entry->autostart_force = entry->autostart &&
				 store_get_autostart_force(&manager->store, network->name);
}

static void add_started(struct network *network, void *userdata)
{
	struct manager *manager = userdata;
	struct network_entry *entry = registry_network(&manager->registry, network->name);

	if (!entry)
		entry = network_entry_add(manager, network->name);
	if (!entry)
		network_free(network);
	else
		entry->started = network;
}

static void add_port(struct port *port, void *userdata)
{
	struct manager *manager = userdata;

	(void)port_entry_add(manager, port);
}

int recover(struct manager *manager, struct error *err)
{
	bool all, all_ports;
	size_t n, n_unread;
	int r;

	filters_load(manager);
	groups_load(manager);
	store_load_definitions(&manager->store, add_definition, manager);
	n_unread = store_load_started(&manager->store, add_started, manager);
	all_ports = store_load_ports(&manager->store, add_port, manager) != STORE_UNREADABLE;
	r = watch_refresh(manager->watch, err);
	if (r < 0)
		return r;
	free(watch_take_changes(manager->watch, &n, &all));
	networks_recover(manager, n_unread == 0);
	registry_each_port(&manager->registry, port_recover, manager);
	memberships_note(manager->life->memberships);
	/* Where no record can be read, none says that a device is nobody's. */
	r = all_ports ? release_orphans(manager, is_orphan, "device", "port", err) : 0;
	if (r < 0)
		return r;
	autostart_networks(manager);
	return 0;
}
