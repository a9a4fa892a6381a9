/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs plans: the only place that changes the host.
 *
 * A plan is done in full or not at all. When a step fails, the steps before it
 * are undone in reverse, each by its own undo, and what the plan opened is
 * closed; a failed step itself leaves nothing. The host is then as it was. An
 * undo that fails is logged and does not stop the others; the error returned
 * is that of the step.
 *
 * It may block for the kernel's locks, and for as long as an undo deletes a
 * link (about 18 ms). A struct apply belongs to one thread at a time and to
 * the network namespace in which it was opened.
 */
#pragma once

#include "host/apply-io.h"

/*
 * held: for ACTION_REMAKE_TAP. services: of the plan's network. Each may be NULL
 * where the plan has no step that needs it.
 */
int apply_run(struct apply *apply, const struct plan *plan, const struct apply_held *held,
	      const struct apply_services *services, struct apply_result *ret_result,
	      struct error *err);

/* What the guard of a link has seen. -ENOENT: it has none, or none was loaded. */
int apply_read_guard(struct apply *apply, int ifindex, struct guard_counts *ret_counts);

/* As ACTION_SET_GUARD, of filter and groups alone, for a port that has a guard: -ENOENT. */
int apply_set_filter(struct apply *apply, int ifindex, const char *name, bool macvtap,
		     const struct port_filter_use *use, struct error *err);

/*
 * The members of a security group, of that number, are these from now on, in all rules that name it
 * (PACKET_SET_SOURCE). Where no guard is loaded nothing is done.
 */
int apply_set_members(struct apply *apply, uint32_t number, const struct group_member *members,
		      size_t n, struct error *err);
void apply_forget_members(struct apply *apply, uint32_t number);

/*
 * How many frames each of the first `n` rules of its filter's list has decided on, since the link
 * has that filter: those that do not pass. -ENOENT: as above.
 */
int apply_read_filter(struct apply *apply, int ifindex, bool from_guest, uint64_t *ret_hits,
		      size_t n);

/* What the guard of a link would do with a frame. */
struct apply_tried {
	bool passes;
	bool by_filter; /* filter or groups decided, by that rule of the list; n_rules: its end */
	size_t rule;
	const char *guard_rule; /* guard_rule_name() of what dropped it; "" */
};

/* Nothing comes of it. -ENOENT: the link has no guard. */
int apply_try(struct apply *apply, int ifindex, bool from_guest, const void *frame, size_t size,
	      struct apply_tried *ret_tried, struct error *err);

/* Nothing more is known of what the guest of a port that has gone sent by that link (0: none). */
void apply_forget_guard(struct apply *apply, const struct uuid *identity, int ifindex);

/* Nothing is kept for a port that has gone of what goes out by its bridge. */
void apply_clear_floor(struct apply *apply, int ifindex, const char *name, unsigned class_id);

/*
 * Takes back a plan that was run: its undos in reverse, as apply_run() does
 * after a failure. Empties the result that the run gave.
 */
void apply_undo(struct apply *apply, const struct plan *plan, const struct apply_services *services,
		struct apply_result *result);
