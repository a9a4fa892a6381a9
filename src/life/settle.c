/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/side.h"
#include "life/announcer.h"
#include "life/guards.h"
#include "life/life.h"
#include "life/memberships.h"
#include "life/port-runtime.h"
#include "life/rx-filters.h"
#include "life/settle.h"
#include "util/clock.h"
#include "util/parse.h"

static void tell_connected(struct manager *manager, struct port_entry *entry,
			   const struct resolution *resolution, const char *cause)
{
	const struct port *port = entry->port;
	struct event event = {
		.name = "port-connected",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = cause,
		.outage_usec = entry->outage_usec,
	};

	events_tell(&manager->events, &event, "port %s is connected%s: %s", port->name,
		    entry->outage_usec ? " again" : "", resolution->description);
}

static void tell_waiting(struct manager *manager, const struct port *port)
{
	const struct event event = {
		.name = "port-waiting",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = port->reason,
	};

	events_tell(&manager->events, &event, "port %s waits: %s", port->name, port->reason);
}

void settle_failed(struct manager *manager, struct port_entry *entry, const char *why)
{
	struct port *port = entry->port;
	const struct event event = {
		.name = "port-failed",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = why,
	};
	bool told = port->state == PORT_FAILED && streq(port->reason, why);

	if (port->state == PORT_CONNECTED)
		entry->cut_usec = clock_usec();
	port->state = PORT_FAILED;
	if (told)
		return;
	free(port->reason);
	port->reason = strdup(why);
	events_tell(&manager->events, &event, "port %s failed: %s", port->name, why);
}

static void settle_connected(struct manager *manager, struct port_entry *entry,
			     struct resolution *resolution, const char *cause)
{
	struct port *port = entry->port;

	port->state = PORT_CONNECTED;
	free(take_ptr(port->reason));
	if (cause)
		entry->outage_usec = entry->cut_usec ? clock_usec() - entry->cut_usec : 0;
	entry->cut_usec = 0;
	if (!cause)
		return;
	announcer_note(manager->life->announcer, entry);
	guards_note(manager->life->guards);
	tell_connected(manager, entry, resolution, cause);
}

static void settle_waiting(struct manager *manager, struct port_entry *entry,
			   struct resolution *resolution)
{
	struct port *port = entry->port;
	bool told = port->state == PORT_WAITING && streq(port->reason, resolution->reason);

	if (port->state == PORT_CONNECTED)
		entry->cut_usec = clock_usec();
	port->state = PORT_WAITING;
	free(port->reason);
	port->reason = take_ptr(resolution->reason);
	if (!told)
		tell_waiting(manager, port);
}

static void find_base(struct manager *manager, struct port_entry *entry)
{
	const struct host_link *base = resolve_base(entry->port, watch_facts(manager->watch));

	entry->base = base ? base->ifindex : 0;
	entry->runtime->on_filter = base && base->filters_vlans;
}

/* The kernel makes no macvlan with its interface's address, but the interface may take it later. */
void settle_mac(struct manager *manager, struct port_entry *entry)
{
	const struct port *port = entry->port;
	const struct host_link *base = resolve_base(port, watch_facts(manager->watch));
	const struct event event = {
		.name = "port-mac-taken",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = "what it stands on has its guest's MAC address",
	};
	bool taken = base && mac_equal(&base->mac, port_mac(port)) &&
		     !actual_is_exclusive(&port->actual);
	char mac[MAC_TEXT_SIZE];

	if (taken && !entry->runtime->mac_taken) {
		mac_format(&base->mac, mac);
		events_tell(
			&manager->events, &event,
			"port %s: %s has taken the MAC address of its guest, %s: frames for one "
			"reach the other",
			port->name, base->name, mac);
	}
	entry->runtime->mac_taken = taken;
}

/*
 * What a retarget has to take off is over when the port is on nothing: what is found on a later
 * start of vifd was not left by a retarget that was cut short.
 */
static void settle_side(struct manager *manager, struct port_entry *entry)
{
	struct port *port = entry->port;

	if (port->side == 0 || !host_side_is_none(&port->actual))
		return;
	port->side = 0;
	port_entry_write(manager, entry);
}

bool settle_port(struct manager *manager, struct port_entry *entry, struct resolution *resolution,
		 const char *cause)
{
	struct port *port = entry->port;
	bool moved = !actual_equal(&port->actual, &resolution->actual) ||
		     port->side != resolution->side;

	actual_done(&port->actual);
	port->actual = resolution->actual;
	resolution->actual = (struct actual){ 0 };
	port->side = resolution->side;
	entry->runtime->rewire = false;
	if (resolution->state == PORT_WAITING)
		settle_waiting(manager, entry, resolution);
	else
		settle_connected(manager, entry, resolution, cause);
	find_base(manager, entry);
	if (moved)
		port_entry_write(manager, entry);
	memberships_note(manager->life->memberships);
	settle_side(manager, entry);
	return moved;
}

void settle_moved(struct manager *manager, struct port_entry *entry,
		  const struct resolution *resolution, uint64_t outage_usec)
{
	struct port *port = entry->port;
	bool waits = resolution->state == PORT_WAITING;
	const struct event event = {
		.name = "port-retargeted",
		.port = port->name,
		.owner = port->owner.uid,
		.network = port->interface->network,
		.cause = waits         ? resolution->reason
			 : outage_usec ? "the old side had to go first"
				       : "without a cut",
		.outage_usec = waits ? 0 : outage_usec,
	};

	/* The new side's tag is only told once it is up, which may be after this. */
	(void)watch_refresh(manager->watch, NULL);
	settle_side(manager, entry);
	free(take_ptr(port->reason));
	port->state = resolution->state;
	if (waits)
		port->reason = strdup(resolution->reason);
	/* How long that lasts is told when the port is connected. */
	entry->cut_usec = waits ? clock_usec() - outage_usec : 0;
	entry->outage_usec = event.outage_usec;
	find_base(manager, entry);
	if (!waits)
		announcer_note(manager->life->announcer, entry);
	announcer_run(manager->life->announcer);
	guards_note(manager->life->guards);
	memberships_note(manager->life->memberships);
	events_tell(&manager->events, &event, "port %s is retargeted: %s", port->name,
		    resolution->description);
}

void settle_plugged(struct manager *manager, struct port_entry *entry,
		    const struct resolution *resolution)
{
	find_base(manager, entry);
	memberships_note(manager->life->memberships);
	rx_filter_follow(entry);
	if (resolution->held_back)
		guards_note(manager->life->guards);
	if (resolution->state == PORT_WAITING) {
		tell_waiting(manager, entry->port);
		return;
	}
	guards_note(manager->life->guards);
	tell_connected(manager, entry, resolution, "it was plugged");
}
