/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/network-use.h"
#include "util/parse.h"

enum {
	NAMES_MAX = 8, /* in one sentence */
};

static bool port_is_of(const struct port *port, const char *network)
{
	return port->state != PORT_REMOVING && streq(port->interface->network, network);
}

static bool port_uses_pool_entry(const struct port *port, const char *network,
				 const struct pool_entry *entry)
{
	const struct actual *actual = &port->actual;

	if (!port_is_of(port, network) || !actual->dev)
		return false;
	return streq(actual->dev, entry->dev) ||
	       (actual->has_dev_mac && entry->has_mac && mac_equal(&actual->dev_mac, &entry->mac));
}

static bool port_uses_portgroup(const struct port *port, const char *network, const char *portgroup)
{
	return port_is_of(port, network) && (streq(port->actual.portgroup, portgroup) ||
					     streq(port->interface->portgroup, portgroup));
}

static void user_print(const struct port *port, size_t position, struct text *text)
{
	if (position >= NAMES_MAX)
		return;
	text_add(text, "%s%s", position ? ", " : "", port->name);
	if (port->owner.guest)
		text_add(text, " (%s)", port->owner.guest);
}

static size_t users_end(size_t n, struct text *text)
{
	if (n > NAMES_MAX)
		text_add(text, " and %zu more", n - NAMES_MAX);
	return n;
}

size_t pool_entry_users(const struct port *const *ports, size_t n_ports, const char *network,
			const struct pool_entry *entry, struct text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < n_ports; i++)
		if (port_uses_pool_entry(ports[i], network, entry))
			user_print(ports[i], n++, text);
	return users_end(n, text);
}

size_t portgroup_users(const struct port *const *ports, size_t n_ports, const char *network,
		       const char *portgroup, struct text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < n_ports; i++)
		if (port_uses_portgroup(ports[i], network, portgroup))
			user_print(ports[i], n++, text);
	return users_end(n, text);
}

size_t floor_users(const struct port *const *ports, size_t n_ports, const char *network,
		   uint64_t *ret_kept, struct text *text)
{
	uint64_t kept = 0;
	size_t n = 0;

	for (size_t i = 0; i < n_ports; i++) {
		if (!port_is_of(ports[i], network) || !ports[i]->actual.managed ||
		    ports[i]->actual.bandwidth.class_id == 0)
			continue;
		kept += ports[i]->actual.bandwidth.inbound.floor;
		user_print(ports[i], n++, text);
	}
	*ret_kept = kept;
	return users_end(n, text);
}
