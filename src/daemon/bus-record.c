/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "daemon/bus-record.h"

/*
 * A dictionary under construction: the first failure sticks, so that a record
 * reads as the list of its keys.
 */
struct dictionary {
	sd_bus_message *message;
	int r;
};

static void dictionary_begin(struct dictionary *d, sd_bus_message *message)
{
	d->message = message;
	d->r = sd_bus_message_open_container(message, 'a', "{sv}");
}

static int dictionary_end(struct dictionary *d)
{
	return d->r < 0 ? d->r : sd_bus_message_close_container(d->message);
}

/* Leaves the key out where the value is NULL. */
static void add_string(struct dictionary *d, const char *key, const char *value)
{
	if (d->r >= 0 && value)
		d->r = sd_bus_message_append(d->message, "{sv}", key, "s", value);
}

static void add_bool(struct dictionary *d, const char *key, bool value)
{
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->message, "{sv}", key, "b", value);
}

/* Leaves the key out where the value is 0 and that means nothing. */
static void add_number(struct dictionary *d, const char *key, uint32_t value)
{
	if (d->r >= 0 && value)
		d->r = sd_bus_message_append(d->message, "{sv}", key, "u", value);
}

/* As add_number(), in microseconds. */
static void add_usec(struct dictionary *d, const char *key, uint64_t value)
{
	if (d->r >= 0 && value)
		d->r = sd_bus_message_append(d->message, "{sv}", key, "t", value);
}

static void add_strings(struct dictionary *d, const char *key, char **values)
{
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->message, 'e', "sv");
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->message, "s", key);
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->message, 'v', "as");
	if (d->r >= 0)
		d->r = sd_bus_message_append_strv(d->message, values);
	if (d->r >= 0)
		d->r = sd_bus_message_close_container(d->message);
	if (d->r >= 0)
		d->r = sd_bus_message_close_container(d->message);
}

static void add_uuid(struct dictionary *d, const struct uuid *uuid)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid, text);
	add_string(d, "uuid", text);
}

static void add_pool(struct dictionary *d, const struct network *network)
{
	AUTO_FREE char **devs = calloc(network->n_pool + 1, sizeof(*devs));

	if (!devs) {
		d->r = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < network->n_pool; i++)
		devs[i] = network->pool[i].dev;
	add_strings(d, "pool", devs);
}

int bus_append_network(sd_bus_message *message, const struct manager *manager,
		       const struct network_entry *entry)
{
	const struct network *network = network_entry_current(entry);
	struct dictionary d;

	dictionary_begin(&d, message);
	add_string(&d, "name", entry->name);
	add_uuid(&d, &network->uuid);
	add_bool(&d, "active", entry->started);
	add_bool(&d, "persistent", entry->definition);
	add_bool(&d, "autostart", entry->autostart);
	add_string(&d, "forward", forward_mode_name(network->forward));
	add_string(&d, "bridge", network->bridge.name);
	add_pool(&d, network);
	if (d.r >= 0)
		d.r = sd_bus_message_append(
			message, "{sv}", "ports", "u",
			(uint32_t)registry_count_ports(&manager->registry, entry->name));
	return dictionary_end(&d);
}

static void add_parts(struct dictionary *d, const char *key, unsigned parts)
{
	char *names[NETWORK_PART_COUNT + 1] = { NULL };
	size_t n = 0;

	for (unsigned i = 0; i < NETWORK_PART_COUNT; i++)
		if (parts & 1U << i)
			names[n++] = (char *)network_part_name(i);
	add_strings(d, key, names);
}

int bus_append_diff(sd_bus_message *message, const struct network_diff *diff)
{
	struct dictionary d;

	dictionary_begin(&d, message);
	if (diff->now || diff->later) {
		add_parts(&d, "now", diff->now);
		add_parts(&d, "later", diff->later);
	}
	add_string(&d, "in-use", diff->in_use);
	return dictionary_end(&d);
}

