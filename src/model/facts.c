/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links are an array; two hash tables with open addressing find them.
 *
 * By ifindex: kept with every change, because every message of the kernel
 * names one. By name: made anew at the first look-up after a change, because
 * decisions are taken many at a time over facts that stand still; that costs
 * one pass over the links for all of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/facts.h"
#include "util/array.h"

enum {
	SLOTS_MIN = 32,
};

struct name_slot {
	const char *name; /* the link's own; NULL: empty */
	uint32_t link;
};

struct facts_names {
	size_t mask;
	struct name_slot *slots;
};

static size_t ifindex_slot(const struct facts *facts, int ifindex)
{
	return ((uint32_t)ifindex * 2654435761U) & (facts->n_slots - 1);
}

/* The slot that holds the ifindex, or the empty one where it would be. */
static uint32_t *find_slot(const struct facts *facts, int ifindex)
{
	size_t slot = ifindex_slot(facts, ifindex);

	while (facts->slots[slot] && facts->links[facts->slots[slot] - 1].ifindex != ifindex)
		slot = (slot + 1) & (facts->n_slots - 1);
	return &facts->slots[slot];
}

static int grow_slots(struct facts *facts)
{
	size_t n_slots = facts->n_slots ? facts->n_slots * 2 : SLOTS_MIN;
	uint32_t *slots;

	if (2 * (facts->n_links + 1) <= facts->n_slots)
		return 0;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(facts->slots);
	facts->slots = slots;
	facts->n_slots = n_slots;
	for (uint32_t i = 0; i < facts->n_links; i++)
		*find_slot(facts, facts->links[i].ifindex) = i + 1;
	return 0;
}

/* Closes the gap in the chain: what was pushed beyond the slot moves up to its own place. */
static void empty_slot(struct facts *facts, size_t hole)
{
	size_t mask = facts->n_slots - 1, slot = hole;

	for (;;) {
		size_t home;

		slot = (slot + 1) & mask;
		if (!facts->slots[slot])
			break;
		home = ifindex_slot(facts, facts->links[facts->slots[slot] - 1].ifindex);
		if (((slot - home) & mask) < ((slot - hole) & mask))
			continue;
		facts->slots[hole] = facts->slots[slot];
		hole = slot;
	}
	facts->slots[hole] = 0;
}

static void names_drop(struct facts *facts)
{
	if (!facts->names)
		return;
	free(facts->names->slots);
	free(facts->names);
	facts->names = NULL;
}

/* FNV-1a. Names come from root; nobody gains by collisions. */
static size_t hash_name(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619U;
	return hash;
}

/* The first link to have a name keeps it: names come before alternative names. */
static void names_add(struct facts_names *names, const char *name, uint32_t link)
{
	size_t slot = hash_name(name) & names->mask;

	while (names->slots[slot].name) {
		if (!strcmp(names->slots[slot].name, name))
			return;
		slot = (slot + 1) & names->mask;
	}
	names->slots[slot] = (struct name_slot){ name, link };
}

static struct facts_names *names_new(const struct facts *facts)
{
	struct facts_names *names = calloc(1, sizeof(*names));
	size_t n = facts->n_links, slots = SLOTS_MIN;

	for (size_t i = 0; i < facts->n_links; i++)
		n += facts->links[i].n_altnames;
	while (slots < 2 * n)
		slots *= 2;
	if (!names)
		return NULL;
	names->mask = slots - 1;
	names->slots = calloc(slots, sizeof(*names->slots));
	if (!names->slots) {
		free(names);
		return NULL;
	}
	for (uint32_t i = 0; i < facts->n_links; i++)
		names_add(names, facts->links[i].name, i);
	for (uint32_t i = 0; i < facts->n_links; i++)
		for (size_t j = 0; j < facts->links[i].n_altnames; j++)
			names_add(names, facts->links[i].altnames[j], i);
	return names;
}

/* Where there is no memory for an index, each link is looked at. */
static const struct host_link *search_name(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (!strcmp(facts->links[i].name, name))
			return &facts->links[i];
	for (size_t i = 0; i < facts->n_links; i++)
		for (size_t j = 0; j < facts->links[i].n_altnames; j++)
			if (!strcmp(facts->links[i].altnames[j], name))
				return &facts->links[i];
	return NULL;
}

