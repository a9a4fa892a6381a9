/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The watch: the host's links as facts, kept true by the kernel's messages.
 *
 * The kernel tells of a change before the change's own acknowledgement returns,
 * so facts that were refreshed after a request know of it. One exception: of a link
 * that is down it does not tell new alternative names (netdev_state_change() in
 * net/core/dev.c), so one that was just made has to be looked at. Where
 * messages were lost (ENOBUFS) everything is read anew.
 */
#pragma once

#include <systemd/sd-event.h>

#include "kernel/netlink.h"
#include "model/facts.h"
#include "model/uuid.h"
#include "util/error.h"

struct watch;

/* A link that is new, changed or gone. Every message about a tap of ours counts as a change. */
struct watch_change {
	int ifindex;
	bool ours;        /* it carries, or carried, the tag of the port with that uuid */
	bool guests_side; /* and is what the port's guest holds */
	struct uuid uuid;
};

/* Reads all links, then listens. `changed` is called from the event loop when there are changes. */
int watch_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
	      struct watch **ret_watch, struct error *err);
void watch_free(struct watch *watch);
DEFINE_FREEP(struct watch, watch_free);

/*
 * Hands over the changes since the last call, the caller's to free; the array
 * may be NULL. Where they could not be noted *ret_all is true: then anything
 * may be another than before.
 */
struct watch_change *watch_take_changes(struct watch *watch, size_t *ret_n, bool *ret_all);

bool watch_has_changes(const struct watch *watch);

/* Has the host lost an IP address, or a bridge of ours got one of IPv6, since the last call? */
bool watch_take_address_changed(struct watch *watch);

/* Has a link got an IPv6 address, since the last call? */
bool watch_take_ipv6_begun(struct watch *watch);

/*
 * As if anything had changed, because what vifd itself knows has: `changed` is called by the
 * event loop soon.
 */
void watch_note_all(struct watch *watch);

/* As if a device of that port had changed. */
void watch_note_port(struct watch *watch, const struct uuid *uuid);

/* Takes in what the kernel has told so far. Does not wait. */
int watch_refresh(struct watch *watch, struct error *err);

/*
 * watch_refresh(), and then what this link is now. On failure all is read anew
 * with the next refresh.
 */
void watch_look(struct watch *watch, int ifindex);

/*
 * Reads the host's addresses, routes and IP sysctls into the facts: they are
 * not kept with every change. After watch_refresh().
 */
int watch_read_ip(struct watch *watch, struct error *err);

/* Valid until the next refresh or event. */
const struct facts *watch_facts(const struct watch *watch);
