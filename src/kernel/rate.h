/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rates: how much goes out by a link, in the long run and at once.
 *
 * A link's limit is a queue at its egress, in which frames wait their turn: a
 * sender of TCP slows down to it without a loss, where one that drops what is too
 * much would ruin it. What comes in by a link passes no queue there; it takes a
 * detour (tc_detour()) through a device that is for nothing else, of which the
 * egress is limited, and comes in as if nothing had happened.
 *
 * A limit counts whole frames with their Ethernet headers, those of a large frame
 * of a guest's (GSO) as if it had been cut already.
 *
 * Nothing here waits for anything but the kernel's locks. Names are only for the
 * sentence of a failure.
 *
 * Sources: net/sched/sch_htb.c, sch_fifo.c, drivers/net/ifb.c.
 */
#pragma once

#include <stdbool.h>

#include "kernel/netlink.h"
#include "kernel/rate-limit.h"

/*
 * Limits what goes out by the link. Of one that is limited already the limit is
 * changed in its place: no frame is lost. Otherwise what it has as a queue is exchanged,
 * which on a link that is up costs the frames of some milliseconds.
 */
int rate_set(struct netlink *nl, int ifindex, const char *name, const struct rate_limit *limit,
	     struct error *err);

/* Ends it; `noqueue`: frames wait nowhere then, else in the kernel's usual queue. 0 if none is. */
int rate_clear(struct netlink *nl, int ifindex, const char *name, bool noqueue, struct error *err);

/* Is the link limited to that? */
bool rate_is_set(struct netlink *nl, int ifindex, const struct rate_limit *limit);
