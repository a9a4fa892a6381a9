/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A rule is its matches one behind the other: from each the way leads to the next
 * one, or to the next rule. Before them stands one decision that asks for all
 * parts of a frame that they look at, as a frame that has no such field does not
 * match.
 *
 * A match of several words (a MAC, an IPv6 address) is decided from the left: where
 * both limits are the same the word has to be that; at the first where they differ a
 * word between them decides, and one that is a limit leaves it to the words behind it.
 *
 * How many decisions a match needs does not depend on where its ways lead: so it
 * is written twice, the first time to nowhere, to count.
 */
#include "host/guard-program.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

enum {
	WORD_SIZE = 4,
	MAC_SIZE = 6,
};

/* Where a field is: its first word, its bytes, the part of a frame that has it. */
static const struct field {
	uint32_t word, size, parts;
} fields[] = {
	[PACKET_MAC_SOURCE] = { GUARD_WORD_MAC_SOURCE, MAC_SIZE, 0 },
	[PACKET_MAC_DESTINATION] = { GUARD_WORD_MAC_DESTINATION, MAC_SIZE, 0 },
	[PACKET_ETHERTYPE] = { GUARD_WORD_ETHERTYPE, 2, 0 },
	[PACKET_VLAN] = { GUARD_WORD_VLAN, 2, GUARD_PART_VLAN },
	[PACKET_VLAN_ETHERTYPE] = { GUARD_WORD_VLAN_ETHERTYPE, 2, GUARD_PART_VLAN },
	[PACKET_ARP_HARDWARE] = { GUARD_WORD_ARP_HARDWARE, 2, GUARD_PART_ARP },
	[PACKET_ARP_PROTOCOL] = { GUARD_WORD_ARP_PROTOCOL, 2, GUARD_PART_ARP },
	[PACKET_ARP_OPERATION] = { GUARD_WORD_ARP_OPERATION, 2, GUARD_PART_ARP },
	[PACKET_ARP_MAC_SOURCE] = { GUARD_WORD_ARP_MAC_SOURCE, MAC_SIZE, GUARD_PART_ARP },
	[PACKET_ARP_MAC_TARGET] = { GUARD_WORD_ARP_MAC_TARGET, MAC_SIZE, GUARD_PART_ARP },
	[PACKET_ARP_IP_SOURCE] = { GUARD_WORD_ARP_IP_SOURCE, 4, GUARD_PART_ARP },
	[PACKET_ARP_IP_TARGET] = { GUARD_WORD_ARP_IP_TARGET, 4, GUARD_PART_ARP },
	[PACKET_IPV4_SOURCE] = { GUARD_WORD_SOURCE + 3, 4, GUARD_PART_IPV4 },
	[PACKET_IPV4_DESTINATION] = { GUARD_WORD_DESTINATION + 3, 4, GUARD_PART_IPV4 },
	[PACKET_IPV6_SOURCE] = { GUARD_WORD_SOURCE, 16, GUARD_PART_IPV6 },
	[PACKET_IPV6_DESTINATION] = { GUARD_WORD_DESTINATION, 16, GUARD_PART_IPV6 },
	[PACKET_DSCP] = { GUARD_WORD_DSCP, 1, GUARD_PART_IP },
	[PACKET_PROTOCOL] = { GUARD_WORD_PROTOCOL, 1, GUARD_PART_IP },
	[PACKET_PORT_SOURCE] = { GUARD_WORD_PORT_SOURCE, 2, GUARD_PART_PORTS },
	[PACKET_PORT_DESTINATION] = { GUARD_WORD_PORT_DESTINATION, 2, GUARD_PART_PORTS },
	[PACKET_TCP_FLAGS] = { GUARD_WORD_TCP_FLAGS, 1, GUARD_PART_TCP },
	[PACKET_ICMP_TYPE] = { GUARD_WORD_ICMP_TYPE, 1, GUARD_PART_ICMP },
	[PACKET_ICMP_CODE] = { GUARD_WORD_ICMP_CODE, 1, GUARD_PART_ICMP },
	[PACKET_STP_TYPE] = { GUARD_WORD_STP_TYPE, 1, GUARD_PART_STP },
	[PACKET_STP_FLAGS] = { GUARD_WORD_STP_FLAGS, 1, GUARD_PART_STP_WHOLE },
	[PACKET_STP_ROOT_PRIORITY] = { GUARD_WORD_STP_ROOT_PRIORITY, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STP_ROOT_MAC] = { GUARD_WORD_STP_ROOT_MAC, MAC_SIZE, GUARD_PART_STP_WHOLE },
	[PACKET_STP_ROOT_COST] = { GUARD_WORD_STP_ROOT_COST, 4, GUARD_PART_STP_WHOLE },
	[PACKET_STP_SENDER_PRIORITY] = { GUARD_WORD_STP_SENDER_PRIORITY, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STP_SENDER_MAC] = { GUARD_WORD_STP_SENDER_MAC, MAC_SIZE, GUARD_PART_STP_WHOLE },
	[PACKET_STP_PORT] = { GUARD_WORD_STP_PORT, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STP_AGE] = { GUARD_WORD_STP_AGE, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STP_AGE_MAX] = { GUARD_WORD_STP_AGE_MAX, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STP_HELLO] = { GUARD_WORD_STP_HELLO, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STP_DELAY] = { GUARD_WORD_STP_DELAY, 2, GUARD_PART_STP_WHOLE },
	[PACKET_STATE] = { GUARD_WORD_STATE, 1, GUARD_PART_STATE },
	[PACKET_SET_SOURCE] = { GUARD_SET_SOURCE, 4, GUARD_PART_IP },
	[PACKET_SET_DESTINATION] = { GUARD_SET_DESTINATION, 4, GUARD_PART_IP },
	[PACKET_SET_ARP_SOURCE] = { GUARD_SET_ARP_SOURCE, 4, GUARD_PART_ARP },
	[PACKET_SET_ARP_TARGET] = { GUARD_SET_ARP_TARGET, 4, GUARD_PART_ARP },
	[PACKET_ARP_GRATUITOUS] = { GUARD_WORD_ARP_GRATUITOUS, 1, GUARD_PART_ARP },
	[PACKET_LEARNED] = { GUARD_WORD_LEARNED, 1, 0 },
};
_Static_assert(ARRAY_SIZE(fields) == PACKET_FIELD_COUNT, "every field has its word");
_Static_assert((int)PACKET_NEW == (int)GUARD_STATE_NEW &&
		       (int)PACKET_ESTABLISHED == (int)GUARD_STATE_ESTABLISHED &&
		       (int)PACKET_RELATED == (int)GUARD_STATE_RELATED &&
		       (int)PACKET_INVALID == (int)GUARD_STATE_INVALID,
	       "states are the same bits");

