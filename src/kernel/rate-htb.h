/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queue of kernel/rate.h, piece by piece: for use by its files only.
 *
 * The handles are numbers that nobody else is likely to use. So a queue of ours is
 * known by them, and one of others with theirs is not changed but exchanged.
 */
#pragma once

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "kernel/netlink.h"
#include "kernel/rate-limit.h"

enum {
	RATE_ROOT = 0x76690000, /* 7669: for tc(8), and its classes are 7669:ID */
	RATE_WHOLE = 1,
	RATE_REST = 2,
	RATE_FIFO = 0x66000000, /* behind class ID: 6600 + ID */
};

struct rate_class {
	uint64_t rate, ceil;      /* bytes a second */
	uint32_t buffer, cbuffer; /* the kernel's ticks */
};

/* How long the bucket of a rate lasts, if it has that many bytes, or as many as it needs: ticks. */
uint32_t rate_bucket(uint64_t rate, uint64_t bytes);
struct rate_class rate_class_of(const struct rate_limit *limit);

/* Each begins the next message of the request. */
struct nlmsghdr *rate_message(struct netlink *nl, uint16_t type, uint16_t flags, int ifindex,
			      uint32_t parent, uint32_t handle);
void rate_add_root(struct netlink *nl, int ifindex, unsigned default_class);
void rate_add_class(struct netlink *nl, uint16_t flags, int ifindex, uint32_t parent, unsigned id,
		    const struct rate_class *class);
void rate_add_fifo(struct netlink *nl, int ifindex, unsigned id, const struct rate_limit *limit);

/* Runs a request that makes the root first, and takes that back if the others fail. */
int rate_make(struct netlink *nl, int ifindex, struct error *err);

/* The sentence of what failed; returns its code. */
int rate_fail(const char *name, int r, struct error *failure, struct error *err);

/* Calls for each class of ours, until a call fails. */
int rate_each_class(struct netlink *nl, int ifindex,
		    int (*on_class)(void *userdata, unsigned id, const struct rate_class *class),
		    void *userdata, struct error *err);
