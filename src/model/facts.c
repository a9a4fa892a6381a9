/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links are an array; what is looked up is found by an index of two hash
 * tables over it, by name and by ifindex. The index is made anew at the first
 * look-up after a change: decisions are taken many at a time over facts that
 * stand still, so that costs one pass over the links for all of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/facts.h"
#include "util/array.h"

enum {
	INDEX_FROM = 32, /* with fewer links, looking at each is as quick */
};

struct name_slot {
	const char *name; /* the link's own; NULL: empty */
	uint32_t link;
};

struct facts_index {
	size_t mask; /* slots - 1, of both tables */
	struct name_slot *names;
	uint32_t *ifindexes; /* position in links, + 1; 0: empty */
};

static void index_drop(struct facts *facts)
{
	if (!facts->index)
		return;
	free(facts->index->names);
	free(facts->index->ifindexes);
	free(facts->index);
	facts->index = NULL;
}

/* FNV-1a. Names come from root; nobody gains by collisions. */
static size_t hash_name(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619U;
	return hash;
}

static size_t hash_ifindex(int ifindex)
{
	return (uint32_t)ifindex * 2654435761U;
}

/* The first link to have a name keeps it: names come before alternative names. */
static void index_name(struct facts_index *index, const char *name, uint32_t link)
{
	size_t slot = hash_name(name) & index->mask;

	while (index->names[slot].name) {
		if (!strcmp(index->names[slot].name, name))
			return;
		slot = (slot + 1) & index->mask;
	}
	index->names[slot] = (struct name_slot){ name, link };
}

static void index_fill(struct facts_index *index, const struct facts *facts)
{
	for (uint32_t i = 0; i < facts->n_links; i++) {
		size_t slot = hash_ifindex(facts->links[i].ifindex) & index->mask;

		while (index->ifindexes[slot])
			slot = (slot + 1) & index->mask;
		index->ifindexes[slot] = i + 1;
		index_name(index, facts->links[i].name, i);
	}
	for (uint32_t i = 0; i < facts->n_links; i++)
		for (size_t j = 0; j < facts->links[i].n_altnames; j++)
			index_name(index, facts->links[i].altnames[j], i);
}

/* NULL where there is no need or no memory: then each link is looked at. */
static const struct facts_index *index_get(const struct facts *facts)
{
	struct facts *mutable = (struct facts *)facts;
	size_t names = facts->n_links, slots = INDEX_FROM;
	struct facts_index *index;

	if (facts->index || facts->n_links < INDEX_FROM)
		return facts->index;
	for (size_t i = 0; i < facts->n_links; i++)
		names += facts->links[i].n_altnames;
	while (slots < 2 * names)
		slots *= 2;
	index = calloc(1, sizeof(*index));
	if (!index)
		return NULL;
	mutable->index = index;
	index->mask = slots - 1;
	index->names = calloc(slots, sizeof(*index->names));
	index->ifindexes = calloc(slots, sizeof(*index->ifindexes));
	if (!index->names || !index->ifindexes) {
		index_drop(mutable);
		return NULL;
	}
	index_fill(index, facts);
	return index;
}

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

static const struct host_link *search_ifindex(const struct facts *facts, int ifindex)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].ifindex == ifindex)
			return &facts->links[i];
	return NULL;
}

const struct host_link *facts_find(const struct facts *facts, const char *name)
{
	const struct facts_index *index = index_get(facts);

	if (!index)
		return search_name(facts, name);
	for (size_t slot = hash_name(name) & index->mask; index->names[slot].name;
	     slot = (slot + 1) & index->mask)
		if (!strcmp(index->names[slot].name, name))
			return &facts->links[index->names[slot].link];
	return NULL;
}

const struct host_link *facts_get(const struct facts *facts, int ifindex)
{
	const struct facts_index *index = index_get(facts);

	if (!index)
		return search_ifindex(facts, ifindex);
	for (size_t slot = hash_ifindex(ifindex) & index->mask; index->ifindexes[slot];
	     slot = (slot + 1) & index->mask) {
		const struct host_link *link = &facts->links[index->ifindexes[slot] - 1];

		if (link->ifindex == ifindex)
			return link;
	}
	return NULL;
}

int facts_put(struct facts *facts, struct host_link *link)
{
	struct host_link *slot = (struct host_link *)facts_get(facts, link->ifindex);

	index_drop(facts);
	if (slot) {
		host_link_done(slot);
	} else {
		slot = array_add(&facts->links, &facts->n_links, sizeof(*slot));
		if (!slot) {
			host_link_done(link);
			return -ENOMEM;
		}
	}
	*slot = *link;
	return 0;
}

void facts_remove(struct facts *facts, int ifindex)
{
	struct host_link *link = (struct host_link *)facts_get(facts, ifindex);

	if (!link)
		return;
	index_drop(facts);
	host_link_done(link);
	*link = facts->links[--facts->n_links];
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
	       a->master == b->master && a->mode_known == b->mode_known && a->mode == b->mode;
}

void host_link_done(struct host_link *link)
{
	free(link->altnames);
	*link = (struct host_link){ 0 };
}

void facts_done(struct facts *facts)
{
	index_drop(facts);
	for (size_t i = 0; i < facts->n_links; i++)
		host_link_done(&facts->links[i]);
	free(facts->links);
	*facts = (struct facts){ 0 };
}
