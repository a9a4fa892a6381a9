/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which ports a change may concern:
 *
 *	the change is of		ports
 *	a device of ours		its port, unless that has failed
 *	a hand-over is over		its port
 *	anything else			those that stand on it, and all that wait
 *					or have failed; the network whose bridge it is
 *
 * A failed port is not woken by devices of ours: its own attempt makes and
 * deletes some, and two failed ports would wake each other for ever. Who
 * changes what others may have, a port or a network, calls watch_note_all().
 */
#include <string.h>

#include "backends/side.h"
#include "life/announcer.h"
#include "life/guards.h"
#include "life/hand-over.h"
#include "life/life.h"
#include "life/networks.h"
#include "life/port-runtime.h"
#include "life/ports.h"
#include "life/release.h"
#include "life/request.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/parse.h"

enum {
	/* An attempt that fails moves facts of its own: so not for ever. */
	STALE_MAX = 3,
};

static void tell_connected(struct manager *manager, struct port_entry *entry,
			   const struct resolution *resolution, const char *cause)
{
	const struct port *port = entry->port;
	struct event event = {
		.name = "port-connected",
		.port = port->name,
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
		.network = port->interface->network,
		.cause = port->reason,
	};

	events_tell(&manager->events, &event, "port %s waits: %s", port->name, port->reason);
}

static void set_failed(struct manager *manager, struct port_entry *entry, const char *why)
{
	struct port *port = entry->port;
	const struct event event = {
		.name = "port-failed",
		.port = port->name,
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
}

void reconcile_settle(struct manager *manager, struct port_entry *entry,
		      struct resolution *resolution, const char *cause)
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
}

void reconcile_moved(struct manager *manager, struct port_entry *entry,
		     const struct resolution *resolution, uint64_t outage_usec)
{
	struct port *port = entry->port;
	const struct event event = {
		.name = "port-retargeted",
		.port = port->name,
		.network = port->interface->network,
		.cause = outage_usec ? "the old side had to go first" : "without a cut",
		.outage_usec = outage_usec,
	};

	/* The new side's tag is only told once it is up, which may be after this. */
	(void)watch_refresh(manager->watch, NULL);
	port->state = PORT_CONNECTED;
	free(take_ptr(port->reason));
	entry->cut_usec = 0;
	entry->outage_usec = outage_usec;
	find_base(manager, entry);
	announcer_note(manager->life->announcer, entry);
	announcer_run(manager->life->announcer);
	guards_note(manager->life->guards);
	events_tell(&manager->events, &event, "port %s is retargeted: %s", port->name,
		    resolution->description);
}

void reconcile_begin(struct manager *manager, struct port_entry *entry,
		     const struct resolution *resolution)
{
	find_base(manager, entry);
	if (resolution->state == PORT_WAITING) {
		tell_waiting(manager, entry->port);
	} else {
		guards_note(manager->life->guards);
		tell_connected(manager, entry, resolution, "it was plugged");
	}
}

/* The macvtap is there again, its guest has still the old one: as long as that takes it waits. */
static int hand_over(struct manager *manager, struct port_entry *entry,
		     struct resolution *resolution, struct apply_result *result, struct error *err)
{
	entry->runtime->reopen = true;
	resolution->state = PORT_WAITING;
	resolution->reason = strdup("its VMM is being given the new macvtap");
	return resolution->reason ? hand_over_queues(manager, entry, resolution->mtu, result, err)
				  : error_oom(err);
}

/* A hand-over that is over says whether the guest has the macvtap that is there. */
static int take_hand_over(struct port_entry *entry, struct error *err)
{
	int r = hand_over_take_result(entry, err);

	if (r > 0)
		entry->runtime->reopen = false;
	return r < 0 ? r : 0;
}

/* Where asked for, the guest's link is down while it is cut off or the host has no carrier. */
static void follow_link(struct manager *manager, struct port_entry *entry)
{
	const struct host_link *base = resolve_base(entry->port, watch_facts(manager->watch));
	bool down = entry->port->state != PORT_CONNECTED || (base && !base->carrier);

	if (entry->port->interface->follow_link && entry->port->qmp &&
	    down != entry->runtime->link_down && !hand_over_is_running(entry))
		hand_over_link(manager, entry, !down);
}

