/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events: what happened to a port or a network, for the log and for listeners.
 *
 * Whoever wants to know of events adds itself; nobody is called by name.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* What does not apply is NULL or 0. */
struct event {
	const char *name;
	const char *port;
	uid_t owner; /* of the port: who plugged it */
	const char *network;
	const char *cause;
	uint64_t outage_usec;
};

/* Lies in its owner, who takes it away before it ends. It is called after the log. */
struct event_listener {
	void (*on_event)(void *userdata, const struct event *event, const char *text);
	void *userdata;
	struct event_listener *next; /* the list's own */
};

struct events {
	struct event_listener *first;
};

void events_listen(struct events *events, struct event_listener *listener);
/* A listener that is not there is taken away already. */
void events_unlisten(struct events *events, const struct event_listener *listener);

/* Logs the sentence, then calls every listener with it. */
void events_tell(const struct events *events, const struct event *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
