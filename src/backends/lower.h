/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host interface below a macvlan or macvtap: what it can carry.
 *
 * For the sides that stand on one. The rules are the kernel's,
 * which answers a bare errno to each; here they are checked from the facts
 * first, to be able to say who is in the way.
 */
#pragma once

#include "backends/side.h"
#include "backends/usage.h"

/*
 * The host interface of the request: the one that its device stands on, if it
 * has one (a rename is followed); else by address where the actual has one,
 * else by name. NULL if it is not there.
 */
const struct host_link *lower_find(const struct side_request *request);

/* Who uses which interface, without the asker's own port. Borrowed; NULL when out of memory. */
const struct usage *lower_usage(const struct asker *asker);

/* The macvlan that is the wanted host's side, by tag. NULL if there is none. */
const struct host_link *lower_side(const struct side_request *request);

/*
 * The macvlans that are host's sides of this port, the wanted one and others: the
 * first for NULL, then the one after `last`; NULL after the last.
 */
const struct host_link *lower_next_side(const struct asker *asker, const struct host_link *last);

/* Could the request's device be made there? `what` is "macvtap" or "macvlan". */
int lower_check(const struct side_request *request, const char *what, struct error *err);

/* Can anything stand on that interface at all, as it is now? */
int lower_check_link(const struct facts *facts, const struct host_link *lower, const char *what,
		     struct error *err);

/* Appends "set eth1 up" if it is down, for a device that is to be made. 0 or -ENOMEM. */
int lower_set_up(const struct side_request *request, const struct host_link *lower,
		 struct plan *plan);

/*
 * Appends the creation of the device, tagged and named as given; its address
 * too where passthrough needs another message for that. 0 or -ENOMEM.
 */
int lower_add(const struct side_request *request, enum action_kind kind, const char *name,
	      const char *tag, struct plan *plan);

/* Appends what an existing device of the request lacks in mode and MTU. 0 or -ENOMEM. */
int lower_adjust(const struct side_request *request, const struct host_link *have,
		 struct plan *plan);

/*
 * The MTU of a device there (bytes): what was asked for, or what the interface
 * has where that is less or nothing was asked.
 */
unsigned lower_mtu(const struct side_request *request, const struct host_link *lower);