static const uint32_t verdicts[] = {
	[PACKET_ACCEPT] = GUARD_ACCEPT,
	[PACKET_DROP] = GUARD_DROP,
	[PACKET_REJECT] = GUARD_REJECT,
};
_Static_assert(ARRAY_SIZE(verdicts) == (int)PACKET_GOTO, "every verdict but goto ends a way");

/* Which bit says that an address is one of those that were learned. */
static const uint32_t learned_bits[] = {
	[GUARD_SET_SOURCE - GUARD_WORDS] = GUARD_LEARNED_SOURCE,
	[GUARD_SET_DESTINATION - GUARD_WORDS] = GUARD_LEARNED_DESTINATION,
	[GUARD_SET_ARP_SOURCE - GUARD_WORDS] = GUARD_LEARNED_ARP_SOURCE,
	[GUARD_SET_ARP_TARGET - GUARD_WORDS] = GUARD_LEARNED_ARP_TARGET,
};

/* Decisions are added at the end; with no room they are only counted. */
struct writer {
	struct guard_test *tests;
	size_t n;
};

static void add(struct writer *writer, struct guard_test test)
{
	if (writer->tests)
		writer->tests[writer->n] = test;
	writer->n++;
}

static void add_equal(struct writer *writer, uint32_t word, uint32_t mask, uint32_t value,
		      uint32_t yes, uint32_t no)
{
	add(writer, (struct guard_test){ word, mask, value, 0, yes, no });
}

/* --- one match --- */

/* A value of several words, from the left. */
struct value {
	uint32_t words[PACKET_VALUE_SIZE / WORD_SIZE];
};

static size_t n_words(const struct field *field)
{
	return (field->size + WORD_SIZE - 1) / WORD_SIZE;
}

/* The last bytes of `bytes`, the field's size of them. */
static struct value value_of(const struct field *field, const uint8_t bytes[PACKET_VALUE_SIZE])
{
	const uint8_t *from = bytes + PACKET_VALUE_SIZE - n_words(field) * WORD_SIZE;
	struct value value = { 0 };

	for (size_t i = 0; i < n_words(field); i++, from += WORD_SIZE)
		value.words[i] = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
				 (uint32_t)from[2] << 8 | from[3];
	return value;
}

struct range {
	uint32_t word;
	size_t n;
	struct value mask, low, high;
};

