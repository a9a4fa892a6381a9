/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a port is asked to be besides connected is changed while its guest runs. */
#include <string.h>

#include "formats/interface-xml.h"
#include "formats/port-change.h"
#include "life/guards.h"
#include "life/life.h"
#include "life/ports.h"
#include "life/request.h"
#include "life/settle.h"
#include "methods/access-plug.h"
#include "methods/describe.h"
#include "methods/find.h"
#include "methods/methods.h"
#include "methods/place.h"

/* The port's interface as it is to be. */
static int read_change(const struct port *port, const char *words, struct interface **ret_interface,
		       struct port_change *ret_change, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO_FREE char *copy = NULL;
	int r;

	r = interface_to_xml(port->interface, &copy, err);
	if (r == 0)
		r = interface_from_xml(copy, strlen(copy), port->name, &interface, err);
	if (r == 0)
		interface->line = interface->bandwidth.line = interface->vlan.line =
			interface->isolated_line = 0; /* they would be lines of that copy */
	if (r == 0)
		r = port_change_read(words, interface, ret_change, err);
	if (r == 0)
		*ret_interface = take_ptr(interface);
	return r;
}

static int decide(const struct caller *caller, struct manager *manager, struct port_entry *entry,
		  const char *words, struct place *place, struct resolution *resolution,
		  struct error *err)
{
	struct resolve_request request;
	struct port_change change;
	int r;

	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = read_change(entry->port, words, &place->interface, &change, err);
	if (r == 0)
		r = access_check_interface(caller, manager, place->interface, entry->port, err);
	if (r < 0)
		return r;
	request = port_request(manager, place->interface, entry);
	request.reader = caller_reader(caller);
	r = resolve_change(&request, &change, resolution, err);
	if (r == 0 && actual_copy(&resolution->actual, &place->actual) < 0)
		r = error_oom(err);
	place->side = resolution->side;
	return r;
}

static void tell_set(struct manager *manager, const struct port *port, const char *words)
{
	const struct event event = {
		.name = "port-set",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = words,
	};

	events_tell(&manager->events, &event, "port %s is set: %s", port->name, words);
}

int method_set(const struct caller *caller, struct manager *manager, const char *port,
	       const char *words, struct port_record *ret_port, struct error *err)
{
	AUTO(guest_addresses_done) struct guest_addresses addresses = { 0 };
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO(place_done) struct place place = { 0 };
	struct port_entry *entry = NULL;
	uint64_t outage_usec;
	int r;

	r = access_check(caller, METHOD_SET, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r == 0)
		r = access_check_port(caller, METHOD_SET, entry->port, err);
	if (r == 0)
		r = check_stays(entry, err);
	if (r == 0)
		r = decide(caller, manager, entry, words, &place, &resolution, err);
	if (r == 0)
		r = place_take(manager, entry, &place, &resolution, &outage_usec, err);
	if (r < 0)
		return r;
	(void)settle_port(manager, entry, &resolution, NULL);
	ports_tell_link(manager, entry);
	guards_note(manager->life->guards);
	tell_set(manager, entry->port, words);
	guest_addresses_collect(manager, &addresses);
	describe_port(manager, entry, &addresses, ret_port);
	return 0;
}
