/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guard begins as a filter of tc's, which is there at once. TCX waits for RCU
 * with the kernel's big lock held, 10 ms in which no other link can be made: so it
 * comes later, in a thread, one port after the other, and only when no port was
 * connected for a while. The filter of tc's stays behind it, so that nothing is
 * open whatever happens to the other.
 *
 * The kernel tells of a filter of tc's that was deleted. Of TCX it tells nothing:
 * a program that somebody put before ours is seen when the port is looked at.
 */
#include "backends/side.h"
#include "life/guards.h"
#include "life/port-runtime.h"
#include "resolve/resolve.h"
#include "services/worker.h"
#include "util/log.h"

enum {
	QUIET_USEC = 1000000,
	PAUSE_USEC = 50000, /* between two ports: others want the kernel's lock too */
	ACCURACY_USEC = 10000,
};

struct guards {
	struct manager *manager;
	struct worker *worker;
	sd_event_source *timer;
	bool without_tcx; /* this kernel has none */
	bool running;
};

struct promotion {
	struct job job;
	struct guard *guard;
	int ifindex;
	char name[IFNAMSIZ];
	int r;
};

static void run_later(struct guards *guards, uint64_t usec)
{
	sd_event_source_set_time_relative(guards->timer, usec);
	sd_event_source_set_enabled(guards->timer, SD_EVENT_ONESHOT);
}

static const struct host_link *device_of(const struct guards *guards,
					 const struct port_entry *entry)
{
	return guest_side_find(watch_facts(guards->manager->watch), &entry->port->uuid);
}

static bool is_guarded(const struct guards *guards, const struct port_entry *entry)
{
	return resolve_is_guarded(entry->port, watch_facts(guards->manager->watch));
}

/* Only a wired tap's frames end in its guard; behind a bridge's both would be asked. */
static bool wants_tcx(const struct guards *guards, const struct port_entry *entry)
{
	const struct actual *actual = &entry->port->actual;
	const struct host_link *device;

	if (entry->port->state != PORT_CONNECTED || !is_guarded(guards, entry) ||
	    guest_side_stands(entry->port->type) || !host_side_of(actual)->wired)
		return false;
	device = device_of(guards, entry);
	return device && device->ifindex != entry->runtime->promoted;
}

static void promotion_run(struct job *job)
{
	struct promotion *promotion = (struct promotion *)job;

	promotion->r = guard_promote(promotion->guard, promotion->ifindex, promotion->name, NULL);
}

static void promotion_done(struct job *job, void *userdata)
{
	AUTO_FREE struct promotion *promotion = (struct promotion *)job;
	struct guards *guards = userdata;

	guards->running = false;
	guards->without_tcx = promotion->r == -EOPNOTSUPP;
	log_debug("the guard of %s is %s", promotion->name,
		  promotion->r < 0 ? "a filter of tc's, as it was" : "asked by TCX now");
	run_later(guards, PAUSE_USEC);
}

static void promote(struct guards *guards, struct port_entry *entry)
{
	const struct host_link *device = device_of(guards, entry);
	struct promotion *promotion = calloc(1, sizeof(*promotion));

	if (!promotion)
		return;
	*promotion = (struct promotion){
		.job = { promotion_run, promotion_done, NULL },
		.guard = guards->manager->apply.guard,
		.ifindex = device->ifindex,
	};
	snprintf(promotion->name, sizeof(promotion->name), "%s", device->name);
	entry->runtime->promoted = device->ifindex;
	guards->running = true;
	worker_submit(guards->worker, &promotion->job);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct guards *guards = userdata;
	const struct registry *registry = &guards->manager->registry;

	if (!guards->manager->apply.guard || guards->running || guards->without_tcx)
		return 0;
	for (size_t i = 0; i < registry->n_ports; i++)
		if (wants_tcx(guards, registry->ports[i])) {
			promote(guards, registry->ports[i]);
			break;
		}
	return 0;
}

void guards_note(struct guards *guards)
{
	if (guards->manager->apply.guard && !guards->without_tcx)
		run_later(guards, QUIET_USEC);
}

static void tell(const struct guards *guards, const struct port_entry *entry, const char *cause)
{
	const struct event event = {
		.name = "port-guard",
		.port = entry->port->name,
		.owner = entry->port->owner.uid,
		.network = entry->port->interface->network,
		.cause = cause,
	};

	events_tell(&guards->manager->events, &event, "the guard of port %s: %s", event.port,
		    cause);
}

bool guards_lost(struct guards *guards, const struct port_entry *entry)
{
	const struct host_link *device = device_of(guards, entry);
	struct apply *apply = &guards->manager->apply;

	if (!apply->guard || !device || entry->runtime->rewire || !is_guarded(guards, entry))
		return false;
	switch (guard_find(apply->netlink, device->ifindex,
			   guest_side_stands(entry->port->type) ? GUARD_SIDE_MACVTAP
								: GUARD_SIDE_TAP)) {
	case GUARD_PLACE_NONE:
		tell(guards, entry, "somebody took it off, and it is put there again");
		entry->runtime->promoted = 0;
		return true;
	case GUARD_PLACE_BEHIND:
		tell(guards, entry, "somebody's program is asked first, and it is put before that");
		entry->runtime->promoted = 0;
		run_later(guards, 0);
		return false;
	default:
		return false;
	}
}

int guards_new(struct manager *manager, struct guards **ret_guards, struct error *err)
{
	AUTO(guards_freep) struct guards *guards = calloc(1, sizeof(*guards));
	int r;

	if (!guards)
		return error_oom(err);
	guards->manager = manager;
	r = worker_new(manager->event, guards, &guards->worker, err);
	if (r < 0)
		return r;
	r = sd_event_add_time(manager->event, &guards->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
			      on_timer, guards);
	if (r >= 0)
		r = sd_event_source_set_enabled(guards->timer, SD_EVENT_OFF);
	if (r < 0)
		return error_system(err, r, "cannot make the guards' timer");
	*ret_guards = take_ptr(guards);
	return 0;
}

void guards_free(struct guards *guards)
{
	if (!guards)
		return;
	worker_free(guards->worker);
	sd_event_source_disable_unref(guards->timer);
	free(guards);
}
