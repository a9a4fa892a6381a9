/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reconcile: makes ports what they should be, after anything has changed.
 *
 * There is one way: resolve says what a port lacks, apply does it. A NIC that
 * goes, one that comes, a bridge made anew, a deleted tap, a start of vifd and
 * a retry are all the same pass over the ports that the change may concern.
 * Nothing is tried again by time: what cannot be done now is looked at again
 * when the kernel tells that something is another than before.
 */
#pragma once

#include "daemon/manager.h"
#include "resolve/resolve.h"

/* One pass over the ports that the watch's changes may concern. */
void reconcile(struct manager *manager);

/* One port, whatever has changed. It may be gone afterwards. */
void reconcile_port(struct manager *manager, struct port_entry *entry);

/* A pass over all ports that lack something, because a port or network of ours has changed. */
void reconcile_later(struct manager *manager);

/*
 * The resolve request of a port that exists. The ports' array in it is the
 * caller's to free (request->ports), NULL when out of memory.
 */
void reconcile_request(struct manager *manager, const struct port_entry *entry,
		       struct resolve_request *ret_request);

/*
 * The port is on this host as the resolution, which was applied, says: takes
 * over its actual and state, and tells. `cause` for the event, or NULL.
 */
void reconcile_settle(struct manager *manager, struct port_entry *entry,
		      struct resolution *resolution, const char *cause);

/* Takes dups of a tap's queues, to be able to make it again. */
void reconcile_hold(struct port_entry *entry, const int *fds, size_t n_fds);
