/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "bus/connection.h"
#include "bus/ports.h"
#include "bus/bus.h"
#include "bus/descriptors.h"
#include "bus/later.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/text.h"

enum {
	BACKLOG = 128,
	REFUSED_MAX = 16,
	REFUSAL_SIZE = 128,
	CONNECTION_FDS = 4,
	STRANGERS_PART = 4,
	FLUSH_MSEC = 200,
	ACCEPT_PRIORITY = SD_EVENT_PRIORITY_NORMAL + 50, /* behind members, before strangers */
};

struct bus {
	struct connection_host host; /* first: it is the bus */
	int listen_fd;
	int reserve_fd; /* for the time when no other is left */
	char *path;     /* of the socket that we made; NULL if it was given */
	sd_event_source *source;
	sd_event_source *sweep; /* frees connections that have ended */
	struct connection **connections;
	size_t n_connections;
	struct events *events; /* NULL before it listens to them */
	struct event_listener listener;
	struct log_limit refusals, failures;
};

size_t bus_n_connections(const struct bus *bus)
{
	return bus->n_connections;
}

/* --- who may have how many -------------------------------------------------- */

/*
 * Of the connections, `until` is how many there may be in all for one of this kind
 * to be let in: what is above is left for those who come after it in the table.
 */
static const struct {
	size_t of_user;
	size_t until;
} shares[] = {
	[CALLER_STRANGER] = { 256, 512 },
	[CALLER_LISTED] = { 128, 768 },
	[CALLER_MEMBER] = { 512, 960 },
	[CALLER_ROOT] = { 1024, 1024 },
};
_Static_assert(ARRAY_SIZE(shares) == CALLER_KIND_COUNT, "a share for each kind");

/* Connections of strangers take descriptors that ports may need: at most this part of all. */
static size_t strangers_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return shares[CALLER_STRANGER].until;
	return limit.rlim_cur / (STRANGERS_PART * CONNECTION_FDS) + 1;
}

static bool counts(const struct connection *connection)
{
	return !connection->ended && !connection->refusal;
}

/* Why one more of the caller's is refused: an error's sentence in `text`. */
static bool is_refused(const struct bus *bus, const struct caller *caller,
		       char text[static REFUSAL_SIZE])
{
	size_t n = 0, of_user = 0, of_kind = 0;

	for (size_t i = 0; i < bus->n_connections; i++) {
		const struct connection *other = bus->connections[i];

		n += counts(other);
		of_user += counts(other) && other->caller.uid == caller->uid;
		of_kind += counts(other) && other->caller.kind == caller->kind;
	}
	if (of_user >= shares[caller->kind].of_user)
		snprintf(text, REFUSAL_SIZE,
			 "the user with the id %u has %zu connections to vifd already, and may not "
			 "have more",
			 caller->uid, of_user);
	else if (n >= shares[caller->kind].until ||
		 (caller->kind == CALLER_STRANGER && of_kind >= strangers_max()))
		snprintf(text, REFUSAL_SIZE, "vifd has %zu connections, and none left for %s", n,
			 caller->kind == CALLER_STRANGER ? "others than root and the group vifd"
							 : "this user");
	else
		return false;
	return true;
}

/* --- connections -------------------------------------------------------------- */

static void bus_on_ended(struct connection_host *host)
{
	struct bus *bus = (struct bus *)host;

	sd_event_source_set_enabled(bus->sweep, SD_EVENT_ONESHOT);
}

/* What others have put to it. */
static void forget(struct connection *connection)
{
	later_forget(connection);
	descriptors_forget(connection);
}

/* Nothing is under way any more, as it is where a connection is ended. */
static int bus_on_sweep(sd_event_source *source, void *userdata)
{
	struct bus *bus = userdata;
	size_t n = 0;

	for (size_t i = 0; i < bus->n_connections; i++) {
		struct connection *connection = bus->connections[i];

		if (connection->ended)
			forget(connection);
		if (connection->ended && connection->n_open == 0)
			connection_free(connection);
		else
			bus->connections[n++] = connection;
	}
	bus->n_connections = n;
	return 0;
}

/* Those who are only told why they were refused have few places: the first makes room. */
static void bus_make_room(struct bus *bus)
{
	struct connection *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < bus->n_connections; i++) {
		struct connection *connection = bus->connections[i];

		if (!connection->refusal || connection->ended)
			continue;
		first = first ?: connection;
		n++;
	}
	if (n >= REFUSED_MAX)
		connection_end(first);
}

