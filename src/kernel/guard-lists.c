/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/guard-lists.h"

#include <bpf/bpf.h>
#include <string.h>

#include "util/array.h"

struct known {
	uint32_t number;
	size_t refs;
	struct guard_test *tests; /* a whole number of pieces */
	size_t n_pieces;
	uint32_t n_rules;
};

struct guard_lists {
	int pieces;
	struct known *known;
	size_t n_known;
	uint32_t last; /* number that was given */
};

static struct known *find(const struct guard_lists *lists, uint32_t number)
{
	for (size_t i = 0; i < lists->n_known; i++)
		if (lists->known[i].number == number)
			return &lists->known[i];
	return NULL;
}

static void count_rule(uint32_t end, uint32_t *n_rules)
{
	uint32_t rule = end & GUARD_END_RULE;

	if (end >= GUARD_END && rule != GUARD_END_RULE && rule >= *n_rules)
		*n_rules = rule + 1;
}

static void count_rules(struct known *known)
{
	for (size_t i = 0; i < known->n_pieces * GUARD_PIECE; i++) {
		count_rule(known->tests[i].yes, &known->n_rules);
		count_rule(known->tests[i].no, &known->n_rules);
	}
}

static void delete_pieces(const struct guard_lists *lists, const struct known *known)
{
	for (size_t i = 0; i < known->n_pieces; i++) {
		const struct guard_piece_key key = { known->number, (uint32_t)i };

		(void)bpf_map_delete_elem(lists->pieces, &key);
	}
}

static void forget(struct guard_lists *lists, struct known *known)
{
	delete_pieces(lists, known);
	free(known->tests);
	array_remove(lists->known, &lists->n_known, sizeof(*known), (size_t)(known - lists->known));
}

/* --- what is there already --- */

static struct known *add_known(struct guard_lists *lists, uint32_t number)
{
	struct known *known = array_add(&lists->known, &lists->n_known, sizeof(*known));

	if (known)
		known->number = number;
	if (known && number > lists->last)
		lists->last = number;
	return known;
}

static int read_piece(struct guard_lists *lists, const struct guard_piece_key *key)
{
	struct known *known = find(lists, key->list);
	struct guard_test *tests;

	if (!known)
		known = add_known(lists, key->list);
	if (!known)
		return -ENOMEM;
	if (key->piece >= known->n_pieces) {
		tests = reallocarray(known->tests, key->piece + 1, sizeof(struct guard_piece));
		if (!tests)
			return -ENOMEM;
		memset(tests + known->n_pieces * GUARD_PIECE, 0,
		       (key->piece + 1 - known->n_pieces) * sizeof(struct guard_piece));
		known->tests = tests;
		known->n_pieces = key->piece + 1;
	}
	return bpf_map_lookup_elem(lists->pieces, key, known->tests + key->piece * GUARD_PIECE);
}

static int read_pieces(struct guard_lists *lists)
{
	struct guard_piece_key key, next;
	const void *previous = NULL;
	int r = 0;

	while (r == 0 && bpf_map_get_next_key(lists->pieces, previous, &next) == 0) {
		if (next.piece < GUARD_PIECES_MAX)
			r = read_piece(lists, &next);
		key = next;
		previous = &key;
	}
	for (size_t i = 0; i < lists->n_known; i++)
		count_rules(&lists->known[i]);
	return r;
}

int guard_lists_new(int pieces, struct guard_lists **ret_lists, struct error *err)
{
	AUTO(guard_lists_freep) struct guard_lists *lists = calloc(1, sizeof(*lists));
	int r;

	if (!lists)
		return error_oom(err);
	lists->pieces = pieces;
	r = read_pieces(lists);
	if (r < 0)
		return error_system(err, r, "cannot read the guards' packet filters");
	*ret_lists = take_ptr(lists);
	return 0;
}

void guard_lists_free(struct guard_lists *lists)
{
	if (!lists)
		return;
	for (size_t i = 0; i < lists->n_known; i++)
		free(lists->known[i].tests);
	free(lists->known);
	free(lists);
}

/* --- new ones --- */

static struct guard_test *padded(const struct guard_list *list, size_t n_pieces)
{
	struct guard_test *tests = calloc(n_pieces * GUARD_PIECE, sizeof(*tests));

	if (tests)
		memcpy(tests, list->tests, list->n_tests * sizeof(*tests));
	return tests;
}

static int write_pieces(const struct guard_lists *lists, const struct known *known)
{
	for (size_t i = 0; i < known->n_pieces; i++) {
		const struct guard_piece_key key = { known->number, (uint32_t)i };
		int r = bpf_map_update_elem(lists->pieces, &key, known->tests + i * GUARD_PIECE,
					    BPF_NOEXIST);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_new(struct guard_lists *lists, struct guard_test *tests, size_t n_pieces,
		     struct error *err)
{
	struct known *known = add_known(lists, lists->last + 1);
	int r;

	if (!known) {
		free(tests);
		return error_oom(err);
	}
	known->tests = tests;
	known->n_pieces = n_pieces;
	known->refs = 1;
	count_rules(known);
	r = write_pieces(lists, known);
	if (r == 0)
		return 0;
	forget(lists, known);
	return r == -E2BIG ? error_set(err, r, ERROR_SYSTEM,
				       "all packet filters together are too long for this host")
			   : error_system(err, r, "cannot write a packet filter");
}

int guard_lists_add(struct guard_lists *lists, const struct guard_list *list, uint32_t *ret_number,
		    struct error *err)
{
	size_t n_pieces = (list->n_tests + GUARD_PIECE - 1) / GUARD_PIECE;
	struct guard_test *tests;
	int r;

	if (n_pieces == 0) {
		*ret_number = 0;
		return 0;
	}
	if (n_pieces > GUARD_PIECES_MAX)
		return error_set(err, -E2BIG, ERROR_INVALID_ARGUMENT,
				 "a packet filter of %zu comparisons is too long; %d are possible",
				 list->n_tests, GUARD_PIECES_MAX * GUARD_PIECE);
	tests = padded(list, n_pieces);
	if (!tests)
		return error_oom(err);
	for (size_t i = 0; i < lists->n_known; i++) {
		struct known *known = &lists->known[i];

		if (known->n_pieces == n_pieces &&
		    !memcmp(known->tests, tests, n_pieces * sizeof(struct guard_piece))) {
			free(tests);
			known->refs++;
			*ret_number = known->number;
			return 0;
		}
	}
	r = write_new(lists, tests, n_pieces, err);
	if (r == 0)
		*ret_number = lists->last;
	return r;
}

void guard_lists_ref(struct guard_lists *lists, uint32_t number)
{
	struct known *known = find(lists, number);

	if (known)
		known->refs++;
}

void guard_lists_unref(struct guard_lists *lists, uint32_t number)
{
	struct known *known = find(lists, number);

	if (known && (known->refs == 0 || --known->refs == 0))
		forget(lists, known);
}

void guard_lists_sweep(struct guard_lists *lists)
{
	for (size_t i = lists->n_known; i-- > 0;)
		if (lists->known[i].refs == 0)
			forget(lists, &lists->known[i]);
}

uint32_t guard_lists_n_rules(const struct guard_lists *lists, uint32_t number)
{
	const struct known *known = find(lists, number);

	return known ? known->n_rules : 0;
}
