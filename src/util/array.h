/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arrays that grow: a pointer, a count, and nothing else to remember.
 *
 *	struct link *links; size_t n_links;
 *	struct link *link = array_add(&links, &n_links, sizeof(*links));
 *
 * array_add() returns a zeroed new last element, or NULL with the array as it
 * was. Room doubles at powers of two, so it needs no capacity field; an array
 * is never shrunk, and its elements move when it grows. free(3) ends it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void *array_add(void *array, size_t *n, size_t size)
{
	char *items = *(char **)array;

	if ((*n & (*n - 1)) == 0) {
		items = reallocarray(items, *n ? *n * 2 : 1, size);
		if (!items)
			return NULL;
		*(char **)array = items;
	}
	memset(items + *n * size, 0, size);
	return items + (*n)++ * size;
}

/* Closes the gap and keeps the order. */
static inline void array_remove(void *array, size_t *n, size_t size, size_t i)
{
	char *items = array;

	memmove(items + i * size, items + (i + 1) * size, (*n - i - 1) * size);
	(*n)--;
}