/* Takes the fd. */
static int bus_add_connection(struct bus *bus, int fd)
{
	AUTO(caller_done) struct caller caller = { 0 };
	AUTO_CLOSE int owned = fd;
	char text[REFUSAL_SIZE];
	struct connection **slot;
	bool refused;
	int r;

	caller_of_socket(bus->host.manager->access, fd, &caller);
	refused = is_refused(bus, &caller, text);
	if (refused) {
		log_limited(&bus->refusals, LOG_WARNING, "refused a client: %s", text);
		bus_make_room(bus);
	}
	slot = array_add(&bus->connections, &bus->n_connections, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	r = connection_new(&bus->host, take_fd(&owned), &caller, refused ? text : NULL, slot);
	if (r < 0)
		bus->n_connections--;
	return r;
}

/*
 * Without a descriptor left the client cannot be taken, and waits; which would be
 * told again and again. The one that is kept for this takes it and lets it go.
 */
static void bus_turn_away(struct bus *bus)
{
	int client;

	closep(&bus->reserve_fd);
	client = accept4(bus->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	closep(&client);
	bus->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int bus_on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct bus *bus = userdata;
	int r = client < 0 ? -errno : bus_add_connection(bus, client);

	if (r >= 0 || r == -EAGAIN || r == -ECONNABORTED)
		return 0;
	log_limited(&bus->failures, LOG_WARNING, "cannot serve a client: %s", strerror(-r));
	if (client < 0 && (r == -EMFILE || r == -ENFILE))
		bus_turn_away(bus);
	return 0;
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* An event for every connection that subscribed. */
static void bus_on_event(void *userdata, const struct event *event, const char *text)
{
	const struct event_record record = {
		.time_usec = now_usec(),
		.event = event->name,
		.text = text,
		.port = event->port,
		.network = event->network,
		.cause = event->cause,
		.outage_usec = event->outage_usec,
	};
	const struct bus *bus = userdata;

	for (size_t i = 0; i < bus->n_connections; i++)
		connection_tell(bus->connections[i], event, &record);
}

/* Everybody may connect: access.h decides about each call. */
static int bus_listen(struct bus *bus, const char *dir, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	bus->path = text_format("%s/bus", dir);
	if (!bus->path)
		return error_oom(err);
	if (strlen(bus->path) >= sizeof(address.sun_path))
		return error_set(err, -ENAMETOOLONG, ERROR_SYSTEM,
				 "the runtime folder's name is too long for a socket: %s", dir);
	strncpy(address.sun_path, bus->path, sizeof(address.sun_path) - 1);
	bus->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bus->listen_fd < 0)
		return error_system(err, -errno, "cannot make a socket");
	/* The lock is ours: a socket that is there was left by a vifd that was killed. */
	(void)unlink(bus->path);
	if (bind(bus->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(bus->path, 0666) < 0 || listen(bus->listen_fd, BACKLOG) < 0)
		return error_system(err, -errno, "cannot listen at %s", bus->path);
	return 0;
}

int bus_new(const struct bus_options *options, struct bus **ret_bus, struct error *err)
{
	AUTO(bus_freep) struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return error_oom(err);
	bus->host = (struct connection_host){
		.manager = options->manager,
		.doctor = options->doctor,
		.event = options->event,
		.path = "/io/github/vifd",
		.interface = "io.github.vifd.Manager",
		.methods = bus_vtable,
		.ended = bus_on_ended,
	};
	bus->events = options->events;
	bus->listen_fd = -1;
	bus->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	r = turns_new(options->event, &bus->host.turns, err);
	if (r < 0)
		return r;
	r = sd_listen_fds(1);
	if (r == 1) {
		bus->listen_fd = SD_LISTEN_FDS_START;
		r = 0;
	} else {
		r = bus_listen(bus, options->runtime_dir, err);
	}
	if (r < 0)
		return r;
	r = sd_event_add_io(options->event, &bus->source, bus->listen_fd, EPOLLIN, bus_on_client,
			    bus);
	if (r >= 0)
		r = sd_event_source_set_priority(bus->source, ACCEPT_PRIORITY);
	if (r >= 0)
		r = sd_event_add_defer(options->event, &bus->sweep, bus_on_sweep, bus);
	if (r >= 0)
		r = sd_event_source_set_enabled(bus->sweep, SD_EVENT_OFF);
	if (r < 0)
		return error_system(err, r, "cannot wait for clients");
	bus->listener = (struct event_listener){ bus_on_event, bus, NULL };
	events_listen(bus->events, &bus->listener);
	*ret_bus = take_ptr(bus);
	return 0;
}

/*
 * What has been answered in the last moment is still sent, if its reader reads;
 * all of them together have a moment for it.
 */
static void bus_flush(struct bus *bus)
{
	AUTO_FREE struct pollfd *fds = calloc(bus->n_connections + 1, sizeof(*fds));
	uint64_t end = clock_usec() + FLUSH_MSEC * 1000, now;

	while (fds && (now = clock_usec()) < end) {
		nfds_t n = 0;

		for (size_t i = 0; i < bus->n_connections; i++) {
			struct connection *connection = bus->connections[i];

			if (caller_may_change(&connection->caller) && connection_flush(connection))
				fds[n++] = (struct pollfd){ connection->fd, POLLOUT, 0 };
		}
		if (n == 0 || poll(fds, n, (int)((end - now) / 1000 + 1)) < 0)
			return;
	}
}

void bus_free(struct bus *bus)
{
	if (!bus)
		return;
	bus_flush(bus);
	if (bus->events)
		events_unlisten(bus->events, &bus->listener);
	for (size_t i = 0; i < bus->n_connections; i++) {
		forget(bus->connections[i]);
		connection_free(bus->connections[i]);
	}
	free(bus->connections);
	turns_free(bus->host.turns);
	sd_event_source_disable_unref(bus->source);
	sd_event_source_disable_unref(bus->sweep);
	closep(&bus->reserve_fd);
	closep(&bus->listen_fd);
	if (bus->path)
		(void)unlink(bus->path);
	free(bus->path);
	free(bus);
}
