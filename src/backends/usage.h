/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses which host interface.
 *
 * Computed from what is there: the ports' records, and the devices on the host
 * that are no port's. Never stored, so it cannot drift. Interfaces are told
 * apart by ifindex: one that was renamed, or that has two names, is one.
 *
 * What it points to is the caller's: facts and ports outlive it.
 */
#pragma once

#include "model/facts.h"
#include "model/port.h"
#include "util/text.h"

/* One that stands on a host interface, or is to stand there. */
struct usage_user {
	int ifindex;                  /* of the host interface */
	const struct port *port;      /* NULL: none of vifd's */
	const struct host_link *link; /* its device there; NULL: not there now */
	bool counts;     /* a guest's, or another's in a guest's place; else a leftover */
	size_t position; /* ports in their order, then links */
};

struct usage {
	bool built;
	struct usage_user *users; /* by ifindex, then position */
	size_t n;
};

/*
 * All but the port `self`. In one pass over the ports and one over the links.
 * 0, or -ENOMEM with *usage as it was.
 */
int usage_build(struct usage *usage, const struct facts *facts, const struct port *const *ports,
		size_t n_ports, const struct uuid *self);

/* Those on an interface; NULL and 0 if there are none. */
const struct usage_user *usage_of(const struct usage *usage, int ifindex, size_t *ret_n);

/* How many of them count. */
size_t usage_count(const struct usage *usage, int ifindex);

/* Has it the interface for itself (actual_is_exclusive)? */
bool usage_is_alone(const struct usage_user *user);

/* Does it only wait for the interface? */
bool usage_waits(const struct usage_user *user);

/*
 * Adds those that are listed to the text: all, or as many as one wants to read,
 * and how many more. Answers how many there are. "vif0 (port of guest web)", "vif0
 * (a port)", "macvtap3 (a macvtap that is not vifd's)"; of one that only waits for
 * the interface that too. Where a reader is given only that user's ports are named: "a port of
 * somebody else's".
 */
typedef bool usage_listed_func(const struct usage_user *user, const void *context);
size_t usage_list(const struct usage_user *users, size_t n, usage_listed_func *is_listed,
		  const void *context, const uid_t *reader, struct text *text);

void usage_done(struct usage *usage);
