/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One run of a plan, and the tables of functions that do its actions: for use
 * inside host/ only. A table is of one subject, in a file of its own.
 */
#pragma once

#include "host/apply-io.h"

/* How many fds there were. */
struct mark {
	size_t n_fds;
	size_t n_vhost_fds;
};

struct run {
	struct apply *apply;
	const struct apply_held *held; /* may be NULL, and so the next */
	const struct apply_services *services;
	struct apply_result result;
	struct link_ref *made;
	size_t n_made;
	struct mark *marks; /* one for each step: what was open before it */
	struct mark keep;   /* ACTION_CLOSE_FDS leaves this much open */
};

void run_done(struct run *run);

/* Where the result has the ifindex of the link that an action makes. */
enum makes {
	MAKES_NOTHING,
	MAKES_DEVICE, /* result.ifindex */
	MAKES_SIDE,   /* result.side_ifindex */
};

/*
 * An action that fails leaves nothing. `on_link`: it changes a link that has to
 * exist, and gets its ifindex; the others get 0.
 */
struct doer {
	enum action_kind kind;
	int (*run)(struct run *run, const struct action *action, int ifindex, struct error *err);
	bool on_link;
	enum makes makes;
};

extern const struct doer do_link[8], do_tap[8], do_bridge[10], do_ip[6], do_service[1], do_guard[2],
	do_rate[7], do_tunnel[2];

/* A later step of the plan, undo included, that names this link means that ifindex. */
int run_note_made(struct run *run, const char *name, int ifindex, struct error *err);

/* The link's ifindex: given, or that of a link that the run has made, or looked up. */
int run_find_link(const struct run *run, const struct link_ref *ref, int *ret_ifindex,
		  struct error *err);

/* The other link of an action: the one that the plan saw, or an error. */
int run_find_other(const struct run *run, const struct link_ref *ref, int *ret_ifindex,
		   struct error *err);

/* Room for n fds more at the end of an array; its count is the caller's to raise. */
int run_reserve_fds(int **fds, size_t n_fds, size_t n, struct error *err);
