/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of one plug: read the interface, look at the host, resolve, write
 * the record, apply the plan, write again that it holds, watch the owner.
 *
 * The record is there before the first step, so that after a crash at any
 * point the next start finds either a connected port or one to clean up.
 */
#include <string.h>

#include "daemon/guest.h"
#include "daemon/methods.h"
#include "formats/interface-xml.h"

static int read_interface(const char *xml, const char *source, struct interface **ret_interface,
			  struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	int r;

	r = interface_from_xml(xml, strlen(xml), source, &interface, err);
	if (r < 0)
		return r;
	if (!interface->has_mac) {
		r = mac_generate(&interface->mac);
		if (r < 0)
			return error_system(err, r, "cannot make a MAC address");
		interface->has_mac = true;
	}
	*ret_interface = take_ptr(interface);
	return 0;
}

static int resolve_now(struct manager *manager, const struct interface *interface,
		       const struct uuid *uuid, bool by_name, struct resolution *ret_resolution,
		       struct error *err)
{
	AUTO_FREE const struct port **ports = registry_list_ports(&manager->registry);
	const struct network_entry *network = NULL;
	struct resolve_request request;
	int r;

	if (!ports)
		return error_oom(err);
	r = watch_refresh(manager->watch, err);
	if (r < 0)
		return r;
	if (interface->network)
		network = registry_network(&manager->registry, interface->network);
	request = (struct resolve_request){
		.interface = interface,
		.uuid = *uuid,
		.by_name = by_name,
		.network = network ? network_entry_current(network) : NULL,
		.network_active = network && network->started,
		.facts = watch_facts(manager->watch),
		.ports = ports,
		.n_ports = manager->registry.n_ports,
		.first_index = manager->next_index,
	};
	return resolve_plug(&request, ret_resolution, err);
}

int method_check(struct manager *manager, const char *xml, const char *source,
		 const struct plug_options *options, struct resolution *ret_resolution,
		 struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	struct uuid uuid;
	int r;

	r = read_interface(xml, source, &interface, err);
	if (r < 0)
		return r;
	r = uuid_generate(&uuid);
	if (r < 0)
		return error_system(err, r, "cannot make a uuid");
	return resolve_now(manager, interface, &uuid, options->by_name, ret_resolution, err);
}

/* The port as it is meant to be, not yet connected. Takes the interface and the actual. */
static int port_prepare(struct interface **interface, struct resolution *resolution,
			const struct uuid *uuid, const struct plug_options *options,
			struct port **ret_port, struct error *err)
{
	AUTO(port_freep) struct port *port = port_new();

	if (!port)
		return error_oom(err);
	port->uuid = *uuid;
	port->state = PORT_CONNECTING;
	port->by_name = options->by_name;
	port->vhost = resolution->vhost;
	port->owner.pid = options->pid;
	port->interface = take_ptr(*interface);
	port->actual = resolution->actual;
	resolution->actual = (struct actual){ 0 };
	port->name = strdup(resolution->ifname);
	if (options->guest)
		port->owner.guest = strdup(options->guest);
	if (!port->name || (options->guest && !port->owner.guest))
		return error_oom(err);
	*ret_port = take_ptr(port);
	return 0;
}

/* Applies the plan under the protection of the record; on failure neither stays. */
static int port_connect(struct manager *manager, struct port *port, const struct plan *plan,
			struct apply_result *ret_result, struct error *err)
{
	int r;

	r = store_write_port(&manager->store, port, err);
	if (r < 0)
		return r;
	r = apply_run(&manager->apply, plan, ret_result, err);
	if (r < 0) {
		store_remove_port(&manager->store, port->name);
		return r;
	}
	port->state = PORT_CONNECTED;
	r = store_write_port(&manager->store, port, err);
	if (r < 0) {
		apply_undo(&manager->apply, plan, ret_result);
		store_remove_port(&manager->store, port->name);
	}
	return r;
}

/* The search for a free name goes on behind the last one, so that names are not reused soon. */
static void remember_index(struct manager *manager, const char *ifname)
{
	unsigned index;

	if (sscanf(ifname, "vif%u", &index) == 1)
		manager->next_index = index + 1;
}

int method_plug(struct manager *manager, const char *xml, const char *source,
		const struct plug_options *options, struct port_entry **ret_entry,
		struct apply_result *ret_result, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO(port_freep) struct port *port = NULL;
	AUTO(guest_done) struct guest guest = GUEST_INIT;
	struct apply_result result = APPLY_RESULT_INIT;
	struct port_entry *entry;
	struct uuid uuid;
	int r;

	r = read_interface(xml, source, &interface, err);
	if (r < 0)
		return r;
	r = uuid_generate(&uuid);
	if (r < 0)
		return error_system(err, r, "cannot make a uuid");
	r = guest_open(options->pid, &guest, err);
	if (r < 0)
		return r;
	r = resolve_now(manager, interface, &uuid, options->by_name, &resolution, err);
	if (r < 0)
		return r;
	r = port_prepare(&interface, &resolution, &uuid, options, &port, err);
	if (r < 0)
		return r;
	port->owner.start_time = guest.start_time;
	r = port_connect(manager, port, &resolution.plan, &result, err);
	if (r < 0)
		return r;
	watch_look(manager->watch, result.ifindex);
	remember_index(manager, resolution.ifname);
	entry = registry_add_port(&manager->registry, take_ptr(port));
	if (!entry) {
		/* The record stays and the next start repairs: nothing is lost but this answer. */
		apply_result_done(&result);
		return error_oom(err);
	}
	entry->ifindex = result.ifindex;
	guest_watch(manager, entry, &guest);
	manager_check_idle(manager);
	manager_event(manager, "port-connected", entry->port->name, entry->port->interface->network,
		      "port %s is connected: %s", entry->port->name, resolution.description);
	*ret_entry = entry;
	*ret_result = result;
	return 0;
}

int method_get_port(struct manager *manager, const char *port, struct port_entry **ret_entry,
		    struct error *err)
{
	struct port_entry *entry = registry_port(&manager->registry, port);

	if (!entry)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_PORT, "there is no port '%s'", port);
	*ret_entry = entry;
	return 0;
}

int method_unplug(struct manager *manager, const char *port, bool force, release_callback callback,
		  void *userdata, struct error *err)
{
	AUTO_PLAN struct plan plan = { 0 };
	struct port_entry *entry = NULL;
	int r;

	r = method_get_port(manager, port, &entry, err);
	if (r < 0)
		return r;
	if (entry->port->state == PORT_REMOVING)
		return error_set(err, -EALREADY, ERROR_IN_USE, "port %s is being removed already",
				 entry->port->name);
	r = watch_refresh(manager->watch, err);
	if (r < 0)
		return r;
	/* The refresh may have found the port gone. */
	r = method_get_port(manager, port, &entry, err);
	if (r < 0)
		return r;
	r = resolve_unplug(entry->port, watch_facts(manager->watch), force, &plan, err);
	if (r < 0)
		return r;
	release_port(manager, entry, &plan, "it was unplugged", callback, userdata);
	return 0;
}
