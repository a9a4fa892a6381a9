/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which way. A bridge of the host learns from a frame that comes out of the
 * tap. One for the switch behind a host interface leaves by that, not by the
 * tap: through a macvlan it would go to all other guests there too, who have
 * no use for it, and for n ports that return at once these are n * n frames.
 *
 * When. After a pass, not in it: no port waits for another's announcement. Not
 * before the host interface has its carrier; then at once, and a few times
 * more, because the other end may take longer to come up than ours. RARP
 * has no reply, so a fixed number of rounds is sent.
 *
 *	announce (port-runtime.h)	means
 *	0			nothing to tell
 *	ROUNDS			noted, not begun
 *	less			so many are left, the timer runs
 */
#include "backends/side.h"
#include "kernel/announce.h"
#include "life/announcer.h"
#include "life/port-runtime.h"
#include "util/log.h"

enum {
	ROUNDS = 5,
	EVERY_USEC = 300000, /* Linux itself may take a second to act on a carrier (linkwatch) */
	ACCURACY_USEC = 10000,
};

struct announcer {
	struct manager *manager;
	int socket;
	bool noted; /* a port has all its rounds before it */
	sd_event_source *timer;
};

static void send_one(struct announcer *announcer, const struct port_entry *entry,
		     const struct host_link *base)
{
	const struct port_runtime *runtime = entry->runtime;
	const uint8_t *mac = port_mac(entry->port)->bytes;
	AUTO_ERROR struct error err = ERROR_INIT;
	int r = 0;

	if (!host_side_of(&entry->port->actual)->on_interface && runtime->n_fds > 0)
		r = announce_by_queue(runtime->fds[0], mac, &err);
	else if (base)
		r = announce_by_link(announcer->socket, base->ifindex, base->name, mac, &err);
	if (r < 0)
		log_debug("port %s: %s", entry->port->name, error_text(&err));
}

/* Are there more to come? */
static bool announce_port(struct announcer *announcer, struct port_entry *entry)
{
	const struct facts *facts = watch_facts(announcer->manager->watch);
	const struct host_link *base = facts_get(facts, entry->base);

	if (host_side_of(&entry->port->actual)->on_interface && (!base || !base->carrier)) {
		entry->runtime->announce = ROUNDS;
		return false;
	}
	send_one(announcer, entry, base);
	return --entry->runtime->announce > 0;
}

/* Those that have `least` rounds left or more. */
static void announce_ports(struct announcer *announcer, unsigned least)
{
	const struct registry *registry = &announcer->manager->registry;
	bool more = false;

	announcer->noted = false;
	for (size_t i = 0; i < registry->n_ports; i++) {
		struct port_entry *entry = registry->ports[i];

		if (entry->runtime->announce >= least && entry->port->state == PORT_CONNECTED)
			more |= announce_port(announcer, entry);
		announcer->noted |= entry->runtime->announce == ROUNDS;
	}
	if (!more)
		return;
	sd_event_source_set_time_relative(announcer->timer, EVERY_USEC);
	sd_event_source_set_enabled(announcer->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	announce_ports(userdata, 1);
	return 0;
}

void announcer_run(struct announcer *announcer)
{
	if (announcer->noted)
		announce_ports(announcer, ROUNDS);
}

void announcer_note(struct announcer *announcer, struct port_entry *entry)
{
	entry->runtime->announce = ROUNDS;
	announcer->noted = true;
}

int announcer_new(struct manager *manager, struct announcer **ret_announcer, struct error *err)
{
	AUTO(announcer_freep) struct announcer *announcer = calloc(1, sizeof(*announcer));
	int r;

	if (!announcer)
		return error_oom(err);
	announcer->manager = manager;
	announcer->socket = -1;
	r = announce_open(&announcer->socket, err);
	if (r < 0)
		return r;
	r = sd_event_add_time(manager->event, &announcer->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
			      on_timer, announcer);
	if (r >= 0)
		r = sd_event_source_set_enabled(announcer->timer, SD_EVENT_OFF);
	if (r < 0)
		return error_system(err, r, "cannot make the announcer's timer");
	*ret_announcer = take_ptr(announcer);
	return 0;
}

void announcer_free(struct announcer *announcer)
{
	if (!announcer)
		return;
	sd_event_source_disable_unref(announcer->timer);
	closep(&announcer->socket);
	free(announcer);
}
