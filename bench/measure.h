/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benches do with times: a clock, and the values of many rounds. */
#pragma once

#include <stdlib.h>
#include <time.h>

/* CLOCK_MONOTONIC in microseconds. */
static inline double now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline int compare_values(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the values; 0 where there are none. 50 is the median, 100 the largest. */
static inline double percentile(double *values, size_t n, unsigned percent)
{
	size_t rank = (n * percent + 99) / 100;

	qsort(values, n, sizeof(*values), compare_values);
	return n ? values[rank ? rank - 1 : 0] : 0;
}
