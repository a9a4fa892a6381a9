/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is: networks, their leases, ports. */
#include <string.h>

#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "formats/networkport-xml.h"
#include "life/addresses.h"
#include "life/deafness.h"
#include "methods/describe.h"
#include "methods/find.h"
#include "methods/methods.h"

int method_subscribe(const struct caller *caller, struct error *err)
{
	return access_check(caller, METHOD_SUBSCRIBE, err);
}

int method_list_networks(const struct caller *caller, struct manager *manager,
			 struct networks_answer *ret_answer, struct error *err)
{
	AUTO(networks_answer_done) struct networks_answer answer = { 0 };
	const struct registry *registry = &manager->registry;
	int r;

	r = access_check(caller, METHOD_LIST_NETWORKS, err);
	if (r < 0)
		return r;
	deafness_look(manager);
	answer.items = calloc(registry->n_networks + 1, sizeof(*answer.items));
	if (!answer.items)
		return error_oom(err);
	for (size_t i = 0; i < registry->n_networks; i++) {
		const struct network_entry *entry = registry->networks[i];

		if (!caller_sees_network(caller, entry->name))
			continue;
		if (describe_network(manager, entry, &answer.items[answer.n++]) < 0)
			return error_oom(err);
	}
	*ret_answer = answer;
	answer = (struct networks_answer){ 0 };
	return 0;
}

void networks_answer_done(struct networks_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		network_record_done(&answer->items[i]);
	free(answer->items);
}

int method_get_network_xml(const struct caller *caller, struct manager *manager, const char *name,
			   char **ret_xml, struct error *err)
{
	struct network_entry *entry;
	int r;

	r = access_check(caller, METHOD_GET_NETWORK_XML, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	return r < 0 ? r : network_to_xml(network_entry_current(entry), ret_xml, err);
}

static int read_leases(const struct manager *manager, const struct network_entry *entry,
		       struct dhcp_leases *ret_leases, struct error *err)
{
	if (!network_is_managed(network_entry_current(entry)))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no leases of vifd's: its addresses are given by "
				 "somebody else's DHCP",
				 entry->name);
	return network_leases_read(manager, entry->name, ret_leases, err);
}

int method_list_leases(const struct caller *caller, struct manager *manager, const char *name,
		       struct leases_answer *ret_answer, struct error *err)
{
	AUTO(leases_answer_done) struct leases_answer answer = { 0 };
	struct network_entry *entry;
	int r;

	r = access_check(caller, METHOD_LIST_LEASES, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	if (r == 0)
		r = read_leases(manager, entry, &answer.leases, err);
	if (r < 0)
		return r;
	answer.items = calloc(answer.leases.n + 1, sizeof(*answer.items));
	if (!answer.items)
		return error_oom(err);
	for (size_t i = 0; i < answer.leases.n; i++) {
		const struct dhcp_lease *lease = &answer.leases.items[i];
		const struct port *port = describe_lease(manager, lease, &answer.items[answer.n]);

		if (caller_sees_all(caller) || (port && caller_sees_port(caller, port)))
			answer.n++;
	}
	*ret_answer = answer;
	answer = (struct leases_answer){ 0 };
	return 0;
}

void leases_answer_done(struct leases_answer *answer)
{
	dhcp_leases_done(&answer->leases);
	free(answer->items);
}

int method_list_ports(const struct caller *caller, struct manager *manager,
		      struct ports_answer *ret_answer, struct error *err)
{
	AUTO(guest_addresses_done) struct guest_addresses addresses = { 0 };
	const struct registry *registry = &manager->registry;
	struct port_record *ports;
	size_t n = 0;
	int r;

	r = access_check(caller, METHOD_LIST_PORTS, err);
	if (r < 0)
		return r;
	ports = calloc(registry->n_ports + 1, sizeof(*ports));
	if (!ports)
		return error_oom(err);
	guest_addresses_collect(manager, &addresses);
	for (size_t i = 0; i < registry->n_ports; i++)
		if (caller_sees_port(caller, registry->ports[i]->port))
			describe_port(manager, registry->ports[i], &addresses, &ports[n++]);
	*ret_answer = (struct ports_answer){ ports, n };
	return 0;
}

void ports_answer_done(struct ports_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		port_record_done(&answer->items[i]);
	free(answer->items);
}

int method_get_port(const struct caller *caller, struct manager *manager, const char *port,
		    struct port_record *ret_port, struct error *err)
{
	AUTO(guest_addresses_done) struct guest_addresses addresses = { 0 };
	struct port_entry *entry;
	int r;

	r = access_check(caller, METHOD_GET_PORT, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r < 0)
		return r;
	guest_addresses_collect(manager, &addresses);
	describe_port(manager, entry, &addresses, ret_port);
	describe_guard(manager, entry, ret_port);
	return 0;
}

int method_get_port_xml(const struct caller *caller, struct manager *manager, const char *port,
			char **ret_xml, struct error *err)
{
	struct port_entry *entry;
	int r;

	r = access_check(caller, METHOD_GET_PORT_XML, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	return r < 0 ? r : interface_merged_to_xml(entry->port, ret_xml, err);
}

int method_get_network_port_xml(const struct caller *caller, struct manager *manager,
				const char *port, char **ret_xml, struct error *err)
{
	struct port_entry *entry;
	int r;

	r = access_check(caller, METHOD_GET_NETWORK_PORT_XML, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r < 0)
		return r;
	if (!port_has_networkport(entry->port))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "port %s is on no network, bridge or host interface: it has no "
				 "<networkport>",
				 entry->port->name);
	return networkport_to_xml(entry->port, ret_xml, err);
}