static int apply_repair(struct manager *manager, struct port_entry *entry,
			struct resolution *resolution, struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	const struct apply_held held = {
		.fds = entry->runtime->fds,
		.n_fds = entry->runtime->n_fds,
		.settings = entry->runtime->settings,
	};
	int r;

	if (plan_is_empty(&resolution->plan))
		return 0;
	r = apply_run(&manager->apply, &resolution->plan, &held, NULL, &result, err);
	if (r == 0 && guest_side_stands(entry->port->type) && result.n_fds > 0)
		r = hand_over(manager, entry, resolution, &result, err);
	return r;
}

/* Why the port is connected only now; NULL where it had been all the time. */
static const char *cause_of(const struct port_entry *entry, const struct resolution *resolution)
{
	if (resolution->state != PORT_CONNECTED)
		return NULL;
	if (entry->port->state != PORT_CONNECTED)
		return "what it stands on is there";
	return resolution->effect.connects && !entry->runtime->rewire ? "a device of it was gone"
								      : NULL;
}

/*
 * While an interface is being deleted the kernel tells of it in several
 * messages, and refuses what is asked of it after the first. Where it says
 * that something is not there, the message that says so too is on its way.
 */
static bool facts_have_moved(struct manager *manager)
{
	return watch_refresh(manager->watch, NULL) == 0 && watch_has_changes(manager->watch);
}

void reconcile_port(struct manager *manager, struct port_entry *entry)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct resolve_request request;
	uint64_t started_usec = clock_usec();
	const char *cause;
	bool moved;
	int r;

	if (entry->port->state == PORT_REMOVING)
		return;
	r = take_hand_over(entry, &err);
	if (r < 0) {
		set_failed(manager, entry, error_text(&err));
		return;
	}
	entry->runtime->rewire |= guards_lost(manager->life->guards, entry);
	request = port_request(manager, entry->port->interface, entry);
	r = resolve_repair(&request, &resolution, &err);
	if (r == -ESTALE) {
		release_ended(manager, entry, "its tap was closed");
		return;
	}
	if (r == 0)
		r = apply_repair(manager, entry, &resolution, &err);
	if (r < 0 && entry->runtime->n_stale < STALE_MAX &&
	    (r == -ENODEV || facts_have_moved(manager))) {
		/* It was decided on what is no longer so; the next pass knows better. */
		entry->runtime->n_stale++;
		manager->life->look_again = true;
		return;
	}
	entry->runtime->n_stale = 0;
	if (r < 0) {
		set_failed(manager, entry, error_text(&err));
		return;
	}
	if (resolution.state == PORT_CONNECTED && hand_over_is_running(entry))
		return;
	cause = cause_of(entry, &resolution);
	if (cause && entry->port->state == PORT_CONNECTED)
		entry->cut_usec = started_usec;
	moved = !actual_equal(&entry->port->actual, &resolution.actual);
	reconcile_settle(manager, entry, &resolution, cause);
	follow_link(manager, entry);
	/* The next port's choice has to know of this one's. */
	if (moved)
		(void)watch_refresh(manager->watch, NULL);
}

struct uuid_set {
	struct uuid *items; /* sorted */
	size_t n;
};

struct concern {
	int *ifindexes; /* of changed links that are not ours, sorted */
	size_t n_ifindexes;
	struct uuid_set own;  /* ports whose devices have changed */
	struct uuid_set taps; /* ports whose guests' devices have */
	bool all;
};

static int compare_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int compare_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static bool uuid_set_add(struct uuid_set *set, const struct uuid *uuid)
{
	struct uuid *item = array_add(&set->items, &set->n, sizeof(*item));

	if (item)
		*item = *uuid;
	return item;
}

static void uuid_set_sort(struct uuid_set *set)
{
	if (set->n > 0)
		qsort(set->items, set->n, sizeof(struct uuid), compare_uuid);
}

