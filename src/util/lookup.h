/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds a thing by a key among thousands that its owner keeps elsewhere.
 *
 * A lookup holds numbers that mean something to its owner (an index, a pointer)
 * under the hash of a key; it knows neither keys nor what the numbers mean. The
 * owner compares keys, adds a number when its key comes to be, and removes it
 * before the key changes:
 *
 *	for (struct lookup_cursor at = lookup_begin(&lookup, hash); lookup_next(&at, &value);)
 *		if (has_key(value, key))
 *			…
 *
 * A number may be added under several keys. Any change of the lookup ends a cursor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lookup_slot {
	uint32_t hash;
	bool used;
	uintptr_t value;
};

struct lookup {
	struct lookup_slot *slots;
	size_t n_slots; /* 0, or a power of two */
	size_t n;
};

struct lookup_cursor {
	const struct lookup *lookup;
	uint32_t hash;
	size_t slot;
};

/* Makes room: the next `more` calls of lookup_add() cannot fail. 0 or -ENOMEM. */
int lookup_reserve(struct lookup *lookup, size_t more);
int lookup_add(struct lookup *lookup, uint32_t hash, uintptr_t value); /* 0 or -ENOMEM */
/* One that has been added. */
void lookup_remove(struct lookup *lookup, uint32_t hash, uintptr_t value);

struct lookup_cursor lookup_begin(const struct lookup *lookup, uint32_t hash);
bool lookup_next(struct lookup_cursor *cursor, uintptr_t *ret_value);

/* The pointer that was added as this number. */
static inline void *lookup_pointer(uintptr_t value)
{
	return (union {
		       uintptr_t value;
		       void *pointer;
	       }){ value }
		.pointer;
}

void lookup_done(struct lookup *lookup);

/* FNV-1a: for keys whose collisions are of no use to anybody. */
uint32_t lookup_hash(const void *key, size_t size);
uint32_t lookup_hash_text(const char *key);
