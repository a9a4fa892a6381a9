/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/side.h"
#include "kernel/guard.h"
#include "life/deafness.h"
#include "life/network-runtime.h"
#include "life/port-filters.h"
#include "life/port-runtime.h"
#include "life/request.h"
#include "methods/describe.h"
#include "resolve/resolve.h"
#include "util/strings.h"

void describe_actual(const struct actual *actual, struct actual_record *record)
{
	record->type = interface_type_name(actual->type);
	if (host_side_of(actual)->on_interface) {
		record->dev = actual->dev;
		record->mode = direct_mode_name(actual->mode);
	}
	record->bridge = actual->bridge;
}

void describe_traffic(struct traffic traffic, struct traffic_record *record)
{
	record->forwards = forwarder_name(traffic.forwards);
	record->host_reaches = host_reach_name(traffic.reach);
	record->world = world_reach_name(traffic.world);
}

/* NULL where there are none. */
static char **address_texts(const struct guest_addresses *addresses, const struct mac *mac)
{
	size_t n;
	const struct guest_address *items = guest_addresses_find(addresses, mac, &n);
	AUTO(strings_freep) char **texts = n > 0 ? strings_new(n) : NULL;

	for (size_t i = 0; texts && i < n; i++) {
		texts[i] = malloc(ADDRESS_TEXT_SIZE);
		if (!texts[i])
			return NULL;
		address_format(&items[i].address, texts[i]);
	}
	return take_ptr(texts);
}

static void describe_guest_side(const struct port *port, const struct host_link *link,
				struct port_record *record)
{
	const struct interface *interface = port->interface;

	record->ifname = link ? link->name : NULL;
	mac_format(&interface->mac, record->mac);
	if (port->has_guest_mac)
		mac_format(&port->guest_mac, record->guest_mac);
	record->mtu = interface_guest_mtu(interface, link ? link->mtu : 0);
	record->mtu_asked = interface->mtu;
	record->queues = interface_queues(interface);
	record->model = interface_model(interface);
	record->vhost = port->vhost;
	record->alias = interface->alias;
}

static void describe_owner(const struct port *port, struct port_record *record)
{
	record->guest = port->owner.guest;
	record->pid = (uint32_t)port->owner.pid;
	record->uid = port->owner.uid;
	record->device_uid = port->owner.device_uid;
	record->by_name = port->by_name;
	record->qmp = port->qmp;
}

/* Why frames may not pass although all is connected. A bridge of vifd's own leads to no NIC. */
static void describe_note(const struct manager *manager, const struct port_entry *entry,
			  const struct host_link *base, const struct host_link *link,
			  struct port_record *record)
{
	const struct port *port = entry->port, *other;
	bool down = port->interface->link == LINK_STATE_DOWN;
	const uid_t *reader = port_reader(manager, port);
	const struct host_link *dead = NULL;

	if (port->state != PORT_CONNECTED)
		return;
	if (down)
		snprintf(record->note, sizeof(record->note),
			 "its link is down as asked (vif set %s link=up)", port->name);
	if (!base || down)
		return;
	if (!port->actual.managed)
		dead = facts_without_carrier(watch_facts(manager->watch), base);
	other = port_find_twin(manager, entry);
	if (link && link->master == base->ifindex && link->disabled && link->up && link->carrier)
		snprintf(record->note, sizeof(record->note),
			 "it is switched off at %s (bridge link set dev %s state 3)", base->name,
			 link->name);
	else if (dead)
		snprintf(record->note, sizeof(record->note), "%s has no carrier", dead->name);
	else if (entry->runtime->mac_taken)
		snprintf(record->note, sizeof(record->note), "%s has its MAC address too",
			 base->name);
	else if (other && reader && other->owner.uid != *reader)
		snprintf(record->note, sizeof(record->note),
			 "another port has its MAC address too");
	else if (other)
		snprintf(record->note, sizeof(record->note), "port %s has its MAC address too",
			 other->name);
}

void describe_port(const struct manager *manager, const struct port_entry *entry,
		   const struct guest_addresses *addresses, struct port_record *record)
{
	const struct facts *facts = watch_facts(manager->watch);
	const struct port *port = entry->port;
	const struct host_link *base = resolve_base(port, facts);

	record->name = port->name;
	uuid_format(&port->uuid, record->uuid);
	record->state = port_state_name(port->state);
	record->reason = port->reason;
	describe_note(manager, entry, base, guest_side_find(facts, &port->uuid), record);
	record->lower_up = base && base->up && base->carrier;
	record->port_type = port_type_name(port->type);
	record->outage_usec = entry->outage_usec;
	describe_owner(port, record);
	record->type = interface_type_name(port->interface->type);
	record->network = port->interface->network;
	record->portgroup = port->actual.portgroup;
	describe_actual(&port->actual, &record->actual);
	describe_guest_side(port, guest_side_find(facts, &port->uuid), record);
	if (addresses)
		record->addresses = address_texts(addresses, port_mac(port));
}