/* From the word `i` on: at least `low` (or at most, if not `above`). */
static void add_one_limit(struct writer *writer, const struct range *range, size_t i, bool above,
			  uint32_t yes, uint32_t no)
{
	for (; i < range->n; i++) {
		uint32_t limit = above ? range->low.words[i] : range->high.words[i];
		uint32_t word = range->word + (uint32_t)i, mask = range->mask.words[i];
		bool last = i + 1 == range->n;

		if (above && limit < UINT32_MAX)
			add(writer,
			    (struct guard_test){ word, mask, limit + 1, UINT32_MAX - limit - 1, yes,
						 (uint32_t)writer->n + 1 });
		else if (!above && limit > 0)
			add(writer, (struct guard_test){ word, mask, 0, limit - 1, yes,
							 (uint32_t)writer->n + 1 });
		add_equal(writer, word, mask, limit, last ? yes : (uint32_t)writer->n + 1, no);
	}
}

/* At the word `i` the limits differ. */
static void add_between(struct writer *writer, const struct range *range, size_t i, uint32_t yes,
			uint32_t no)
{
	uint32_t word = range->word + (uint32_t)i, mask = range->mask.words[i];
	uint32_t low = range->low.words[i], high = range->high.words[i];
	struct writer count = { .n = 0 };

	if (i + 1 == range->n) {
		add(writer, (struct guard_test){ word, mask, low, high - low, yes, no });
		return;
	}
	if (high - low > 1)
		add(writer, (struct guard_test){ word, mask, low + 1, high - low - 2, yes,
						 (uint32_t)writer->n + 1 });
	add_one_limit(&count, range, i + 1, true, 0, 0);
	add_equal(writer, word, mask, low, (uint32_t)writer->n + 1,
		  (uint32_t)(writer->n + 1 + count.n));
	add_one_limit(writer, range, i + 1, true, yes, no);
	add_equal(writer, word, mask, high, (uint32_t)writer->n + 1, no);
	add_one_limit(writer, range, i + 1, false, yes, no);
}

static bool is_reversed(const struct range *range)
{
	for (size_t i = 0; i < range->n; i++)
		if (range->low.words[i] != range->high.words[i])
			return range->low.words[i] > range->high.words[i];
	return false;
}

static void add_range(struct writer *writer, const struct range *range, uint32_t yes, uint32_t no)
{
	for (size_t i = 0; i < range->n; i++) {
		uint32_t low = range->low.words[i];

		if (low != range->high.words[i]) {
			add_between(writer, range, i, yes, no);
			return;
		}
		add_equal(writer, range->word + (uint32_t)i, range->mask.words[i], low,
			  i + 1 == range->n ? yes : (uint32_t)writer->n + 1, no);
	}
}

static bool is_set(const struct field *field)
{
	return field->word >= GUARD_WORDS;
}

static void add_match(struct writer *writer, const struct packet_match *match, uint32_t yes,
		      uint32_t no)
{
	const struct field *field = &fields[match->field];
	struct range range = {
		.word = field->word,
		.n = n_words(field),
		.mask = value_of(field, match->mask),
		.low = value_of(field, match->low),
		.high = value_of(field, match->high),
	};
	uint32_t bit;

	if (match->negated) {
		uint32_t swapped = yes;

		yes = no;
		no = swapped;
	}
	if (match->field == PACKET_LEARNED) {
		bool asks = (range.low.words[0] & range.mask.words[0]) != 0;

		add_equal(writer, GUARD_WORD_LEARNED, GUARD_LEARNED_ANY,
			  asks ? GUARD_LEARNED_ANY : 0, yes, no);
	} else if (is_set(field) && range.low.words[0] == PACKET_SET_LEARNED) {
		bit = learned_bits[field->word - GUARD_WORDS];
		add_equal(writer, GUARD_WORD_LEARNED, bit, bit, yes, no);
	} else if (is_set(field)) {
		add(writer,
		    (struct guard_test){
			    .word = field->word, .low = range.low.words[0], .yes = yes, .no = no });
	} else if (is_reversed(&range)) {
		add(writer, (struct guard_test){ .word = GUARD_WORD_PARTS, .yes = no, .no = no });
	} else if (match->field == PACKET_STATE) {
		/* One bit of those that are asked for: the value under the mask is not 0, or is. */
		if (range.low.words[0] == 0)
			add_equal(writer, range.word, range.mask.words[0], 0, yes, no);
		else
			add(writer, (struct guard_test){ range.word, range.mask.words[0], 1,
							 UINT32_MAX - 1, yes, no });
	} else {
		add_range(writer, &range, yes, no);
	}
}

/* --- rules --- */

static uint32_t parts_of(const struct packet_rule *rule)
{
	uint32_t parts = 0;

	for (size_t i = 0; i < rule->n_matches; i++)
		parts |= fields[rule->matches[i].field].parts;
	return parts;
}

