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

int bus_append_port(sd_bus_message *message, const struct manager *manager,
		    const struct port_entry *entry)
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
	add_actual(&d, &port->actual);
	add_string(&d, "ifname", link ? link->name : NULL);
	add_guest_side(&d, port, link ? link->mtu : port->interface->mtu);
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

int bus_append_check(sd_bus_message *message, const struct resolution *resolution,
		     const struct error *error)
{
	struct dictionary d;

	dictionary_begin(&d, message);
	add_bool(&d, "ok", !error);
	if (error) {
		add_string(&d, "error", error_text(error));
		add_string(&d, "error-kind", error_kind_name(error->kind));
	} else if (d.r >= 0) {
		add_resolution(&d, resolution);
	}
	return dictionary_end(&d);
}
