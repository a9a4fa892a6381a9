/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wire to one vifd.
 *
 * It is D-Bus without a bus: the two ends of a unix socket speak D-Bus with
 * each other, so neither a bus daemon nor names are needed and the kernel tells
 * vifd who is there.
 *
 * The socket is connected here and given to sd-bus, because sd-bus connects
 * without waiting: it would fail where very many clients arrive at once and
 * the listener's queue is full, and waiting is what they want.
 *
 * What vifd sends between an Event signal and the caller's next
 * vif_dispatch() lies in sd-bus's queue, of which poll(2) on the socket knows
 * nothing. Therefore every call ends by moving what has arrived into our own
 * queue, and "take all events, then wait for the socket" is always right. The
 * descriptor that callers wait for is a copy: sd-bus closes its own as soon as it
 * sees the end, and a caller who waits for a closed one waits for ever.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "lib/failure.h"
#include "lib/record.h"
#include "lib/wire.h"

static int connect_fail(const char *path, int code, struct vif_error *error)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return failure_set(error, ERROR_UNREACHABLE, "no vifd answers at %s", path);
	case EACCES:
	case EPERM:
		return failure_set(error, ERROR_PERMISSION, "you may not connect to vifd at %s",
				   path);
	default:
		return failure_set(error, ERROR_SYSTEM, "cannot connect to vifd at %s: %s", path,
				   strerror(code));
	}
}

static int socket_connect(const char *path, int *ret_fd, struct vif_error *error)
{
	const struct timeval timeout = { .tv_sec = CALL_TIMEOUT_SEC };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return failure_set(error, ERROR_INVALID_ARGUMENT,
				   "no vifd can be at %s: a socket's path has at most %zu bytes",
				   path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return connect_fail(path, errno, error);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return connect_fail(path, errno, error);
	*ret_fd = take_fd(&fd);
	return 0;
}

bool is_disconnect(int r)
{
	return r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE || r == -ECONNABORTED ||
	       r == -ESHUTDOWN;
}

int connection_fail(struct vif *vif, int r, struct vif_error *error)
{
	if (r == -ENOMEM)
		return failure_oom(error);
	if (is_disconnect(r))
		return failure_set(error, ERROR_UNREACHABLE, "vifd at %s went away", vif->path);
	if (r == -ETIMEDOUT) {
		(void)failure_set(error, ERROR_UNREACHABLE,
				  "vifd at %s did not answer within %d seconds", vif->path,
				  CALL_TIMEOUT_SEC);
		return -ETIMEDOUT;
	}
	return failure_set(error, ERROR_SYSTEM, "cannot talk to vifd at %s: %s", vif->path,
			   strerror(-r));
}

static int event_received(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct vif *vif = userdata;
	struct queued_event *event = calloc(1, sizeof(*event));

	if (!event || record_read(message, &event->record) < 0) {
		free(event);
		return 0;
	}
	*vif->events_end = event;
	vif->events_end = &event->next;
	return 0;
}

int events_collect(struct vif *vif)
{
	int r;

	do
		r = sd_bus_process(vif->bus, NULL);
	while (r > 0);
	/* Who waits for our descriptor must wake up, also when it failed on our side. */
	if (r < 0)
		(void)shutdown(vif->fd, SHUT_RDWR);
	return r;
}

static int bus_start(struct vif *vif, int *fd)
{
	int r;

	r = sd_bus_new(&vif->bus);
	if (r >= 0)
		r = sd_bus_set_fd(vif->bus, *fd, *fd);
	if (r < 0)
		return r;
	(void)take_fd(fd); /* sd-bus owns it from here, whatever happens */
	r = sd_bus_negotiate_fds(vif->bus, true);
	if (r >= 0)
		r = sd_bus_match_signal(vif->bus, NULL, NULL, VIFD_OBJECT, VIFD_INTERFACE, "Event",
					event_received, vif);
	if (r >= 0)
		r = sd_bus_start(vif->bus);
	return r;
}

int wire_open(struct vif *vif, struct vif_error *error)
{
	AUTO_CLOSE int fd = -1;
	int r;

	vif->events_end = &vif->events;
	r = socket_connect(vif->path, &fd, error);
	if (r < 0)
		return r;
	vif->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (vif->fd < 0)
		return connection_fail(vif, -errno, error);
	r = bus_start(vif, &fd);
	return r < 0 ? connection_fail(vif, r, error) : 0;
}

int vif_get_fd(struct vif *vif)
{
	return vif->fd;
}

int vif_get_events(struct vif *vif)
{
	int events = sd_bus_get_events(vif->bus);

	return events < 0 ? POLLIN : events;
}

int vif_dispatch(struct vif *vif, struct vif_error *error)
{
	int r = events_collect(vif);

	return r < 0 ? connection_fail(vif, r, error) : 0;
}

struct vif_record *vif_next_event(struct vif *vif)
{
	struct queued_event *event = vif->events;
	struct vif_record *record;

	if (!event)
		return NULL;
	vif->events = event->next;
	if (!vif->events)
		vif->events_end = &vif->events;
	record = event->record;
	free(event);
	return record;
}

void wire_close(struct vif *vif)
{
	struct vif_record *event;

	while ((event = vif_next_event(vif)))
		vif_record_free(event);
	sd_bus_close_unref(vif->bus);
	closep(&vif->fd);
}
