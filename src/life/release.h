/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Release: the end of ports, many at once.
 *
 * A port that is to go is marked as removing, on disk too, and put into the
 * next batch. The worker removes a batch's devices with one message, because
 * one deletion costs as much waiting in the kernel as a hundred; while it
 * waits, the next batch gathers.
 */
#pragma once

#include <stdbool.h>

#include "life/manager.h"
#include "life/waiters.h"

struct releases;

/* error is NULL where the port is gone, else it stays, as failed. */
typedef void (*release_callback)(void *userdata, const struct error *error);

/*
 * Starts the end of a port. `links` are those of resolve_unplug(). `cause`
 * is the sentence of the event. `callback` may be NULL; it may be called
 * before this returns.
 */
void release_port(struct manager *manager, struct port_entry *entry, const struct link_ref *links,
		  size_t n_links, const char *cause, release_callback callback, void *userdata);

/* The same for a port that ends by itself, with all devices that it has. */
void release_ended(struct manager *manager, struct port_entry *entry, const char *cause);

/*
 * Removes devices of ours that belong to nothing: those with an alternative
 * name of which is_orphan() is true. The log says that "`device` NAME belongs to no `owner`".
 */
int release_orphans(struct manager *manager,
		    bool (*is_orphan)(const struct manager *manager, const struct host_link *link,
				      const char *altname),
		    const char *device, const char *owner, struct error *err);

/* vifd ends: lets go of all ports, which stay on the host. */
void release_leave(struct manager *manager);

/*
 * Calls gone() from the event loop, once, when all ports that are on their way out now have gone,
 * or could not. False where there are none: then nothing is called.
 */
bool release_wait(struct manager *manager, struct waiter *waiter);

int releases_new(struct manager *manager, struct releases **ret_releases, struct error *err);

/* Is nothing being removed? */
bool releases_are_idle(const struct releases *releases);

/* Waits for what is being removed, and tells of that; begins no more. */
void releases_free(struct releases *releases);
DEFINE_FREEP(struct releases, releases_free);
