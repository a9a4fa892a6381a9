/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sd-bus is not attached to the event loop: it would read whenever there is something,
 * and wait without end for clients that do not read when the loop ends. Here a source
 * waits for the client's socket, and each time lets one message through the gate,
 * has sd-bus process all of it, and looks at what has become of the connection.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bus/connection.h"
#include "bus/bus-record.h"
#include "formats/bounds.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/log.h"

enum {
	PATIENCE_USEC = 30 * 1000 * 1000,
	PASSES_MAX = 8, /* of parts of a message, before others have their turn */
	MESSAGE_MAX = DOCUMENT_SIZE_MAX + 64 * 1024,
	LISTED_PRIORITY = SD_EVENT_PRIORITY_NORMAL + 20, /* behind members and root */
};

struct connection_limits {
	uint64_t message_max; /* bytes */
	uint64_t unread_max;  /* answers, before more is read */
	uint64_t untaken_max; /* answers and events, before it is ended */
	unsigned open_max;    /* calls that will be answered later */
	int send_buffer;      /* bytes; the kernel doubles it */
	int64_t priority;
	bool in_turn; /* has a part of vifd's time only (turns.h) */
};

static const struct connection_limits limits[] = {
	[CALLER_STRANGER] = { 16 * 1024, 1, 256, 8, 64 * 1024, SD_EVENT_PRIORITY_IDLE, true },
	[CALLER_LISTED] = { MESSAGE_MAX, 16, 1024, 64, 128 * 1024, LISTED_PRIORITY, false },
	[CALLER_MEMBER] = { MESSAGE_MAX, 64, 4096, 1024, 256 * 1024, SD_EVENT_PRIORITY_NORMAL,
			    false },
	[CALLER_ROOT] = { MESSAGE_MAX, 64, 4096, 1024, 256 * 1024, SD_EVENT_PRIORITY_NORMAL,
			  false },
};
_Static_assert(ARRAY_SIZE(limits) == CALLER_KIND_COUNT, "limits for each kind");

static uint64_t n_queued(const struct connection *connection)
{
	uint64_t n;

	return sd_bus_get_n_queued_write(connection->peer, &n) < 0 ? 0 : n;
}

static bool wants_to_write(const struct connection *connection)
{
	int events = sd_bus_get_events(connection->peer);

	return events > 0 && events & EPOLLOUT;
}

/* Before it has introduced itself each line waits for the answer to the one before. */
static bool may_read(const struct connection *connection)
{
	if (!connection->gate.running)
		return !wants_to_write(connection);
	return n_queued(connection) < connection->limits->unread_max &&
	       connection->n_open < connection->limits->open_max;
}

/* What the source waits for now. */
static int connection_wait(struct connection *connection)
{
	bool reads = may_read(connection);
	uint32_t events = 0;

	if (reads)
		events |= EPOLLIN;
	/* It can be written to at once, and then is looked at again. */
	if (wants_to_write(connection) || (reads && gate_has_more(&connection->gate)))
		events |= EPOLLOUT;
	return sd_event_source_set_io_events(connection->source, events);
}

static int process(struct connection *connection)
{
	int r;

	do
		r = sd_bus_process(connection->peer, NULL);
	while (r > 0);
	if (r == 0 && !connection->gate.running && sd_bus_is_ready(connection->peer) > 0) {
		connection->gate.running = true;
		connection->patience = sd_event_source_disable_unref(connection->patience);
	}
	return r;
}

/* All of a message has passed: when sd-bus has had it there is nothing more to be read. */
static int process_message(struct connection *connection)
{
	int r;

	connection->seen = false;
	do
		r = sd_bus_process(connection->peer, NULL);
	while (r > 0 && !connection->seen);
	return r < 0 ? r : 0;
}

/* What has passed has been read, so there is nothing to do but to wait for more. */
static bool is_idle(const struct connection *connection)
{
	return connection->gate.running && sd_bus_get_events(connection->peer) == EPOLLIN;
}

/* One message, or some parts of one. */
static int serve(struct connection *connection)
{
	int r = is_idle(connection) ? 0 : process(connection), progress;

	for (unsigned i = 0; r == 0 && i < PASSES_MAX && may_read(connection); i++) {
		progress = gate_pass(&connection->gate);
		if (progress <= 0)
			return progress;
		if (progress == GATE_WHOLE && connection->gate.running)
			return process_message(connection);
		r = process(connection);
		if (progress == GATE_WHOLE && connection->gate.running)
			break;
	}
	return r;
}

void connection_end(struct connection *connection)
{
	connection->ended = true;
	turns_leave(connection->host->turns, &connection->turn);
	sd_event_source_set_enabled(connection->source, SD_EVENT_OFF);
	connection->patience = sd_event_source_disable_unref(connection->patience);
	connection->host->ended(connection->host);
}

void connection_settle(struct connection *connection)
{
	if (connection->ended)
		connection->host->ended(connection->host);
	else if (n_queued(connection) > connection->limits->untaken_max ||
		 connection_wait(connection) < 0)
		connection_end(connection);
}

static void look(struct connection *connection, uint32_t revents)
{
	int r = serve(connection);

	/* One that has hung up, and from which nothing is read now, would wake us up for ever. */
	if (r >= 0 && revents & (EPOLLHUP | EPOLLERR) && !may_read(connection))
		r = -ECONNRESET;
	if (r < 0)
		connection_end(connection);
	else
		connection_settle(connection);
}

static void look_in_turn(struct connection *connection, uint32_t revents)
{
	uint64_t begin = clock_usec();

	look(connection, revents);
	turns_spend(connection->host->turns, clock_usec() - begin);
}

