/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "bus/bus-record.h"
#include "bus/bus.h"
#include "bus/later.h"
#include "methods/records.h"
#include "util/array.h"
#include "util/log.h"
#include "util/text.h"

enum {
	BACKLOG = 128,
	CONNECTIONS_MAX = 1000,
};

static const char object_path[] = "/io/github/vifd";
static const char interface_name[] = "io.github.vifd.Manager";

struct bus {
	struct manager *manager;
	struct doctor *doctor;
	int listen_fd;
	char *path; /* of the socket that we made; NULL if it was given */
	sd_event_source *source;
	struct connection **connections;
	size_t n_connections;
	struct event_listener listener;
};

struct manager *bus_manager(const struct bus *bus)
{
	return bus->manager;
}

struct doctor *bus_doctor(const struct bus *bus)
{
	return bus->doctor;
}

size_t bus_n_connections(const struct bus *bus)
{
	return bus->n_connections;
}

static void connection_free(struct connection *connection)
{
	if (!connection)
		return;
	later_forget(&connection->later);
	sd_bus_flush_close_unref(connection->peer);
	free(connection);
}
DEFINE_FREEP(struct connection, connection_free);

static int connection_on_close(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct connection *connection = userdata;
	struct bus *bus = connection->bus;

	for (size_t i = 0; i < bus->n_connections; i++) {
		if (bus->connections[i] != connection)
			continue;
		bus->connections[i] = bus->connections[--bus->n_connections];
		connection_free(connection);
		return 0;
	}
	return 0;
}

static int connection_start(struct connection *connection, int fd)
{
	sd_id128_t id;
	int r;

	connection->caller = caller_of_socket(fd);
	r = sd_bus_new(&connection->peer);
	if (r < 0)
		return r;
	r = sd_bus_set_fd(connection->peer, fd, fd);
	if (r < 0)
		return r;
	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(connection->peer, 1, id);
	if (r >= 0)
		r = sd_bus_negotiate_fds(connection->peer, 1);
	/* The credentials were looked at above; the protocol's own exchange adds nothing. */
	if (r >= 0)
		r = sd_bus_set_anonymous(connection->peer, 1);
	if (r >= 0)
		r = sd_bus_start(connection->peer);
	if (r >= 0)
		r = sd_bus_add_object_vtable(connection->peer, NULL, object_path, interface_name,
					     bus_vtable, connection);
	if (r >= 0)
		r = sd_bus_match_signal_async(connection->peer, NULL, "org.freedesktop.DBus.Local",
					      NULL, "org.freedesktop.DBus.Local", "Disconnected",
					      connection_on_close, NULL, connection);
	if (r >= 0)
		r = sd_bus_attach_event(connection->peer, connection->bus->manager->event, 0);
	return r;
}

/* Takes the fd. */
static void bus_add_connection(struct bus *bus, int fd)
{
	AUTO(connection_freep) struct connection *connection = NULL;
	AUTO_CLOSE int owned = fd;
	struct connection **slot;
	int r;

	if (bus->n_connections >= CONNECTIONS_MAX) {
		log_warning("refused a client: there are %d already", CONNECTIONS_MAX);
		return;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return;
	connection->bus = bus;
	r = connection_start(connection, owned);
	if (connection->peer && sd_bus_get_fd(connection->peer) == owned)
		take_fd(&owned);
	if (r < 0) {
		log_warning("cannot serve a client: %s", strerror(-r));
		return;
	}
	slot = array_add(&bus->connections, &bus->n_connections, sizeof(*slot));
	if (!slot)
		return;
	*slot = take_ptr(connection);
}

static int bus_on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			log_warning("cannot accept a client: %m");
		return 0;
	}
	bus_add_connection(userdata, client);
	return 0;
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int send_event(sd_bus *peer, const struct event_record *event)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
	int r;

	r = sd_bus_message_new_signal(peer, &signal, object_path, interface_name, "Event");
	if (r >= 0)
		r = bus_append_record(signal, event_keys, event);
	return r < 0 ? r : sd_bus_send(peer, signal, NULL);
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

	for (size_t i = 0; i < bus->n_connections; i++) {
		const struct connection *connection = bus->connections[i];
		int r;

		if (!connection->subscribed)
			continue;
		r = send_event(connection->peer, &record);
		if (r < 0)
			log_debug("cannot tell a client of an event: %s", strerror(-r));
	}
}

/* Everybody may connect: access.h decides about each call. */
static int bus_listen(struct bus *bus, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *dir = bus->manager->store.runtime_dir;

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

int bus_new(struct manager *manager, struct doctor *doctor, struct bus **ret_bus, struct error *err)
{
	AUTO(bus_freep) struct bus *bus = calloc(1, sizeof(*bus));
	int r;

	if (!bus)
		return error_oom(err);
	bus->manager = manager;
	bus->doctor = doctor;
	bus->listen_fd = -1;
	r = sd_listen_fds(1);
	if (r == 1) {
		bus->listen_fd = SD_LISTEN_FDS_START;
		r = 0;
	} else {
		r = bus_listen(bus, err);
	}
	if (r < 0)
		return r;
	r = sd_event_add_io(manager->event, &bus->source, bus->listen_fd, EPOLLIN, bus_on_client,
			    bus);
	if (r < 0)
		return error_system(err, r, "cannot wait for clients");
	bus->listener = (struct event_listener){ bus_on_event, bus, NULL };
	events_listen(&manager->events, &bus->listener);
	*ret_bus = take_ptr(bus);
	return 0;
}

void bus_free(struct bus *bus)
{
	if (!bus)
		return;
	events_unlisten(&bus->manager->events, &bus->listener);
	for (size_t i = 0; i < bus->n_connections; i++)
		connection_free(bus->connections[i]);
	free(bus->connections);
	sd_event_source_disable_unref(bus->source);
	closep(&bus->listen_fd);
	if (bus->path)
		(void)unlink(bus->path);
	free(bus->path);
	free(bus);
}
