/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet filter in the kernel's words: each list becomes decisions (kernel/guard-map.h),
 * which the guard's program goes through. For use inside host/ and in tests.
 *
 * The rules keep their order and numbers: the rule of an end is the index in its
 * list; n_rules is what holds at the end of the list.
 */
#pragma once

#include "kernel/guard.h"
#include "model/packet-filter.h"

struct guard_program {
	struct guard_filter filter; /* points to what this struct owns */
	struct guard_test *tests[GUARD_DIRECTION_COUNT];
};

/* 0 or -ENOMEM. */
int guard_program_init(const struct packet_filter *filter, struct guard_program *ret_program);
void guard_program_done(struct guard_program *program);
