/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sets of addresses that the rules of packet filters name by number: for use by
 * guard.c only. A set is replaced whole: the new addresses are put beside the
 * old ones, under a number that nobody knows yet, then the set's number stands for them.
 */
#pragma once

#include "kernel/guard-filter.h"
#include "util/cleanup.h"

struct guard_sets;

/* The maps are borrowed; what is in them is known. `epoch` counts when an address goes. */
int guard_sets_new(int sets, int members, int epoch, struct guard_sets **ret_sets,
		   struct error *err);
void guard_sets_free(struct guard_sets *sets); /* what is in the maps stays */
DEFINE_FREEP(struct guard_sets, guard_sets_free);

/* After a failure the set is as it was; so it is where it has these addresses already. */
int guard_sets_put(struct guard_sets *sets, uint32_t number, const struct guard_address *addresses,
		   size_t n, struct error *err);
/* A set that is not there has no address. */
void guard_sets_delete(struct guard_sets *sets, uint32_t number);
