/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/network-runtime.h"
#include "life/port-runtime.h"
#include "life/request.h"

const uid_t *port_reader(const struct manager *manager, const struct port *port)
{
	if (port->owner.uid == 0 || access_file_source(manager->access) == ACCESS_NO_FILE)
		return NULL;
	return &port->owner.uid;
}

static void set_port(const struct manager *manager, struct resolve_request *request,
		     const struct port_entry *entry)
{
	request->port = entry->port;
	request->uuid = entry->port->uuid;
	request->by_name = entry->port->by_name;
	request->device_uid = entry->port->owner.device_uid;
	request->can_replug = entry->port->qmp;
	request->held = entry->runtime->n_fds > 0;
	request->rewire = entry->runtime->rewire;
	request->reopen = entry->runtime->reopen;
	request->reader = port_reader(manager, entry->port);
}

struct resolve_request port_request(const struct manager *manager,
				    const struct interface *interface,
				    const struct port_entry *entry)
{
	struct resolve_request request = {
		.interface = interface,
		.facts = watch_facts(manager->watch),
		.ports = manager->registry.records,
		.n_ports = manager->registry.n_ports,
		.first_index = manager->registry.next_index,
		.strict = manager->config.strict,
		.find_group = manager->apply.names.find_group,
		.groups = manager->apply.names.groups,
	};
	const struct network_entry *network = NULL;

	if (interface->network)
		network = registry_network(&manager->registry, interface->network);
	if (network) {
		request.network = network_entry_current(network);
		request.network_active = network_is_active(network);
	}
	if (entry)
		set_port(manager, &request, entry);
	return request;
}