const struct host_link *facts_find(const struct facts *facts, const char *name)
{
	const struct facts_names *names = facts->names;

	if (!names)
		names = ((struct facts *)facts)->names = names_new(facts);
	if (!names)
		return search_name(facts, name);
	for (size_t slot = hash_name(name) & names->mask; names->slots[slot].name;
	     slot = (slot + 1) & names->mask)
		if (!strcmp(names->slots[slot].name, name))
			return &facts->links[names->slots[slot].link];
	return NULL;
}

const struct host_link *facts_get(const struct facts *facts, int ifindex)
{
	uint32_t *slot;

	if (facts->n_slots == 0)
		return NULL;
	slot = find_slot(facts, ifindex);
	return *slot ? &facts->links[*slot - 1] : NULL;
}

int facts_put(struct facts *facts, struct host_link *link)
{
	struct host_link *place;
	uint32_t *slot;

	names_drop(facts);
	if (grow_slots(facts) < 0) {
		host_link_done(link);
		return -ENOMEM;
	}
	slot = find_slot(facts, link->ifindex);
	if (*slot) {
		host_link_done(&facts->links[*slot - 1]);
		facts->links[*slot - 1] = *link;
		return 0;
	}
	place = array_add(&facts->links, &facts->n_links, sizeof(*place));
	if (!place) {
		host_link_done(link);
		return -ENOMEM;
	}
	*place = *link;
	*slot = (uint32_t)facts->n_links;
	return 0;
}

/* The last link takes the place of the one that goes. */
void facts_remove(struct facts *facts, int ifindex)
{
	uint32_t *slot, position;

	if (!facts_get(facts, ifindex))
		return;
	names_drop(facts);
	slot = find_slot(facts, ifindex);
	position = *slot - 1;
	empty_slot(facts, slot - facts->slots);
	host_link_done(&facts->links[position]);
	facts->n_links--;
	if (position == facts->n_links)
		return;
	*find_slot(facts, facts->links[facts->n_links].ifindex) = position + 1;
	facts->links[position] = facts->links[facts->n_links];
}

void facts_set_bridge_port(struct facts *facts, int ifindex, struct bridge_port port)
{
	struct host_link *link = (struct host_link *)facts_get(facts, ifindex);

	if (link)
		link->bridge_port = port;
}

int host_link_add_altname(struct host_link *link, const char *altname)
{
	char(*slot)[ALTNAME_SIZE];

	slot = array_add(&link->altnames, &link->n_altnames, sizeof(*link->altnames));
	if (!slot)
		return -ENOMEM;
	snprintf(*slot, ALTNAME_SIZE, "%s", altname);
	return 0;
}

bool host_link_equal(const struct host_link *a, const struct host_link *b)
{
	if (a->n_altnames != b->n_altnames || strcmp(a->name, b->name) != 0 ||
	    strcmp(a->kind, b->kind) != 0)
		return false;
	for (size_t i = 0; i < a->n_altnames; i++)
		if (strcmp(a->altnames[i], b->altnames[i]) != 0)
			return false;
	return a->ifindex == b->ifindex && mac_equal(&a->mac, &b->mac) &&
	       mac_equal(&a->perm_mac, &b->perm_mac) && a->away == b->away && a->mtu == b->mtu &&
	       a->up == b->up && a->carrier == b->carrier && a->lower == b->lower &&
	       a->master == b->master && bridge_port_equal(a->bridge_port, b->bridge_port) &&
	       a->mode_known == b->mode_known && a->mode == b->mode;
}

void host_link_done(struct host_link *link)
{
	free(link->altnames);
	*link = (struct host_link){ 0 };
}

void facts_done(struct facts *facts)
{
	names_drop(facts);
	for (size_t i = 0; i < facts->n_links; i++)
		host_link_done(&facts->links[i]);
	free(facts->links);
	free(facts->slots);
	*facts = (struct facts){ 0 };
}
