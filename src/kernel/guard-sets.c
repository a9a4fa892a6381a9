/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/guard-sets.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>

#include "util/array.h"

enum {
	SET_BITS = 32, /* the set is a part of what the prefix is of */
	IPV4_BITS_AT = 96,
};

struct known {
	uint32_t number, stands_for;
	struct guard_member *members;
	size_t n_members;
};

struct guard_sets {
	int sets, members, epoch; /* maps */
	struct known *known;
	size_t n_known;
	uint32_t last; /* what a number stood for */
};

static struct known *find(const struct guard_sets *sets, uint32_t number)
{
	for (size_t i = 0; i < sets->n_known; i++)
		if (sets->known[i].number == number)
			return &sets->known[i];
	return NULL;
}

/* --- what is there already --- */

static int read_numbers(struct guard_sets *sets)
{
	uint32_t number, next, stands_for;
	const void *previous = NULL;

	while (bpf_map_get_next_key(sets->sets, previous, &next) == 0) {
		struct known *known;

		number = next;
		previous = &number;
		if (bpf_map_lookup_elem(sets->sets, &number, &stands_for) < 0)
			continue;
		known = array_add(&sets->known, &sets->n_known, sizeof(*known));
		if (!known)
			return -ENOMEM;
		known->number = number;
		known->stands_for = stands_for;
	}
	return 0;
}

/* Those of no set are of a process that ended while it wrote them. */
static int note_member(struct guard_sets *sets, const struct guard_member *member,
		       struct known *nobody)
{
	struct known *known = nobody;
	struct guard_member *slot;

	if (member->set > sets->last)
		sets->last = member->set;
	for (size_t i = 0; i < sets->n_known; i++)
		if (sets->known[i].stands_for == member->set)
			known = &sets->known[i];
	slot = array_add(&known->members, &known->n_members, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = *member;
	return 0;
}

static void delete_members(const struct guard_sets *sets, const struct guard_member *members,
			   size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)bpf_map_delete_elem(sets->members, &members[i]);
}

static int by_address(const void *a, const void *b)
{
	const struct guard_member *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return memcmp(x->address, y->address, sizeof(x->address));
}

static void sort_members(struct guard_member *members, size_t *n)
{
	size_t kept = 0;

	if (*n > 1)
		qsort(members, *n, sizeof(*members), by_address);
	for (size_t i = 0; i < *n; i++)
		if (!kept || by_address(&members[kept - 1], &members[i]) != 0)
			members[kept++] = members[i];
	*n = kept;
}

static int read_members(struct guard_sets *sets)
{
	struct guard_member member, next;
	const void *previous = NULL;
	struct known nobody = { 0 };
	int r = 0;

	while (r == 0 && bpf_map_get_next_key(sets->members, previous, &next) == 0) {
		member = next;
		previous = &member;
		r = note_member(sets, &member, &nobody);
	}
	delete_members(sets, nobody.members, nobody.n_members);
	free(nobody.members);
	for (size_t i = 0; i < sets->n_known; i++)
		sort_members(sets->known[i].members, &sets->known[i].n_members);
	return r;
}

int guard_sets_new(int sets, int members, int epoch, struct guard_sets **ret_sets,
		   struct error *err)
{
	AUTO(guard_sets_freep) struct guard_sets *new = calloc(1, sizeof(*new));

	if (!new)
		return error_oom(err);
	new->sets = sets;
	new->members = members;
	new->epoch = epoch;
	if (read_numbers(new) < 0 || read_members(new) < 0)
		return error_oom(err);
	for (size_t i = 0; i < new->n_known; i++)
		if (new->known[i].stands_for > new->last)
			new->last = new->known[i].stands_for;
	*ret_sets = take_ptr(new);
	return 0;
}

void guard_sets_free(struct guard_sets *sets)
{
	if (!sets)
		return;
	for (size_t i = 0; i < sets->n_known; i++)
		free(sets->known[i].members);
	free(sets->known);
	free(sets);
}

