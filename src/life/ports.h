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

#include "life/manager.h"
#include "resolve/resolve.h"

/* One pass over the ports that the watch's changes may concern. */
void reconcile(struct manager *manager);

/* One port, whatever has changed. It may be gone afterwards. */
void reconcile_port(struct manager *manager, struct port_entry *entry);

/*
 * The port is on this host as the resolution, which was applied, says: takes
 * over its actual and state. Where `cause` is not NULL it has come to the
 * host's network, again or elsewhere: the switches and the listeners are told.
 */
void reconcile_settle(struct manager *manager, struct port_entry *entry,
		      struct resolution *resolution, const char *cause);

/* The port was retargeted, its record says where to: tells, also how long that cut it off. */
void reconcile_moved(struct manager *manager, struct port_entry *entry,
		     const struct resolution *resolution, uint64_t outage_usec);

/* The same for a port that is new. */
void reconcile_begin(struct manager *manager, struct port_entry *entry,
		     const struct resolution *resolution);