int bus_append_update(sd_bus_message *message, const char *network,
		      const struct update_answer *answer)
{
	struct dictionary d;

	dictionary_begin(&d, message);
	add_string(&d, "name", network);
	add_string(&d, "key", answer->key);
	add_bool(&d, "live", answer->live);
	add_bool(&d, "config", answer->config);
	add_string(&d, "in-use", answer->users);
	return dictionary_end(&d);
}

static void add_owner(struct dictionary *d, const struct port *port)
{
	add_string(d, "guest", port->owner.guest);
	add_number(d, "pid", (uint32_t)port->owner.pid);
	add_bool(d, "by-name", port->by_name);
}

static void add_actual(struct dictionary *d, const struct actual *actual)
{
	add_string(d, "actual", interface_type_name(actual->type));
	if (actual->type == INTERFACE_DIRECT) {
		add_string(d, "dev", actual->dev);
		add_string(d, "mode", direct_mode_name(actual->mode));
	}
	add_string(d, "bridge", actual->bridge);
}

static void add_guest_side(struct dictionary *d, const struct port *port, unsigned mtu)
{
	const struct interface *interface = port->interface;
	char mac[MAC_TEXT_SIZE];

	mac_format(&interface->mac, mac);
	add_string(d, "mac", mac);
	add_number(d, "mtu", mtu);
	add_number(d, "mtu-asked", interface->mtu);
	add_number(d, "queues", interface_queues(interface));
	add_string(d, "model", interface_model(interface));
	add_bool(d, "vhost", port->vhost);
	add_string(d, "alias", interface->alias);
}

static void add_addresses(struct dictionary *d, const struct guest_addresses *addresses,
			  const struct mac *mac)
{
	enum { ADDRESSES_MAX = 16 };
	char texts[ADDRESSES_MAX][ADDRESS_TEXT_SIZE], *list[ADDRESSES_MAX + 1] = { NULL };
	const struct guest_address *items;
	size_t n;

	items = guest_addresses_find(addresses, mac, &n);
	for (size_t i = 0; i < n && i < ADDRESSES_MAX; i++) {
		address_format(&items[i].address, texts[i]);
		list[i] = texts[i];
	}
	if (n > 0)
		add_strings(d, "addresses", list);
}

int bus_append_port(sd_bus_message *message, const struct manager *manager,
		    const struct port_entry *entry, const struct guest_addresses *addresses)
{
	const struct port *port = entry->port;
	const struct host_link *link = facts_find(watch_facts(manager->watch), port->name);
	const struct host_link *base = resolve_base(port, watch_facts(manager->watch));
	struct dictionary d;

	dictionary_begin(&d, message);
	add_string(&d, "name", port->name);
	add_uuid(&d, &port->uuid);
	add_string(&d, "state", port_state_name(port->state));
	add_string(&d, "reason", port->reason);
	add_string(&d, "qmp", port->qmp);
	add_bool(&d, "lower-up", base && base->up && base->carrier);
	add_string(&d, "port-type", port_type_name(port->type));
	add_usec(&d, "outage-usec", entry->outage_usec);
	add_owner(&d, port);
	add_string(&d, "type", interface_type_name(port->interface->type));
	add_string(&d, "network", port->interface->network);
	add_string(&d, "portgroup", port->actual.portgroup);
	add_actual(&d, &port->actual);
	add_string(&d, "ifname", link ? link->name : NULL);
	add_guest_side(&d, port, link ? link->mtu : port->interface->mtu);
	if (addresses)
		add_addresses(&d, addresses, &port->interface->mac);
	return dictionary_end(&d);
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

int bus_append_lease(sd_bus_message *message, const struct manager *manager,
		     const struct dhcp_lease *lease)
{
	const struct port *port = lease_port(manager, lease);
	char address[ADDRESS_TEXT_SIZE], mac[MAC_TEXT_SIZE];
	struct dictionary d;

	address_format(&lease->address, address);
	mac_format(&lease->mac, mac);
	dictionary_begin(&d, message);
	add_string(&d, "address", address);
	add_string(&d, "mac", lease->has_mac ? mac : NULL);
	add_string(&d, "hostname", lease->name);
	add_string(&d, "client-id", lease->client_id);
	add_usec(&d, "expiry", lease->expiry);
	add_string(&d, "port", port ? port->name : NULL);
	add_string(&d, "guest", port ? port->owner.guest : NULL);
	return dictionary_end(&d);
}

static void add_summary(struct dictionary *d, char *summary)
{
	enum { LINES_MAX = 64 };
	char *lines[LINES_MAX + 1] = { NULL }, *rest = NULL;
	size_t n = 0;

	for (char *line = strtok_r(summary, "\n", &rest); line && n < LINES_MAX;
	     line = strtok_r(NULL, "\n", &rest))
		lines[n++] = line;
	add_strings(d, "summary", lines);
}

int bus_append_started(sd_bus_message *message, const char *name, char *summary)
{
	struct dictionary d;

	dictionary_begin(&d, message);
	add_string(&d, "name", name);
	if (summary)
		add_summary(&d, summary);
	return dictionary_end(&d);
}

static void add_resolution(struct dictionary *d, const struct resolution *resolution)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *plan = NULL, *summary = strdup(resolution->summary);

	plan_print(&resolution->plan, &text);
	if (!summary || text_take(&text, &plan) < 0) {
		d->r = -ENOMEM;
		return;
	}
	add_string(d, "ifname", resolution->ifname);
	add_string(d, "state", port_state_name(resolution->state));
	add_string(d, "reason", resolution->reason);
	add_string(d, "port-type", port_type_name(resolution->type));
	add_actual(d, &resolution->actual);
	add_number(d, "mtu", resolution->mtu);
	add_bool(d, "vhost", resolution->vhost);
	add_summary(d, summary);
	add_string(d, "plan", plan);
}