/* --- new ones --- */

/* Flows that were let pass because of an address that is no longer there are decided again. */
static void count_epoch(const struct guard_sets *sets)
{
	uint32_t zero = 0, epoch = 0;

	(void)bpf_map_lookup_elem(sets->epoch, &zero, &epoch);
	epoch++;
	(void)bpf_map_update_elem(sets->epoch, &zero, &epoch, BPF_ANY);
}

/* Both sorted: is each of `some` among `all`? */
static bool are_among(const struct guard_member *some, size_t n, const struct guard_member *all,
		      size_t n_all)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		while (at < n_all && by_address(&all[at], &some[i]) < 0)
			at++;
		if (at == n_all || by_address(&all[at], &some[i]) != 0)
			return false;
	}
	return true;
}

static struct guard_member member_of(uint32_t set, const struct guard_address *address)
{
	unsigned at = address->family == AF_INET ? IPV4_BITS_AT : 0;
	struct guard_member member = { .prefix = SET_BITS + at + address->prefix, .set = set };

	if (at)
		memset(member.address + 10, 0xff, 2); /* RFC 4291, 2.5.5.2 */
	memcpy(member.address + at / 8, address->bytes, sizeof(member.address) - at / 8);
	return member;
}

static int write_members(const struct guard_sets *sets, const struct guard_member *members,
			 size_t n, uint32_t number, uint32_t stands_for)
{
	const uint32_t there = 1;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = bpf_map_update_elem(sets->members, &members[i], &there, BPF_ANY);
	if (r == 0)
		r = bpf_map_update_elem(sets->sets, &number, &stands_for, BPF_ANY);
	if (r < 0)
		delete_members(sets, members, n);
	return r;
}

static int fail_put(int r, struct error *err)
{
	return r == -ENOSPC || r == -E2BIG
		       ? error_set(err, r, ERROR_SYSTEM,
				   "all groups together have more than %d addresses",
				   GUARD_MEMBERS_MAX)
		       : error_system(err, r, "cannot write a set of addresses");
}

static struct known *find_or_add(struct guard_sets *sets, uint32_t number)
{
	struct known *known = find(sets, number);

	if (!known) {
		known = array_add(&sets->known, &sets->n_known, sizeof(*known));
		if (known)
			known->number = number;
	}
	return known;
}

int guard_sets_put(struct guard_sets *sets, uint32_t number, const struct guard_address *addresses,
		   size_t n, struct error *err)
{
	AUTO_FREE struct guard_member *members = calloc(n ? n : 1, sizeof(*members));
	struct known *known = find_or_add(sets, number);
	uint32_t stands_for = sets->last + 1;
	bool loses;
	int r;

	if (!known || !members)
		return error_oom(err);
	for (size_t i = 0; i < n; i++)
		members[i] = member_of(stands_for, &addresses[i]);
	sort_members(members, &n);
	loses = !are_among(known->members, known->n_members, members, n);
	if (known->stands_for && !loses && n == known->n_members)
		return 0;
	r = write_members(sets, members, n, number, stands_for);
	if (r < 0)
		return fail_put(r, err);
	if (loses)
		count_epoch(sets);
	sets->last = stands_for;
	delete_members(sets, known->members, known->n_members);
	free(known->members);
	known->members = take_ptr(members);
	known->n_members = n;
	known->stands_for = stands_for;
	return 0;
}

void guard_sets_delete(struct guard_sets *sets, uint32_t number)
{
	struct known *known = find(sets, number);

	if (!known)
		return;
	(void)bpf_map_delete_elem(sets->sets, &number);
	count_epoch(sets);
	delete_members(sets, known->members, known->n_members);
	free(known->members);
	array_remove(sets->known, &sets->n_known, sizeof(*known), (size_t)(known - sets->known));
}
