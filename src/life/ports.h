/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes ports what they should be, after anything has changed.
 *
 * There is one way: resolve says what a port lacks, apply does it. A NIC that
 * goes, one that comes, a bridge made anew, a deleted tap, a start of vifd and
 * a retry are all the same pass over the ports that the change may concern.
 * Nothing is tried again by time: what cannot be done now is looked at again
 * when the kernel tells that something is another than before.
 */
#pragma once

#include "life/manager.h"

/* One pass over the ports that the watch's changes may concern. */
void ports_reconcile(struct manager *manager);

/*
 * Tells its guest, where its VMM can be told, that its link is down (as asked for or, with
 * follow-link, because it is cut off), or up again. What it was told already it is not told.
 */
void ports_tell_link(struct manager *manager, struct port_entry *entry);

/* One port, whatever has changed. It may be gone afterwards. */
void ports_reconcile_one(struct manager *manager, struct port_entry *entry);
