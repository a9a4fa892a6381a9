/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A network is what its makers let in: VLAN, isolation, limits, checks. An interface's own word
 * would go before theirs (resolve/merge.c), so a listed user's interface may not say it. And what
 * it stands on by name must not be a way around: no guest's device, no network's bridge, no
 * address that is another guest's.
 */
#include <stdarg.h>
#include <string.h>

#include "methods/access-plug.h"
#include "resolve/network.h"
#include "util/parse.h"
#include "util/text.h"

static int not_yours(const struct interface *interface, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int not_yours(const struct interface *interface, struct error *err, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = text_format_va(format, args);
	va_end(args);
	return error_set(err, -EPERM, ERROR_PERMISSION, "line %u: %s",
			 interface->source_line ?: interface->line, text ?: "it is not yours");
}

static int check_network(const struct caller *caller, const struct interface *interface,
			 struct error *err)
{
	const char *group = interface->portgroup;

	if (grant_has_portgroup(&caller->grant, interface->network, group))
		return 0;
	return not_yours(interface, err, "access.conf does not give you network '%s'%s%s%s",
			 interface->network,
			 group ? " with portgroup '"
			 : grant_has_network(&caller->grant, interface->network)
				 ? " without a portgroup"
				 : "",
			 group ?: "", group ? "'" : "");
}

/* A device of vifd's own is a guest's, or is a network's and reached by that. */
static bool is_of_vifd(const struct manager *manager, const char *name)
{
	const struct host_link *link = facts_find(watch_facts(manager->watch), name);
	struct uuid uuid;
	int64_t side;

	for (size_t i = 0; link && i < link->n_altnames; i++)
		if (port_tag_parse(link->altnames[i], &uuid, &side) ||
		    network_tag_parse(link->altnames[i], &uuid))
			return true;
	return false;
}

/* name NULL: the interface is known by its address, or there is none. */
static int check_device(const struct caller *caller, const struct manager *manager,
			const struct interface *interface, const char *name, struct error *err)
{
	if (!grant_has_interface(&caller->grant, name))
		return not_yours(interface, err, "access.conf gives you no host interface%s%s%s",
				 name ? " '" : " of this kind: it takes interfaces=*", name ?: "",
				 name ? "'" : "");
	if (name && is_of_vifd(manager, name))
		return not_yours(interface, err, "%s is a device of vifd's own, for nobody to name",
				 name);
	return 0;
}

static int check_source(const struct caller *caller, const struct manager *manager,
			const struct interface *interface, struct error *err)
{
	const char *name = interface->bridge ?: interface->dev;

	if (interface->network)
		return check_network(caller, interface, err);
	return check_device(caller, manager, interface, interface->has_dev_mac ? NULL : name, err);
}

/* What it says that is the network's to say; NULL: nothing. */
static const char *find_setting(const struct interface *interface)
{
	if (interface->vlan.n_tags > 0)
		return "<vlan>";
	if (interface->virtualport.type != VIRTUALPORT_NONE)
		return "<virtualport>";
	if (interface->trust_rx_filters == TRISTATE_YES)
		return "trustGuestRxFilters";
	if (interface->isolated == TRISTATE_NO)
		return "<port isolated='no'>";
	if (interface->bandwidth.set)
		return "<bandwidth>";
	if (interface->filter.filter)
		return "<filterref>";
	return interface->security.set ? "<vif:security>" : NULL;
}

static int check_mac(const struct caller *caller, const struct manager *manager,
		     const struct interface *interface, struct error *err)
{
	char text[MAC_TEXT_SIZE];

	for (size_t i = 0; i < manager->registry.n_ports; i++) {
		const struct port *port = manager->registry.ports[i]->port;

		if (port->owner.uid == caller->uid ||
		    !mac_equal(&port->interface->mac, &interface->mac))
			continue;
		mac_format(&interface->mac, text);
		return not_yours(interface, err,
				 "the MAC address %s is that of somebody else's port", text);
	}
	return 0;
}

int access_check_interface(const struct caller *caller, const struct manager *manager,
			   const struct interface *interface, const struct port *own,
			   struct error *err)
{
	const char *setting = find_setting(interface);
	int r;

	if (caller->kind != CALLER_LISTED)
		return 0;
	r = check_source(caller, manager, interface, err);
	if (r == 0 && setting)
		return not_yours(interface, err, "%s is for those to say who made the network",
				 setting);
	if (r == 0 && interface->target && !(own && streq(interface->target, own->name)))
		return not_yours(interface, err,
				 "the device's name is not yours to choose: leave <target> out");
	return r < 0 ? r : check_mac(caller, manager, interface, err);
}

int access_check_number(const struct caller *caller, const struct manager *manager,
			struct error *err)
{
	unsigned n = 0;

	if (caller->kind != CALLER_LISTED)
		return 0;
	for (size_t i = 0; i < manager->registry.n_ports; i++)
		n += manager->registry.ports[i]->port->owner.uid == caller->uid;
	if (n < caller->grant.ports)
		return 0;
	return error_set(err, -EBUSY, ERROR_IN_USE,
			 "you have %u port%s, and access.conf lets you have %u at once (vif list)",
			 n, n == 1 ? "" : "s", caller->grant.ports);
}
