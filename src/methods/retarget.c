/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Retarget: the port's guest stays, what it stands on changes.
 *
 * The order is that of a plug: resolve, write down, apply. The record says
 * what is wanted before the first step, so that a vifd that is killed on the
 * way is followed by one that goes on to the new side; where a step fails the
 * old record is written again.
 */
#include <string.h>

#include "formats/interface-xml.h"
#include "life/filters.h"
#include "life/port-runtime.h"
#include "life/request.h"
#include "life/settle.h"
#include "methods/access-plug.h"
#include "methods/describe.h"
#include "methods/find.h"
#include "methods/methods.h"
#include "methods/place.h"
#include "util/parse.h"

static int contradiction(struct error *err, unsigned line, const char *what,
			 const struct port *port)
{
	error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
		  "a retarget changes what port %s stands on and cannot change its %s", port->name,
		  what);
	if (line)
		error_prefix(err, "line %u: ", line);
	return -EINVAL;
}

/* All but the source must be absent, or what the port has. */
static int check_same_guest(const struct interface *new, const struct port *port, struct error *err)
{
	const struct interface *old = port->interface;

	if (new->has_mac && !mac_equal(&new->mac, &old->mac))
		return contradiction(err, new->mac_line, "MAC address", port);
	if (new->target && !streq(new->target, port->name))
		return contradiction(err, new->target_line, "name", port);
	if (new->model && !streq(new->model, interface_model(old)))
		return contradiction(err, new->model_line, "model", port);
	if (new->queues &&new->queues != interface_queues(old))
		return contradiction(err, new->driver_line, "number of queues", port);
	if (new->mtu &&new->mtu != old->mtu)
		return contradiction(err, new->mtu_line, "MTU", port);
	if (new->alias && !streq(new->alias, old->alias))
		return contradiction(err, new->alias_line, "alias", port);
	if (new->port_type &&new->port_type != port->type)
		return contradiction(err, new->line, "type", port);
	return 0;
}

/* The port's interface with another source. */
static int read_target(const struct port *port, const char *xml, const char *source,
		       struct interface **ret_interface, struct error *err)
{
	AUTO(interface_freep) struct interface *wanted = NULL, *merged = NULL;
	AUTO_FREE char *copy = NULL;
	int r;

	r = interface_from_xml(xml, strlen(xml), source, &wanted, err);
	if (r == 0)
		r = interface_check_served(wanted, err);
	if (r == 0)
		r = check_same_guest(wanted, port, err);
	if (r == 0)
		r = interface_to_xml(port->interface, &copy, err);
	if (r == 0)
		r = interface_from_xml(copy, strlen(copy), port->name, &merged, err);
	if (r < 0)
		return r;
	r = interface_take_source(merged, wanted);
	if (r < 0)
		return error_oom(err);
	*ret_interface = take_ptr(merged);
	return 0;
}

int method_retarget(const struct caller *caller, struct manager *manager, const char *port,
		    const char *xml, const char *source, struct port_record *ret_port,
		    struct error *err)
{
	AUTO(guest_addresses_done) struct guest_addresses addresses = { 0 };
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO(place_done) struct place place = { 0 };
	struct port_entry *entry = NULL;
	struct resolve_request request;
	uint64_t outage_usec;
	int r;

	r = access_check(caller, METHOD_RETARGET, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r == 0)
		r = access_check_port(caller, METHOD_RETARGET, entry->port, err);
	if (r == 0)
		r = check_stays(entry, err);
	if (r == 0)
		r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = read_target(entry->port, xml, source, &place.interface, err);
	if (r == 0)
		r = access_check_interface(caller, manager, place.interface, entry->port, err);
	if (r == 0)
		r = filters_check(manager, &place.interface->filter, &place.interface->mac, err);
	if (r == 0) {
		request = port_request(manager, place.interface, entry);
		request.reader = caller_reader(caller);
	}
	if (r == 0)
		r = resolve_retarget(&request, &resolution, err);
	if (r < 0) {
		error_place(err, source);
		return r;
	}
	place.actual = resolution.actual;
	place.side = resolution.side;
	resolution.actual = (struct actual){ 0 };
	r = place_take(manager, entry, &place, &resolution, &outage_usec, err);
	if (r < 0)
		return r;
	settle_moved(manager, entry, &resolution, outage_usec);
	guest_addresses_collect(manager, &addresses);
	describe_port(manager, entry, &addresses, ret_port);
	return 0;
}
