/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shares of a rate: what of it is kept for whom. As kernel/rate.h otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/netlink.h"
#include "kernel/rate-limit.h"

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
