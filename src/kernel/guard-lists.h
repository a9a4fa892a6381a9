/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lists of packet filters that the guard's program knows, by number: for use by
 * guard.c only. A list is never changed: one that is the same as one that is there
 * has its number, and any other gets a new one, so that a port changes from
 * one to the other whole. Counted by those who have them.
 */
#pragma once

#include "kernel/guard-filter.h"
#include "util/cleanup.h"

struct guard_lists;

/*
 * `pieces` is the map of them, borrowed; what an earlier process left in it is
 * known, but nobody's (guard_lists_ref).
 */
int guard_lists_new(int pieces, struct guard_lists **ret_lists, struct error *err);
void guard_lists_free(struct guard_lists *lists); /* what is in the map stays */
DEFINE_FREEP(struct guard_lists, guard_lists_free);

/* One more has the list. A list without decisions is number 0. -E2BIG: it is too long. */
int guard_lists_add(struct guard_lists *lists, const struct guard_list *list, uint32_t *ret_number,
		    struct error *err);
void guard_lists_ref(struct guard_lists *lists, uint32_t number);
/* One less; who was the last takes it from the map. */
void guard_lists_unref(struct guard_lists *lists, uint32_t number);
/* Takes those from the map that are nobody's. */
void guard_lists_sweep(struct guard_lists *lists);

/* Its rules are counted by numbers below this. */
uint32_t guard_lists_n_rules(const struct guard_lists *lists, uint32_t number);
