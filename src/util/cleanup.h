/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ownership in sight.
 *
 * A local that owns something says so where it is born, and gives it away
 * by name:
 *
 *	AUTO_FREE char *name = strdup(from);
 *	AUTO(network_freep) struct network *net = NULL;
 *	AUTO_CLOSE int fd = open(...);
 *	...
 *	*ret_name = take_ptr(name);
 *	*ret_fd = take_fd(&fd);
 *
 * Until the hand-over every return path releases it; after the hand-over
 * none does. Output parameters are written last, so that a failure leaves
 * them untouched. All destructors accept NULL.
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTO(func) __attribute__((cleanup(func)))

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define AUTO_FREE AUTO(freep)
#define AUTO_CLOSE AUTO(closep)
#define AUTO_FCLOSE AUTO(fclosep)

/* The AUTO() companion of a destructor: DEFINE_FREEP(struct network, network_free) */
#define DEFINE_FREEP(type, func)             \
	static inline void func##p(type **p) \
	{                                    \
		func(*p);                    \
	}                                    \
	_Static_assert(1, "")

#define take_ptr(ptr)                           \
	({                                      \
		__typeof__(ptr) taken_ = (ptr); \
		(ptr) = NULL;                   \
		taken_;                         \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
