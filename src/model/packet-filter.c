/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/packet-filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

struct packet_rule *packet_list_add(struct packet_list *list, enum packet_verdict verdict,
				    size_t next)
{
	struct packet_rule *rule = array_add(&list->rules, &list->n_rules, sizeof(*rule));

	if (rule) {
		rule->verdict = verdict;
		rule->next = next;
	}
	return rule;
}

void packet_value_put(uint8_t value[static PACKET_VALUE_SIZE], const uint8_t *bytes, size_t size)
{
	memset(value, 0, PACKET_VALUE_SIZE);
	memcpy(value + PACKET_VALUE_SIZE - size, bytes, size);
}

static void put_number(uint8_t value[static PACKET_VALUE_SIZE], uint32_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
				  (uint8_t)(number >> 8), (uint8_t)number };

	packet_value_put(value, bytes, sizeof(bytes));
}

struct packet_match *packet_rule_add_match(struct packet_rule *rule, enum packet_field field,
					   bool negated)
{
	struct packet_match *match = array_add(&rule->matches, &rule->n_matches, sizeof(*match));

	if (match) {
		match->field = field;
		match->negated = negated;
	}
	return match;
}

int packet_rule_add(struct packet_rule *rule, enum packet_field field, bool negated, uint32_t mask,
		    uint32_t low, uint32_t high)
{
	struct packet_match *match = packet_rule_add_match(rule, field, negated);

	if (!match)
		return -ENOMEM;
	put_number(match->mask, mask);
	put_number(match->low, low);
	put_number(match->high, high);
	return 0;
}

int packet_rule_add_net(struct packet_rule *rule, enum packet_field field, const uint8_t *bytes,
			size_t size, unsigned prefix)
{
	struct packet_match *match = packet_rule_add_match(rule, field, false);
	uint8_t mask[PACKET_VALUE_SIZE] = { 0 }, net[PACKET_VALUE_SIZE];

	if (!match)
		return -ENOMEM;
	for (unsigned bit = 0; bit < prefix; bit++)
		mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	for (size_t i = 0; i < size; i++)
		net[i] = bytes[i] & mask[i];
	packet_value_put(match->mask, mask, size);
	packet_value_put(match->low, net, size);
	packet_value_put(match->high, net, size);
	return 0;
}

static void list_done(struct packet_list *list)
{
	for (size_t i = 0; i < list->n_rules; i++) {
		free(list->rules[i].matches);
		free(list->rules[i].name);
	}
	free(list->rules);
	*list = (struct packet_list){ 0 };
}

/* What would pass goes on to the rules that come behind; the end of the list is there, too. */
static int join_lists(struct packet_list *list, struct packet_list *next)
{
	size_t first = list->n_rules + (list->accept ? 0 : 1);
	struct packet_rule *rules;
	size_t room = 1;

	while (room < first + next->n_rules) /* as array_add() has it */
		room *= 2;
	rules = reallocarray(list->rules, room, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	list->rules = rules;
	for (size_t i = 0; i < list->n_rules; i++)
		if (rules[i].verdict == PACKET_ACCEPT) {
			rules[i].verdict = PACKET_GOTO;
			rules[i].next = first;
			rules[i].track = false;
		}
	if (!list->accept)
		rules[list->n_rules] = (struct packet_rule){ .verdict = PACKET_DROP };
	for (size_t i = 0; i < next->n_rules; i++) {
		rules[first + i] = next->rules[i];
		rules[first + i].next += first;
	}
	list->n_rules = first + next->n_rules;
	list->accept = next->accept;
	free(next->rules);
	*next = (struct packet_list){ 0 };
	return 0;
}

int packet_filter_join(struct packet_filter *filter, struct packet_filter *next)
{
	int r = join_lists(&filter->from_guest, &next->from_guest);

	return r == 0 ? join_lists(&filter->to_guest, &next->to_guest) : r;
}

void packet_filter_done(struct packet_filter *filter)
{
	list_done(&filter->from_guest);
	list_done(&filter->to_guest);
}
