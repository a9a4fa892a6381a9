/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open addressing, at most half full. What is removed leaves no mark: the rest
 * of its chain moves up, so that a table in which thousands come and go stays
 * as fast as a new one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/lookup.h"

enum {
	SLOTS_MIN = 32,
};

static void insert(struct lookup_slot *slots, size_t n_slots, uint32_t hash, uintptr_t value)
{
	size_t slot = hash & (n_slots - 1);

	while (slots[slot].used)
		slot = (slot + 1) & (n_slots - 1);
	slots[slot] = (struct lookup_slot){ .hash = hash, .used = true, .value = value };
}

int lookup_reserve(struct lookup *lookup, size_t more)
{
	size_t n_slots = lookup->n_slots ? lookup->n_slots : SLOTS_MIN;
	struct lookup_slot *slots;

	while (2 * (lookup->n + more) > n_slots)
		n_slots *= 2;
	if (n_slots == lookup->n_slots)
		return 0;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < lookup->n_slots; i++)
		if (lookup->slots[i].used)
			insert(slots, n_slots, lookup->slots[i].hash, lookup->slots[i].value);
	free(lookup->slots);
	lookup->slots = slots;
	lookup->n_slots = n_slots;
	return 0;
}

int lookup_add(struct lookup *lookup, uint32_t hash, uintptr_t value)
{
	int r = lookup_reserve(lookup, 1);

	if (r < 0)
		return r;
	insert(lookup->slots, lookup->n_slots, hash, value);
	lookup->n++;
	return 0;
}

static bool is_it(const struct lookup_slot *slot, uint32_t hash, uintptr_t value)
{
	return slot->hash == hash && slot->value == value;
}

/* A value beyond the hole moves up into it, unless its own place is behind the hole. */
void lookup_remove(struct lookup *lookup, uint32_t hash, uintptr_t value)
{
	size_t mask = lookup->n_slots - 1, hole = hash & mask, slot;

	while (lookup->slots[hole].used && !is_it(&lookup->slots[hole], hash, value))
		hole = (hole + 1) & mask;
	if (!lookup->slots[hole].used)
		return;
	for (slot = (hole + 1) & mask; lookup->slots[slot].used; slot = (slot + 1) & mask) {
		size_t home = lookup->slots[slot].hash & mask;

		if (((slot - home) & mask) < ((slot - hole) & mask))
			continue;
		lookup->slots[hole] = lookup->slots[slot];
		hole = slot;
	}
	lookup->slots[hole] = (struct lookup_slot){ 0 };
	lookup->n--;
}

struct lookup_cursor lookup_begin(const struct lookup *lookup, uint32_t hash)
{
	return (struct lookup_cursor){ lookup, hash, hash };
}

bool lookup_next(struct lookup_cursor *cursor, uintptr_t *ret_value)
{
	const struct lookup *lookup = cursor->lookup;

	while (lookup->n_slots > 0) {
		const struct lookup_slot *slot =
			&lookup->slots[cursor->slot & (lookup->n_slots - 1)];

		if (!slot->used)
			return false;
		cursor->slot++;
		if (slot->hash != cursor->hash)
			continue;
		*ret_value = slot->value;
		return true;
	}
	return false;
}

void lookup_done(struct lookup *lookup)
{
	free(lookup->slots);
	*lookup = (struct lookup){ 0 };
}

uint32_t lookup_hash(const void *key, size_t size)
{
	const uint8_t *bytes = key;
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	return hash;
}

uint32_t lookup_hash_text(const char *key)
{
	return lookup_hash(key, strlen(key));
}
