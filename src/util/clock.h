/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock for waiting: nobody can set it, and it is never 0. */
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
