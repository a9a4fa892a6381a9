/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock by which waiting is measured: it is never set, and 0 is no time of it. */
#pragma once

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in microseconds, as sd-event has it. */
static inline uint64_t clock_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