/* "a; b" as two. NULL where there is nothing. */
static char **security_words(const struct actual *actual)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *words = NULL;

	security_print(&actual->security, &text);
	if (security_checks(&actual->security) && actual->vlan.n_tags > 0)
		text_add(&text, "; ");
	vlan_print(&actual->vlan, &text);
	if (text_take(&text, &words) < 0 || !*words)
		return NULL;
	for (char *at = words; (at = strstr(at, "; "));) {
		*at = '\n';
		memmove(at + 1, at + 2, strlen(at + 2) + 1);
	}
	return strings_of_lines(words);
}

/* "in: tcp port 22 from the group admins (web:3)", for each rule of each group. */
static char **allowed_texts(const struct manager *manager, const struct security *security)
{
	const struct groups *groups = &manager->registry.groups;
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *lines = NULL;
	const char *next = "";

	for (size_t i = 0; i < security->n_groups; i++) {
		const struct security_group *group = groups_find((void *)groups,
								 security->groups[i]);

		for (size_t j = 0; group && j < group->n_rules; j++, next = "\n") {
			text_add(&text, "%s%s: ", next, group->rules[j].in ? "in" : "out");
			group_rule_print(&group->rules[j], &text);
			text_add(&text, " (%s:%u)", group->name, group->rules[j].line);
		}
	}
	if (text_take(&text, &lines) < 0 || !*lines)
		return NULL;
	return strings_of_lines(lines);
}

static char **learned_texts(const struct guard_counts *counts)
{
	AUTO(strings_freep)
	char **texts = counts->n_learned ? strings_new(counts->n_learned) : NULL;

	for (size_t i = 0; texts && i < counts->n_learned; i++) {
		struct address address = { .family = counts->learned[i].family };
		char text[ADDRESS_TEXT_SIZE];

		memcpy(address.bytes, counts->learned[i].bytes, sizeof(address.bytes));
		address_format(&address, text);
		texts[i] = strdup(text);
		if (!texts[i])
			return NULL;
	}
	return take_ptr(texts);
}

static struct record_list dropped_list(const struct guard_counts *counts,
				       const struct port_record *record)
{
	struct drop_record *drops = calloc(ARRAY_SIZE(counts->dropped) + record->n_filter_drops,
					   sizeof(*drops));
	uint64_t named = 0;
	size_t n = 0;

	/* What its rules of now have dropped is told by their names. */
	for (size_t i = 0; i < record->n_filter_drops; i++)
		named += record->filter_drops[i].frames;
	for (unsigned rule = 0; drops && guard_rule_name(rule); rule++) {
		uint64_t frames = counts->dropped[rule];

		if (rule == GUARD_FILTER)
			frames -= named < frames ? named : frames;
		if (frames)
			drops[n++] = (struct drop_record){ guard_rule_name(rule), frames };
	}
	for (size_t i = 0; drops && i < record->n_filter_drops; i++)
		drops[n++] = (struct drop_record){ record->filter_drops[i].rule,
						   record->filter_drops[i].frames };
	return (struct record_list){ drops, n };
}

void describe_guard(struct manager *manager, const struct port_entry *entry,
		    struct port_record *record)
{
	const struct port *port = entry->port;
	const struct host_link *link = guest_side_find(watch_facts(manager->watch), &port->uuid);
	struct guard_counts counts;

	record->filter = port->actual.filter.filter;
	record->allowed = allowed_texts(manager, &port->actual.security);
	record->security = security_words(&port->actual);
	if (!record->security && !record->filter)
		return;
	if (!link || apply_read_guard(&manager->apply, link->ifindex, &counts) < 0) {
		record->guard = "none";
		return;
	}
	record->guard = counts.tcx ? "TCX" : "tc";
	record->learned = learned_texts(&counts);
	record->filter_drops = port_filters_drops(manager, port, &record->n_filter_drops);
	record->dropped = dropped_list(&counts, record);
}

static char **pool_names(const struct network *network)
{
	AUTO(strings_freep) char **names = strings_new(network->n_pool);

	for (size_t i = 0; names && i < network->n_pool; i++) {
		names[i] = strdup(network->pool[i].dev);
		if (!names[i])
			return NULL;
	}
	return take_ptr(names);
}

int describe_network(const struct manager *manager, const struct network_entry *entry,
		     struct network_record *record)
{
	const struct network *network = network_entry_current(entry);

