/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits of traffic: libvirt's <bandwidth>. Rates in KiB/s, bursts in KiB; 0
 * is unset. Inbound is towards the guest. Copied by assignment.
 *
 * Limits: average and peak to 2^54, burst to 2^22 - 1 (libvirt's, from tc's).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

enum {
	BANDWIDTH_CLASS_MIN = 3, /* libvirt's; of class_id */
	BANDWIDTH_CLASS_MAX = 0xfff,
};

struct bandwidth_limit {
	bool set; /* the element is there */
	uint64_t average;
	uint64_t peak;
	uint64_t burst;
	uint64_t floor; /* inbound of an interface only: guaranteed */
};

struct bandwidth {
	bool set; /* the element is there, perhaps empty */
	struct bandwidth_limit inbound;
	struct bandwidth_limit outbound;
	unsigned class_id; /* of a port's record; 0 unset */
	unsigned line;
};

/*
 * floor_allowed: on an interface of type='network'. The error begins with "line N: " where
 * the line is known.
 */
int bandwidth_validate(const struct bandwidth *bandwidth, bool floor_allowed, struct error *err);

/* Does it say anything? */
bool bandwidth_limits(const struct bandwidth *bandwidth);

/* Is it a limit? One that is only a floor is none. */
bool bandwidth_limit_asks(const struct bandwidth_limit *limit);

/* How much of it can be promised to ports, as their floors: libvirt's rule. */
uint64_t bandwidth_limit_floors(const struct bandwidth_limit *limit);

bool bandwidth_limit_equal(const struct bandwidth_limit *a, const struct bandwidth_limit *b);
bool bandwidth_equal(const struct bandwidth *a,
		     const struct bandwidth *b); /* class and line aside */
