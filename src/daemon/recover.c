/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recovery: what vifd does when it starts.
 *
 *	record says	and						then
 *	connecting	(vifd ended in the middle)			released
 *	removing	(vifd ended in the middle)			released
 *	connected	the guest has ended				released
 *	connected	it was given a tap's fds, and the tap is gone	released
 *	connected	else						compared and repaired
 *
 * A device with a tag of ours and no record is removed; but not if there is a
 * record of its name that could not be read: then it may be a guest's.
 */
#include <string.h>

#include "daemon/guest.h"
#include "daemon/methods.h"
#include "daemon/release.h"
#include "resolve/resolve.h"
#include "util/array.h"
#include "util/log.h"

/* Why the port has to go; NULL if it is to stay. Takes hold of its guest. */
static const char *port_why_over(const struct port *port, bool has_device, struct guest *guest)
{
	if (port->state == PORT_CONNECTING)
		return "vifd ended while it was being connected";
	if (port->state == PORT_REMOVING)
		return "vifd ended while it was being removed";
	if (port->owner.pid != 0 && !guest_reopen(&port->owner, guest))
		return "its guest ended while vifd was away";
	if (!has_device && !port->by_name && port->actual.type != INTERFACE_DIRECT)
		return "its tap was closed while vifd was away";
	return NULL;
}

static void port_end(struct manager *manager, struct port_entry *entry, const char *why)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_PLAN struct plan plan = { 0 };

	if (resolve_unplug(entry->port, watch_facts(manager->watch), true, &plan, &err) < 0)
		log_error("%s", error_text(&err));
	else
		release_port(manager, entry, &plan, why, NULL, NULL);
}

static int port_repair(struct manager *manager, struct port_entry *entry, struct error *err)
{
	AUTO_FREE const struct port **ports = registry_list_ports(&manager->registry);
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO_PLAN struct plan plan = { 0 };
	int r;

	if (!ports)
		return error_oom(err);
	r = resolve_repair(entry->port, watch_facts(manager->watch), ports,
			   manager->registry.n_ports, &plan, err);
	if (r < 0 || plan.n_steps == 0)
		return r;
	r = apply_run(&manager->apply, &plan, &result, err);
	if (r < 0)
		return r;
	if (result.ifindex) {
		watch_look(manager->watch, result.ifindex);
		entry->ifindex = result.ifindex;
	}
	manager_event(manager, "port-connected", entry->port->name, entry->port->interface->network,
		      "port %s was repaired (%zu steps)", entry->port->name, plan.n_steps);
	return 0;
}

static void port_recover(struct manager *manager, struct port_entry *entry)
{
	AUTO(guest_done) struct guest guest = GUEST_INIT;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct port *port = entry->port;
	const struct host_link *link;
	char tag[PORT_TAG_SIZE];
	const char *why;

	port_tag(port, tag);
	link = facts_find(watch_facts(manager->watch), tag);
	entry->ifindex = link ? link->ifindex : 0;
	why = port_why_over(port, link, &guest);
	if (why) {
		port_end(manager, entry, why);
		return;
	}
	guest_watch(manager, entry, &guest);
	if (port_repair(manager, entry, &err) < 0) {
		if (port->state != PORT_FAILED || !port->error)
			manager_port_failed(manager, entry, error_text(&err));
		return;
	}
	if (port->state == PORT_CONNECTED)
		return;
	port->state = PORT_CONNECTED;
	free(take_ptr(port->error));
	if (store_write_port(&manager->store, port, &err) < 0)
		log_warning("%s", error_text(&err));
}

/* A port may go while it is looked at; then the next one has taken its place. */
static void recover_ports(struct manager *manager)
{
	size_t i = 0;

	while (i < manager->registry.n_ports) {
		struct port_entry *entry = manager->registry.ports[i];

		port_recover(manager, entry);
		if (i < manager->registry.n_ports && manager->registry.ports[i] == entry)
			i++;
	}
}

static bool link_is_orphan(const struct manager *manager, const struct host_link *link)
{
	struct uuid uuid;

	for (size_t i = 0; i < link->n_altnames; i++) {
		if (!port_tag_parse(link->altnames[i], &uuid))
			continue;
		if (registry_port_by_uuid(&manager->registry, &uuid))
			return false;
		if (!store_has_port(&manager->store, link->name))
			return true;
		log_warning("left device %s alone: its record cannot be read", link->name);
	}
	return false;
}

static int remove_orphans(struct manager *manager, struct error *err)
{
	const struct facts *facts = watch_facts(manager->watch);
	AUTO_FREE struct link_ref *orphans = NULL;
	size_t n_orphans = 0;

	for (size_t i = 0; i < facts->n_links; i++) {
		struct link_ref *orphan;

		if (!link_is_orphan(manager, &facts->links[i]))
			continue;
		orphan = array_add(&orphans, &n_orphans, sizeof(*orphan));
		if (!orphan)
			return error_oom(err);
		link_ref_set(orphan, facts->links[i].name, facts->links[i].ifindex);
		log_info("removing device %s, which belongs to no port", orphan->name);
	}
	if (n_orphans > 0)
		release_links(manager, orphans, n_orphans);
	return 0;
}

static void autostart_networks(struct manager *manager)
{
	if (!store_first_since_boot(&manager->store))
		return;
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		const struct network_entry *entry = manager->registry.networks[i];
		AUTO_ERROR struct error err = ERROR_INIT;

		if (!entry->autostart || entry->started || !entry->definition)
			continue;
		if (method_start_network(manager, entry->name, &err) < 0)
			log_error("%s", error_text(&err));
	}
}

int manager_recover(struct manager *manager, struct error *err)
{
	int r;

	r = watch_refresh(manager->watch, err);
	if (r < 0)
		return r;
	recover_ports(manager);
	r = remove_orphans(manager, err);
	if (r < 0)
		return r;
	autostart_networks(manager);
	manager_check_idle(manager);
	return 0;
}