/* The host interfaces: all, or those that are free. */
static void add_devices(struct dictionary *d, const char *key,
			const struct network_capabilities *capabilities, bool all)
{
	AUTO_FREE char **devs = calloc(capabilities->n_devices + 1, sizeof(*devs));
	size_t n = 0;

	if (!devs) {
		d->r = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < capabilities->n_devices; i++)
		if (all || capabilities->devices[i].free)
			devs[n++] = (char *)capabilities->devices[i].dev;
	add_strings(d, key, devs);
}

/* What the network that the interface names is here, also where there is none. */
static void add_check_network(struct dictionary *d, const struct check_answer *answer)
{
	const struct interface *interface = answer->interface;
	const struct network_entry *entry = answer->network;
	const char *portgroup = interface->portgroup;

	add_string(d, "network", interface->network);
	add_bool(d, "network-exists", entry);
	add_bool(d, "network-active", entry && entry->started);
	if (!portgroup)
		portgroup = answer->capabilities.portgroup;
	add_string(d, "portgroup", portgroup);
	if (portgroup)
		add_bool(d, "portgroup-exists", answer->capabilities.portgroup);
	if (entry && answer->capabilities.kind == NETWORK_KIND_DIRECT) {
		add_bool(d, "exclusive", answer->capabilities.exclusive);
		add_devices(d, "candidates", &answer->capabilities, true);
		add_devices(d, "free", &answer->capabilities, false);
	}
}

int bus_append_check(sd_bus_message *message, const struct check_answer *answer,
		     const struct error *error)
{
	struct dictionary d;

	dictionary_begin(&d, message);
	add_bool(&d, "ok", answer->ok);
	if (error) {
		add_string(&d, "error", error_text(error));
		add_string(&d, "error-kind", error_kind_name(error->kind));
	}
	if (answer->interface && answer->interface->network)
		add_check_network(&d, answer);
	if (answer->has_actual)
		add_actual(&d, &answer->actual);
	if (answer->ok && d.r >= 0)
		add_resolution(&d, &answer->resolution);
	return dictionary_end(&d);
}

/* A list of dictionaries as a value: between the two, messages of their own. */
static void list_begin(struct dictionary *d, const char *key)
{
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->message, 'e', "sv");
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->message, "s", key);
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->message, 'v', "aa{sv}");
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->message, 'a', "a{sv}");
}