static void on_turn(void *userdata)
{
	struct connection *connection = userdata;

	(void)sd_event_source_set_enabled(connection->source, SD_EVENT_ON);
	look_in_turn(connection, 0);
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct connection *connection = userdata;

	if (!connection->limits->in_turn)
		look(connection, revents);
	else if (turns_take(connection->host->turns, &connection->turn))
		look_in_turn(connection, revents);
	else
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata)
{
	connection_end(userdata);
	return 0;
}

static int refuse(sd_bus_message *message, const char *kind, const char *text)
{
	AUTO(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

	(void)sd_bus_error_set(&error, kind, text);
	(void)sd_bus_reply_method_error(message, &error);
	return 1;
}

/* Sees each message first. */
static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct connection *connection = userdata;
	char text[128];

	caller_look(&connection->caller, connection->host->manager->access);
	if (connection->refusal)
		return refuse(message, "io.github.vifd.Error.InUse", connection->refusal);
	if (!connection->gate.cut)
		return 0;
	snprintf(text, sizeof(text), "a message of yours may have at most %llu bytes",
		 (unsigned long long)connection->limits->message_max);
	return refuse(message, "io.github.vifd.Error.InvalidArgument", text);
}

/* sd-bus gets an end of a pair to read from, and a dup of the client's socket to write to. */
static int open_peer(struct connection *connection)
{
	AUTO_CLOSE int output = fcntl(connection->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	AUTO_CLOSE int input = -1;
	int pair[2], r;

	if (output < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	connection->inner = pair[0];
	input = pair[1];
	r = sd_bus_new(&connection->peer);
	if (r >= 0)
		r = sd_bus_set_fd(connection->peer, input, output);
	if (r < 0)
		return r;
	(void)take_fd(&input);
	(void)take_fd(&output);
	return 0;
}

static int start_peer(struct connection *connection)
{
	const int *size = &connection->limits->send_buffer;
	sd_id128_t id;
	int r;

	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(connection->peer, 1, id);
	/* Only to send some: none are taken. */
	if (r >= 0)
		r = sd_bus_negotiate_fds(connection->peer, caller_may_change(&connection->caller));
	/* The kernel has told who it is; what the client tells adds nothing. */
	if (r >= 0)
		r = sd_bus_set_anonymous(connection->peer, 1);
	if (r >= 0)
		r = sd_bus_start(connection->peer);
	if (r >= 0)
		r = sd_bus_add_filter(connection->peer, NULL, on_message, connection);
	if (r >= 0)
		r = sd_bus_add_object_vtable(connection->peer, NULL, connection->host->path,
					     connection->host->interface, connection->host->methods,
					     connection);
	/* sd-bus has just asked for 8 MiB. */
	if (r >= 0 && setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, size, sizeof(*size)) < 0)
		r = -errno;
	return r;
}

static int attach(struct connection *connection)
{
	sd_event *event = connection->host->event;
	int64_t priority = connection->limits->priority;
	int r;

	r = sd_event_add_io(event, &connection->source, connection->fd, EPOLLIN, on_client,
			    connection);
	if (r >= 0)
		r = sd_event_source_set_priority(connection->source, priority);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &connection->patience, CLOCK_MONOTONIC,
					       PATIENCE_USEC, 0, on_patience, connection);
	return r;
}

int connection_new(struct connection_host *host, int fd, struct caller *caller, const char *refusal,
		   struct connection **ret_connection)
{
	AUTO(connection_freep) struct connection *connection = calloc(1, sizeof(*connection));
	AUTO_CLOSE int owned = fd;
	int r;

	if (!connection)
		return -ENOMEM;
	connection->host = host;
	connection->caller = *caller;
	*caller = (struct caller){ 0 };
	connection->limits = &limits[connection->caller.kind];
	connection->inner = -1;
	connection->turn = (struct turn){ .begin = on_turn, .userdata = connection };
	connection->fd = take_fd(&owned);
	if (refusal) {
		connection->refusal = strdup(refusal);
		if (!connection->refusal)
			return -ENOMEM;
	}
	r = open_peer(connection);
	if (r >= 0)
		r = start_peer(connection);
	if (r >= 0)
		r = attach(connection);
	if (r < 0)
		return r;
	connection->gate = (struct gate){
		.client = connection->fd,
		.inner = connection->inner,
		.message_max = connection->limits->message_max,
	};
	*ret_connection = take_ptr(connection);
	return 0;
}

void connection_free(struct connection *connection)
{
	if (!connection)
		return;
	turns_leave(connection->host->turns, &connection->turn);
	sd_event_source_disable_unref(connection->source);
	sd_event_source_disable_unref(connection->patience);
	/* Without a flush, which would wait for the client. */
	sd_bus_close_unref(connection->peer);
	closep(&connection->fd);
	closep(&connection->inner);
	free(connection->refusal);
	caller_done(&connection->caller);
	free(connection);
}

static int send_event(const struct connection *connection, const struct event_record *event)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
	int r;

	r = sd_bus_message_new_signal(connection->peer, &signal, connection->host->path,
				      connection->host->interface, "Event");
	if (r >= 0)
		r = bus_append_record(signal, event_keys, event);
	return r < 0 ? r : sd_bus_send(connection->peer, signal, NULL);
}

void connection_tell(struct connection *connection, const struct event *event,
		     const struct event_record *record)
{
	int r;

	if (!connection->subscribed || connection->ended)
		return;
	caller_look(&connection->caller, connection->host->manager->access);
	if (!caller_sees_event(&connection->caller, event))
		return;
	r = send_event(connection, record);
	if (r < 0)
		log_debug("cannot tell a client of an event: %s", strerror(-r));
	connection_settle(connection);
}

bool connection_flush(struct connection *connection)
{
	if (connection->ended || process(connection) < 0)
		return false;
	return n_queued(connection) > 0;
}