static bool uuid_set_has(const struct uuid_set *set, const struct uuid *uuid)
{
	return set->n > 0 && bsearch(uuid, set->items, set->n, sizeof(struct uuid), compare_uuid);
}

static bool ifindexes_add(struct concern *concern, int ifindex)
{
	int *item = array_add(&concern->ifindexes, &concern->n_ifindexes, sizeof(*item));

	if (item)
		*item = ifindex;
	return item;
}

static bool ifindexes_have(const struct concern *concern, int ifindex)
{
	return concern->n_ifindexes > 0 && bsearch(&ifindex, concern->ifindexes,
						   concern->n_ifindexes, sizeof(int), compare_int);
}

static void concern_note(struct concern *concern, const struct watch_change *change)
{
	bool noted = change->ours ? uuid_set_add(&concern->own, &change->uuid)
				  : ifindexes_add(concern, change->ifindex);

	if (noted && change->guests_side)
		noted = uuid_set_add(&concern->taps, &change->uuid);
	concern->all |= !noted;
}

static void concern_init(struct concern *concern, struct watch *watch)
{
	AUTO_FREE struct watch_change *changes = NULL;
	size_t n;

	*concern = (struct concern){ 0 };
	changes = watch_take_changes(watch, &n, &concern->all);
	for (size_t i = 0; i < n; i++)
		concern_note(concern, &changes[i]);
	if (concern->ifindexes)
		qsort(concern->ifindexes, concern->n_ifindexes, sizeof(int), compare_int);
	uuid_set_sort(&concern->own);
	uuid_set_sort(&concern->taps);
}

static void concern_done(struct concern *concern)
{
	free(concern->ifindexes);
	free(concern->own.items);
	free(concern->taps.items);
}

static bool concerns(const struct concern *concern, const struct port_entry *entry)
{
	bool own = uuid_set_has(&concern->own, &entry->port->uuid);
	bool base = entry->base && ifindexes_have(concern, entry->base);

	if (concern->all || entry->runtime->n_stale || hand_over_is_over(entry))
		return true;
	switch (entry->port->state) {
	case PORT_CONNECTED:
		return own || base;
	case PORT_WAITING:
		return own || concern->n_ifindexes > 0;
	case PORT_FAILED:
		return concern->n_ifindexes > 0;
	default:
		return false;
	}
}

static void look_at(struct port_entry *entry, void *userdata)
{
	const struct concern *concern = userdata;

	if (concern->all || uuid_set_has(&concern->taps, &entry->port->uuid))
		port_entry_remember(entry);
	if (concerns(concern, entry))
		reconcile_port(entry->runtime->manager, entry);
}

/* Before the ports: a bridge that was made anew is there for them in the same pass. */
static void reconcile_networks(struct manager *manager)
{
	bool address_gone = watch_take_address_gone(manager->watch);

	for (size_t i = 0; i < manager->registry.n_networks; i++)
		networks_look(manager, manager->registry.networks[i], address_gone);
}

static void look_at_own(struct manager *manager, struct concern *concern)
{
	const struct uuid_set *own = &concern->own;

	for (size_t i = 0; i < own->n; i++) {
		struct port_entry *entry = registry_port_by_uuid(&manager->registry,
								 &own->items[i]);

		if (entry && (i == 0 || !uuid_equal(&own->items[i], &own->items[i - 1])))
			look_at(entry, concern);
	}
}

/* Most passes are about one plug's devices: their cost does not grow with the number of ports. */
static void reconcile_ports(struct manager *manager, struct concern *concern)
{
	bool look_again = manager->life->look_again;

	manager->life->look_again = false;
	if (concern->all || concern->n_ifindexes > 0 || look_again)
		registry_each_port(&manager->registry, look_at, concern);
	else
		look_at_own(manager, concern);
}

void reconcile(struct manager *manager)
{
	AUTO(concern_done) struct concern concern;

	concern_init(&concern, manager->watch);
	reconcile_networks(manager);
	reconcile_ports(manager, &concern);
	announcer_run(manager->life->announcer);
}