static size_t count_match(const struct packet_match *match)
{
	struct writer writer = { 0 };

	add_match(&writer, match, 0, 0);
	return writer.n;
}

static size_t count_rule(const struct packet_rule *rule)
{
	size_t n = parts_of(rule) ? 1 : 0;

	for (size_t i = 0; i < rule->n_matches; i++)
		n += count_match(&rule->matches[i]);
	return n;
}

/* Where the way leads from what all rules before `rule` have not decided. */
static uint32_t way_to(const struct packet_list *list, const size_t *starts, size_t rule)
{
	while (rule < list->n_rules && list->rules[rule].n_matches == 0) {
		const struct packet_rule *always = &list->rules[rule];

		if (always->verdict != PACKET_GOTO)
			return GUARD_END_MAKE(verdicts[always->verdict], rule) |
			       (always->track ? GUARD_END_TRACK : 0);
		rule = always->next > rule ? always->next : rule + 1;
	}
	if (rule < list->n_rules)
		return (uint32_t)starts[rule];
	return GUARD_END_MAKE(list->accept ? GUARD_ACCEPT : GUARD_DROP, list->n_rules);
}

static uint32_t way_of(const struct packet_list *list, const size_t *starts, size_t i)
{
	const struct packet_rule *rule = &list->rules[i];

	if (rule->verdict == PACKET_GOTO)
		return way_to(list, starts, rule->next > i ? rule->next : i + 1);
	return GUARD_END_MAKE(verdicts[rule->verdict], i) | (rule->track ? GUARD_END_TRACK : 0);
}

static void add_rule(struct writer *writer, const struct packet_list *list, const size_t *starts,
		     size_t i)
{
	const struct packet_rule *rule = &list->rules[i];
	uint32_t parts = parts_of(rule), no = way_to(list, starts, i + 1);

	if (parts)
		add_equal(writer, GUARD_WORD_PARTS, parts, parts, (uint32_t)writer->n + 1, no);
	for (size_t j = 0; j < rule->n_matches; j++) {
		const struct packet_match *match = &rule->matches[j];
		uint32_t next = (uint32_t)(writer->n + count_match(match));

		add_match(writer, match, j + 1 < rule->n_matches ? next : way_of(list, starts, i),
			  no);
	}
}

static void note_needs(const struct packet_list *list, struct guard_filter *filter)
{
	for (size_t i = 0; i < list->n_rules; i++) {
		filter->flows = filter->flows || list->rules[i].track;
		for (size_t j = 0; j < list->rules[i].n_matches; j++) {
			const struct packet_match *match = &list->rules[i].matches[j];
			const struct field *field = &fields[match->field];

			if (match->field == PACKET_LEARNED ||
			    (is_set(field) &&
			     value_of(field, match->low).words[0] == PACKET_SET_LEARNED))
				filter->learned = true;
			filter->flows = filter->flows || match->field == PACKET_STATE;
			filter->sets = filter->sets ||
				       (is_set(field) &&
					value_of(field, match->low).words[0] != PACKET_SET_LEARNED);
		}
	}
}

static int init_list(const struct packet_list *list, struct guard_program *program,
		     enum guard_direction direction)
{
	AUTO_FREE size_t *starts = calloc(list->n_rules + 1, sizeof(*starts));
	struct guard_list *to = &program->filter.lists[direction];
	struct writer writer = { 0 };
	size_t n = 0;

	if (!starts)
		return -ENOMEM;
	for (size_t i = 0; i < list->n_rules; i++) {
		starts[i] = n;
		n += count_rule(&list->rules[i]);
	}
	writer.tests = calloc(n ? n : 1, sizeof(*writer.tests));
	if (!writer.tests)
		return -ENOMEM;
	for (size_t i = 0; i < list->n_rules; i++)
		add_rule(&writer, list, starts, i);
	program->tests[direction] = writer.tests;
	*to = (struct guard_list){ writer.tests, n, way_to(list, starts, 0) };
	note_needs(list, &program->filter);
	return 0;
}

int guard_program_init(const struct packet_filter *filter, struct guard_program *ret_program)
{
	struct guard_program program = { 0 };
	int r;

	r = init_list(&filter->from_guest, &program, GUARD_FROM_GUEST);
	if (r == 0)
		r = init_list(&filter->to_guest, &program, GUARD_TO_GUEST);
	program.filter.learn_first = filter->learn_first;
	if (r < 0)
		guard_program_done(&program);
	else
		*ret_program = program;
	return r;
}

void guard_program_done(struct guard_program *program)
{
	for (unsigned i = 0; i < GUARD_DIRECTION_COUNT; i++)
		free(program->tests[i]);
	*program = (struct guard_program){ 0 };
}