	record->name = entry->name;
	uuid_format(&network->uuid, record->uuid);
	record->active = network_is_active(entry);
	record->persistent = entry->definition;
	record->autostart = entry->autostart;
	record->autostart_force = entry->autostart_force;
	record->forward = forward_mode_name(network->forward);
	record->bridge = network->bridge.name;
	record->ports = (uint32_t)registry_count_ports(&manager->registry, entry->name);
	record->problem = network_problem(entry) ?: deafness_problem(manager, entry);
	record->pool = pool_names(network);
	return record->pool ? 0 : -ENOMEM;
}

/* The port that has the lease's address is its guest's. */
static const struct port *lease_port(const struct manager *manager, const struct dhcp_lease *lease)
{
	for (size_t i = 0; lease->has_mac && i < manager->registry.n_ports; i++) {
		const struct port *port = manager->registry.ports[i]->port;

		if (mac_equal(&port->interface->mac, &lease->mac))
			return port;
	}
	return NULL;
}

const struct port *describe_lease(const struct manager *manager, const struct dhcp_lease *lease,
				  struct lease_record *record)
{
	const struct port *port = lease_port(manager, lease);

	*record = (struct lease_record){ 0 };
	address_format(&lease->address, record->address);
	if (lease->has_mac)
		mac_format(&lease->mac, record->mac);
	record->hostname = lease->name;
	record->client_id = lease->client_id;
	record->expiry = lease->expiry;
	record->port = port ? port->name : NULL;
	record->guest = port ? port->owner.guest : NULL;
	return port;
}

char **describe_devices(const struct network_capabilities *capabilities, bool only_free)
{
	AUTO(strings_freep) char **names = strings_new(capabilities->n_devices);
	size_t n = 0;

	for (size_t i = 0; names && i < capabilities->n_devices; i++) {
		const struct device_capabilities *device = &capabilities->devices[i];

		if (only_free && !device->free)
			continue;
		names[n] = strdup(device->dev);
		if (!names[n++])
			return NULL;
	}
	return take_ptr(names);
}

static int describe_device_list(const struct network_capabilities *capabilities,
				struct offer_record *record)
{
	struct device_record *devices = calloc(capabilities->n_devices + 1, sizeof(*devices));

	record->devices = (struct record_list){ devices, capabilities->n_devices };
	record->pool = describe_devices(capabilities, false);
	record->free = describe_devices(capabilities, true);
	if (!devices || !record->pool || !record->free)
		return -ENOMEM;
	for (size_t i = 0; i < capabilities->n_devices; i++) {
		const struct device_capabilities *device = &capabilities->devices[i];

		devices[i] = (struct device_record){
			.dev = device->dev,
			.present = device->present,
			.used = (uint32_t)device->used,
			.free = device->free,
			.problem = device->problem,
		};
	}
	return 0;
}

static int describe_portgroups(const struct network *network, struct offer_record *record)
{
	const struct portgroup *group = network_default_portgroup(network);
	AUTO(strings_freep) char **names = strings_new(network->n_portgroups);

	for (size_t i = 0; names && i < network->n_portgroups; i++) {
		names[i] = strdup(network->portgroups[i].name);
		if (!names[i])
			return -ENOMEM;
	}
	record->portgroups = take_ptr(names);
	record->default_portgroup = group ? group->name : NULL;
	return record->portgroups ? 0 : -ENOMEM;
}

static void describe_connection(const struct network *network,
				const struct network_capabilities *capabilities,
				struct offer_record *record)
{
	record->kind = capabilities->kind;
	if (capabilities->on_interfaces)
		record->mode = direct_mode_name(capabilities->mode);
	else
		record->bridge = network->bridge.name;
	record->port_type = port_type_name(capabilities->port_type);
	record->connection = capabilities->connection;
	describe_traffic(capabilities->traffic, &record->traffic);
	record->exclusive = capabilities->exclusive;
	record->may_wait = capabilities->may_wait;
	record->problem = capabilities->problem;
}

int describe_offer(const struct manager *manager, const struct network_entry *entry,
		   const struct network_capabilities *capabilities, struct offer_record *record)
{
	const struct network *network = network_entry_current(entry);
	int r;

	record->name = entry->name;
	uuid_format(&network->uuid, record->uuid);
	record->active = network_is_active(entry);
	describe_connection(network, capabilities, record);
	record->problem = record->problem ?: network_problem(entry);
	record->ports = (uint32_t)registry_count_ports(&manager->registry, network->name);
	r = describe_portgroups(network, record);
	if (r == 0 && capabilities->on_interfaces)
		r = describe_device_list(capabilities, record);
	return r;
}
