/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of links, as the kernel tells them.
 *
 * To follow the host: open the monitor, then dump the links (link_dump()), then
 * read events. Some of the first events may tell what the dump had already. An
 * event is the whole link as it is after the change; a renamed link is one
 * with the same ifindex and another name. Of an alternative name that a link
 * gets while it is down the kernel tells with the link's next event only. That a filter
 * or qdisc of tc's was deleted, or a class is another, is an event too (link_view.tc_changed).
 */
#pragma once

#include "kernel/link.h"

struct monitor;

int monitor_open(struct monitor **ret_monitor, struct error *err);
void monitor_close(struct monitor *monitor);
DEFINE_FREEP(struct monitor, monitor_close);

/* To wait for: readable while there are events. Stays the monitor's. */
int monitor_fd(const struct monitor *monitor);

/*
 * Calls back for all that has happened until now; does not wait. -ENOBUFS:
 * events were lost, and those still queued are dropped; the monitor goes on,
 * and the caller makes a fresh dump. Other errors are final.
 */
int monitor_read(struct monitor *monitor, link_callback callback, void *userdata,
		 struct error *err);

/* Has an IP address gone from a link, since the last call? */
bool monitor_take_address_gone(struct monitor *monitor);
