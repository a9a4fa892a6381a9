/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	the change is of		ports
 *	a device of ours		its port, unless that has failed
 *	a hand-over is over		its port
 *	anything else			those that stand on it, and all that wait
 *					or have failed; the network whose bridge it is
 *
 * A failed port is not woken by devices of ours: its own attempt makes and
 * deletes some, and two failed ports would wake each other for ever. Who
 * changes what others may have, a port or a network, calls watch_note_all().
 */
#include <string.h>

#include "life/concern.h"
#include "life/hand-over.h"
#include "life/port-runtime.h"
#include "util/array.h"

static int compare_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int compare_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static bool uuid_set_add(struct uuid_set *set, const struct uuid *uuid)
{
	struct uuid *item = array_add(&set->items, &set->n, sizeof(*item));

	if (item)
		*item = *uuid;
	return item;
}

static void uuid_set_sort(struct uuid_set *set)
{
	if (set->n > 0)
		qsort(set->items, set->n, sizeof(struct uuid), compare_uuid);
}

static bool uuid_set_has(const struct uuid_set *set, const struct uuid *uuid)
{
	return set->n > 0 && bsearch(uuid, set->items, set->n, sizeof(struct uuid), compare_uuid);
}

static bool ifindexes_add(struct concern *concern, int ifindex)
{
	int *item = array_add(&concern->ifindexes, &concern->n_ifindexes, sizeof(*item));

	if (item)
		*item = ifindex;
	return item;
}

static bool ifindexes_have(const struct concern *concern, int ifindex)
{
	return concern->n_ifindexes > 0 && bsearch(&ifindex, concern->ifindexes,
						   concern->n_ifindexes, sizeof(int), compare_int);
}

static void concern_note(struct concern *concern, const struct watch_change *change)
{
	bool noted = change->ours ? uuid_set_add(&concern->own, &change->uuid)
				  : ifindexes_add(concern, change->ifindex);

	if (noted && change->guests_side)
		noted = uuid_set_add(&concern->taps, &change->uuid);
	concern->all |= !noted;
}

void concern_init(struct concern *concern, struct watch *watch)
{
	AUTO_FREE struct watch_change *changes = NULL;
	size_t n;

	*concern = (struct concern){ 0 };
	changes = watch_take_changes(watch, &n, &concern->all);
	for (size_t i = 0; i < n; i++)
		concern_note(concern, &changes[i]);
	if (concern->ifindexes)
		qsort(concern->ifindexes, concern->n_ifindexes, sizeof(int), compare_int);
	uuid_set_sort(&concern->own);
	uuid_set_sort(&concern->taps);
}

void concern_done(struct concern *concern)
{
	free(concern->ifindexes);
	free(concern->own.items);
	free(concern->taps.items);
}

bool concern_has(const struct concern *concern, const struct port_entry *entry)
{
	bool own = uuid_set_has(&concern->own, &entry->port->uuid);
	bool base = entry->base && ifindexes_have(concern, entry->base);

	if (concern->all || entry->runtime->n_stale || hand_over_is_over(entry))
		return true;
	switch (entry->port->state) {
	case PORT_CONNECTED:
		return own || base;
	case PORT_WAITING:
		return own || concern->n_ifindexes > 0;
	case PORT_FAILED:
		return concern->n_ifindexes > 0;
	default:
		return false;
	}
}

bool concern_has_tap(const struct concern *concern, const struct port_entry *entry)
{
	return concern->all || uuid_set_has(&concern->taps, &entry->port->uuid);
}

bool concern_is_own(const struct concern *concern)
{
	return !concern->all && concern->n_ifindexes == 0;
}