static void list_end(struct dictionary *d)
{
	for (int i = 0; d->r >= 0 && i < 3; i++)
		d->r = sd_bus_message_close_container(d->message);
}

static int append_device(sd_bus_message *message, const struct device_capabilities *device)
{
	struct dictionary d;

	dictionary_begin(&d, message);
	add_string(&d, "dev", device->dev);
	add_bool(&d, "present", device->present);
	if (d.r >= 0)
		d.r = sd_bus_message_append(message, "{sv}", "used", "u", (uint32_t)device->used);
	add_bool(&d, "free", device->free);
	add_string(&d, "problem", device->problem);
	return dictionary_end(&d);
}

static void add_device_list(struct dictionary *d, const struct network_capabilities *capabilities)
{
	add_devices(d, "pool", capabilities, true);
	add_devices(d, "free", capabilities, false);
	list_begin(d, "devices");
	for (size_t i = 0; d->r >= 0 && i < capabilities->n_devices; i++)
		d->r = append_device(d->message, &capabilities->devices[i]);
	list_end(d);
}

static void add_portgroups(struct dictionary *d, const struct network *network)
{
	AUTO_FREE char **names = calloc(network->n_portgroups + 1, sizeof(*names));
	const struct portgroup *group = network_default_portgroup(network);

	if (!names) {
		d->r = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < network->n_portgroups; i++)
		names[i] = network->portgroups[i].name;
	add_strings(d, "portgroups", names);
	add_string(d, "default-portgroup", group ? group->name : NULL);
}

static void add_connection(struct dictionary *d, const struct network *network,
			   const struct network_capabilities *capabilities)
{
	add_string(d, "kind", network_kind_name(capabilities->kind));
	if (capabilities->kind == NETWORK_KIND_DIRECT)
		add_string(d, "mode", direct_mode_name(capabilities->mode));
	else
		add_string(d, "bridge", network->bridge.name);
	add_string(d, "port-type", port_type_name(capabilities->port_type));
	add_string(d, "connection", capabilities->connection);
	add_string(d, "forwards", forwarder_name(capabilities->forwards));
	add_string(d, "host-reaches", host_reach_name(capabilities->reach));
	add_bool(d, "exclusive", capabilities->exclusive);
	add_bool(d, "may-wait", capabilities->may_wait);
}

static int append_capabilities(sd_bus_message *message, const struct manager *manager,
			       const struct capabilities_answer *answer)
{
	const struct network *network = network_entry_current(answer->entry);
	struct dictionary d;

	dictionary_begin(&d, message);
	add_string(&d, "name", answer->entry->name);
	add_uuid(&d, &network->uuid);
	add_bool(&d, "active", answer->entry->started);
	add_connection(&d, network, &answer->capabilities);
	if (d.r >= 0)
		d.r = sd_bus_message_append(
			message, "{sv}", "ports", "u",
			(uint32_t)registry_count_ports(&manager->registry, network->name));
	add_portgroups(&d, network);
	if (answer->capabilities.kind == NETWORK_KIND_DIRECT)
		add_device_list(&d, &answer->capabilities);
	add_string(&d, "problem", answer->capabilities.problem);
	return dictionary_end(&d);
}

int bus_append_capabilities(sd_bus_message *message, const struct manager *manager,
			    const struct capabilities_answer *answers, size_t n)
{
	char *types[PORT_TYPE_COUNT] = { NULL };
	struct dictionary d;

	for (unsigned type = PORT_TYPE_UNSET + 1; type < PORT_TYPE_COUNT; type++)
		types[type - 1] = (char *)port_type_name(type);
	dictionary_begin(&d, message);
	add_string(&d, "version", VIFD_VERSION);
	add_bool(&d, "vhost-net", watch_facts(manager->watch)->vhost_net);
	add_strings(&d, "port-types", types);
	add_bool(&d, "strict", manager->config.strict);
	list_begin(&d, "networks");
	for (size_t i = 0; d.r >= 0 && i < n; i++)
		d.r = append_capabilities(message, manager, &answers[i]);
	list_end(&d);
	return dictionary_end(&d);
}
