/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A queue is a file descriptor, a device a few of them: arrays of fds, -1 where there is none. */
#pragma once

#include <string.h>

#include "util/cleanup.h"

/* n of them, none open; NULL when out of memory. free(3) ends it. */
static inline int *fds_new(unsigned n)
{
	int *fds = reallocarray(NULL, n, sizeof(*fds));

	if (fds)
		memset(fds, -1, n * sizeof(*fds));
	return fds;
}

static inline void fds_close(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		closep(&fds[i]);
		fds[i] = -1;
	}
}
