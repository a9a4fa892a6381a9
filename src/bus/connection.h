/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection: one client, and what it may cost.
 *
 * Whatever a client does, vifd holds for it no more than one message that comes in
 * (gate.h), the answers to what it has asked, and a number of events that it has not
 * read. One that does not read its answers is not read from either; one that does not
 * read its events is ended. Strangers may cost less than members and root, and wait
 * for these: their messages are looked at when there is nothing else to do.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "methods/access.h"
#include "bus/gate.h"
#include "bus/turns.h"
#include "methods/records.h"

struct connection_limits;
struct descriptors;
struct doctor;
struct later;
struct manager;

/* Who has the connections, and what is the same for all of them. */
struct connection_host {
	struct manager *manager;
	struct doctor *doctor;
	sd_event *event;
	struct turns *turns;          /* of strangers */
	const char *path, *interface; /* of the object … */
	const sd_bus_vtable *methods; /* … and its handlers, which get the connection */
	/* One is over: as soon as nothing of it is under way the host frees it. */
	void (*ended)(struct connection_host *host);
};

struct connection {
	struct connection_host *host;
	struct caller caller;
	bool subscribed;
	bool ended;
	bool seen;           /* connection.c's: sd-bus has had a message */
	unsigned n_open;     /* calls that will be answered later: it is there until they are */
	struct later *later; /* those of them that will be tried again: later.h's */
	struct descriptors *descriptors; /* of its plug, on their way: descriptors.h's */
	/* Its own: */
	const struct connection_limits *limits;
	int fd; /* the client's socket; sd-bus writes to a dup of it */
	int inner;
	struct gate gate;
	struct turn turn;
	sd_bus *peer;
	sd_event_source *source;
	sd_event_source *patience; /* until it has introduced itself */
	char *refusal;             /* NULL, or what every call is answered */
};

/*
 * Serves the client from the event loop; takes fd, and what caller has.
 * `refusal` (or NULL) is an error's
 * sentence that is all that it will hear.
 */
int connection_new(struct connection_host *host, int fd, struct caller *caller, const char *refusal,
		   struct connection **ret_connection);
void connection_free(struct connection *connection);
DEFINE_FREEP(struct connection, connection_free);

/* Tells the host that it is over, and does nothing more. */
void connection_end(struct connection *connection);

/* To be called after something was sent, or a call was answered, outside of a handler. */
void connection_settle(struct connection *connection);

/* Sends the event as its record, if the client has subscribed and may know of it. */
void connection_tell(struct connection *connection, const struct event *event,
		     const struct event_record *record);

/* Sends what is to be sent and can be without waiting. True if there is more. */
bool connection_flush(struct connection *connection);
