/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wire to one vifd: a socket, and the events that came over it. Calls go over it
 * (call.h); vif_open() makes it (open.c).
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "vif/vif.h"

#define VIFD_OBJECT "/io/github/vifd"
#define VIFD_INTERFACE "io.github.vifd.Manager"

enum {
	CALL_TIMEOUT_SEC = 30,
};

struct queued_event {
	struct vif_record *record;
	struct queued_event *next;
};

struct vif {
	sd_bus *bus;
	int fd;     /* the socket once more */
	char *path; /* of the socket, for sentences */
	struct queued_event *events, **events_end;
};

/*
 * Connects to the socket at vif->path. Before, vif->fd is -1 and the rest zero; after, and
 * after a failure too, wire_close() is due. May block.
 */
int wire_open(struct vif *vif, struct vif_error *error);
void wire_close(struct vif *vif);

/* Moves what has arrived into the queue; never waits. 0, or the errno of a broken connection. */
int events_collect(struct vif *vif);

/* Does this errno say that the other end has gone? */
bool is_disconnect(int r);

/* Sets *error for a failure r that is not vifd's own answer, and returns its errno. */
int connection_fail(struct vif *vif, int r, struct vif_error *error);
