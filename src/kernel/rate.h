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
#include <stdint.h>

#include "kernel/netlink.h"

struct rate_limit {
	uint64_t rate;  /* bytes a second, in the long run; not 0 */
	uint64_t peak;  /* bytes a second while a burst lasts; 0: as fast as it goes */
	uint64_t burst; /* bytes; what is too small to keep the rate is taken as that much */
};

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

/*
 * A part of a link's rate that is kept for the frames to one address. While it is not used others
 * have it, and it may have what others do not use.
 */
enum {
	RATE_SHARE_MIN = 3, /* of ids; the whole is 1, and what nobody has for sure 2 */
	RATE_SHARE_MAX = 0xfff,
};
struct rate_share {
	unsigned id;
	uint64_t floor; /* bytes a second; not 0 */
	uint8_t mac[6]; /* not of one that was read */
	bool reached;   /* of one that was read: frames are sent there */
};

/* As rate_set(), of a link whose rate can have shares. Those that it has stay. */
int rate_set_shared(struct netlink *nl, int ifindex, const char *name,
		    const struct rate_limit *limit, struct error *err);

/* -ENOENT: the link's rate is not one that has shares. One of that id is replaced. */
int rate_put_share(struct netlink *nl, int ifindex, const char *name,
		   const struct rate_share *share, struct error *err);

/* 0 where there is none of that id. */
int rate_end_share(struct netlink *nl, int ifindex, const char *name, unsigned id,
		   struct error *err);

/* What there is, an array for the caller to free. -ENOENT: as above. */
int rate_read_shares(struct netlink *nl, int ifindex, struct rate_share **ret_shares, size_t *ret_n,
		     struct error *err);

/* Is the link limited to that, with shares or room for them? */
bool rate_is_shared(struct netlink *nl, int ifindex, const struct rate_limit *limit);
