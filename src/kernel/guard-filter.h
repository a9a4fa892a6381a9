/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guard is given to look for: addresses, and packet filters as decisions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/guard-map.h"
#include "util/error.h"

struct guard_address {
	int family; /* AF_INET, AF_INET6 */
	uint8_t bytes[16];
	unsigned prefix;
};

/* A list of a packet filter, as decisions (guard-map.h). */
struct guard_list {
	const struct guard_test *tests;
	size_t n_tests;
	uint32_t first; /* the way that it begins with: 0, or an end */
};

/* Those of the guest's two directions, by enum guard_direction. */
struct guard_filter {
	struct guard_list lists[GUARD_DIRECTION_COUNT];
	bool learned;     /* its rules ask for what is learned */
	bool learn_first; /* that is also the first IPv4 address that the guest sends from */
	bool flows;       /* … for states, or begin flows */
	bool sets;        /* … for sets of addresses (guard_set_members) */
};
