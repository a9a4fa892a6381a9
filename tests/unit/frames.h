/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real frames for packet filters, and what a filter does with them: knows nothing of
 * how a filter came to be.
 *
 * A frame is bytes. struct fields is what is read in it, in struct packet_match's words;
 * frame_build() makes bytes of fields, as far as they fit together, and frame_dissect()
 * reads them.
 */
#pragma once

#include "testing.h"

#include "model/packet-filter.h"

enum {
	FRAME_SIZE = 128,
	FIELD_SIZE = PACKET_VALUE_SIZE,
};

struct fields {
	bool has[PACKET_FIELD_COUNT];
	uint8_t value[PACKET_FIELD_COUNT][FIELD_SIZE]; /* at the right */
};

struct frame {
	uint8_t bytes[FRAME_SIZE];
	size_t size;
};

static const uint8_t field_sizes[PACKET_FIELD_COUNT] = {
	[PACKET_MAC_SOURCE] = 6,
	[PACKET_MAC_DESTINATION] = 6,
	[PACKET_ETHERTYPE] = 2,
	[PACKET_VLAN] = 2,
	[PACKET_VLAN_ETHERTYPE] = 2,
	[PACKET_ARP_HARDWARE] = 2,
	[PACKET_ARP_PROTOCOL] = 2,
	[PACKET_ARP_OPERATION] = 2,
	[PACKET_ARP_MAC_SOURCE] = 6,
	[PACKET_ARP_MAC_TARGET] = 6,
	[PACKET_ARP_IP_SOURCE] = 4,
	[PACKET_ARP_IP_TARGET] = 4,
	[PACKET_IPV4_SOURCE] = 4,
	[PACKET_IPV4_DESTINATION] = 4,
	[PACKET_IPV6_SOURCE] = 16,
	[PACKET_IPV6_DESTINATION] = 16,
	[PACKET_DSCP] = 1,
	[PACKET_PROTOCOL] = 1,
	[PACKET_PORT_SOURCE] = 2,
	[PACKET_PORT_DESTINATION] = 2,
	[PACKET_TCP_FLAGS] = 1,
	[PACKET_ICMP_TYPE] = 1,
	[PACKET_ICMP_CODE] = 1,
	[PACKET_STP_TYPE] = 1,
	[PACKET_STP_FLAGS] = 1,
	[PACKET_STP_ROOT_PRIORITY] = 2,
	[PACKET_STP_ROOT_MAC] = 6,
	[PACKET_STP_ROOT_COST] = 4,
	[PACKET_STP_SENDER_PRIORITY] = 2,
	[PACKET_STP_SENDER_MAC] = 6,
	[PACKET_STP_PORT] = 2,
	[PACKET_STP_AGE] = 2,
	[PACKET_STP_AGE_MAX] = 2,
	[PACKET_STP_HELLO] = 2,
	[PACKET_STP_DELAY] = 2,
	[PACKET_STATE] = 1,
	[PACKET_SET_SOURCE] = 4,
	[PACKET_SET_DESTINATION] = 4,
	[PACKET_SET_ARP_SOURCE] = 4,
	[PACKET_SET_ARP_TARGET] = 4,
	[PACKET_ARP_GRATUITOUS] = 1,
	[PACKET_LEARNED] = 1,
};

static inline void fields_set(struct fields *fields, enum packet_field field, const uint8_t *value)
{
	fields->has[field] = true;
	memcpy(fields->value[field], value, FIELD_SIZE);
}

static inline uint32_t fields_number(const struct fields *fields, enum packet_field field)
{
	const uint8_t *value = fields->value[field] + FIELD_SIZE - 4;

	return (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 | (uint32_t)value[2] << 8 |
	       value[3];
}

static inline void fields_set_number(struct fields *fields, enum packet_field field,
				     uint32_t number)
{
	uint8_t value[FIELD_SIZE] = { 0 };

	for (int i = 0; i < 4; i++)
		value[FIELD_SIZE - 1 - i] = (uint8_t)(number >> (8 * i));
	fields_set(fields, field, value);
}

/* --- bytes of fields --- */

struct place {
	enum packet_field field;
	size_t offset;
};

static const struct place arp_places[] = {
	{ PACKET_ARP_HARDWARE, 0 },   { PACKET_ARP_PROTOCOL, 2 },   { PACKET_ARP_OPERATION, 6 },
	{ PACKET_ARP_MAC_SOURCE, 8 }, { PACKET_ARP_IP_SOURCE, 14 }, { PACKET_ARP_MAC_TARGET, 18 },
	{ PACKET_ARP_IP_TARGET, 24 },
};

/* Behind LLC's three bytes and the two of the protocol and version. */
static const struct place stp_places[] = {
	{ PACKET_STP_TYPE, 3 },          { PACKET_STP_FLAGS, 4 },
	{ PACKET_STP_ROOT_PRIORITY, 5 }, { PACKET_STP_ROOT_MAC, 7 },
	{ PACKET_STP_ROOT_COST, 13 },    { PACKET_STP_SENDER_PRIORITY, 17 },
	{ PACKET_STP_SENDER_MAC, 19 },   { PACKET_STP_PORT, 25 },
	{ PACKET_STP_AGE, 27 },          { PACKET_STP_AGE_MAX, 29 },
	{ PACKET_STP_HELLO, 31 },        { PACKET_STP_DELAY, 33 },
};

static inline void put(struct frame *frame, size_t offset, const struct fields *fields,
		       enum packet_field field)
{
	size_t size = field_sizes[field];

	memcpy(frame->bytes + offset, fields->value[field] + FIELD_SIZE - size, size);
}

static inline void get(struct fields *fields, const struct frame *frame, size_t offset,
		       enum packet_field field)
{
	uint8_t value[FIELD_SIZE] = { 0 };
	size_t size = field_sizes[field];

	memcpy(value + FIELD_SIZE - size, frame->bytes + offset, size);
	fields_set(fields, field, value);
}

static inline bool has_ports(uint32_t protocol)
{
	return protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 ||
	       protocol == 136;
}

static inline void put_transport(struct frame *frame, size_t at, const struct fields *fields)
{
	uint32_t protocol = fields_number(fields, PACKET_PROTOCOL);

	if (has_ports(protocol)) {
		put(frame, at, fields, PACKET_PORT_SOURCE);
		put(frame, at + 2, fields, PACKET_PORT_DESTINATION);
	}
	if (protocol == 6) {
		frame->bytes[at + 12] = 5 << 4;
		put(frame, at + 13, fields, PACKET_TCP_FLAGS);
	}
	if (protocol == 1 || protocol == 58) {
		put(frame, at, fields, PACKET_ICMP_TYPE);
		put(frame, at + 1, fields, PACKET_ICMP_CODE);
	}
	frame->size = at + 24;
}

static inline void put_ipv4(struct frame *frame, size_t at, const struct fields *fields)
{
	frame->bytes[at] = 0x45;
	frame->bytes[at + 1] = (uint8_t)(fields_number(fields, PACKET_DSCP) << 2);
	frame->bytes[at + 3] = 44;
	frame->bytes[at + 8] = 64;
	put(frame, at + 9, fields, PACKET_PROTOCOL);
	put(frame, at + 12, fields, PACKET_IPV4_SOURCE);
	put(frame, at + 16, fields, PACKET_IPV4_DESTINATION);
	put_transport(frame, at + 20, fields);
}

static inline void put_ipv6(struct frame *frame, size_t at, const struct fields *fields)
{
	uint32_t dscp = fields_number(fields, PACKET_DSCP);

	frame->bytes[at] = (uint8_t)(0x60 | dscp >> 2);
	frame->bytes[at + 1] = (uint8_t)(dscp << 6);
	frame->bytes[at + 5] = 24;
	put(frame, at + 6, fields, PACKET_PROTOCOL);
	frame->bytes[at + 7] = 64;
	put(frame, at + 8, fields, PACKET_IPV6_SOURCE);
	put(frame, at + 24, fields, PACKET_IPV6_DESTINATION);
	put_transport(frame, at + 40, fields);
}

static inline void put_places(struct frame *frame, size_t at, const struct fields *fields,
			      const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(frame, at + places[i].offset, fields, places[i].field);
	frame->size = at + 46;
}

static inline bool asks_for_stp(const struct fields *fields)
{
	for (int field = PACKET_STP_TYPE; field <= PACKET_STP_DELAY; field++)
		if (fields->has[field])
			return true;
	return false;
}

/* Fields that the frame's protocol does not have are left out. */
static inline struct frame frame_build(const struct fields *fields)
{
	struct frame frame = { .size = 64 };
	uint32_t ethertype = fields_number(fields, PACKET_ETHERTYPE);
	size_t at = 12;

	put(&frame, 0, fields, PACKET_MAC_DESTINATION);
	put(&frame, 6, fields, PACKET_MAC_SOURCE);
	if (fields->has[PACKET_VLAN]) {
		frame.bytes[12] = 0x81;
		put(&frame, 14, fields, PACKET_VLAN);
		if (fields->has[PACKET_VLAN_ETHERTYPE])
			ethertype = fields_number(fields, PACKET_VLAN_ETHERTYPE);
		at = 16;
	}
	if (asks_for_stp(fields)) {
		frame.bytes[at + 1] = 38;
		memcpy(frame.bytes + at + 2, "\x42\x42\x03", 3);
		put_places(&frame, at + 5, fields, stp_places, ARRAY_SIZE(stp_places));
		return frame;
	}
	frame.bytes[at] = (uint8_t)(ethertype >> 8);
	frame.bytes[at + 1] = (uint8_t)ethertype;
	at += 2;
	if (ethertype == 0x800) {
		put_ipv4(&frame, at, fields);
	} else if (ethertype == 0x86dd) {
		put_ipv6(&frame, at, fields);
	} else if (ethertype == 0x806 || ethertype == 0x8035) {
		put_places(&frame, at, fields, arp_places, ARRAY_SIZE(arp_places));
		frame.bytes[at + 4] = 6;
		frame.bytes[at + 5] = 4;
	}
	return frame;
}

/* --- fields of bytes --- */

static inline void get_transport(struct fields *fields, const struct frame *frame, size_t at)
{
	uint32_t protocol = fields_number(fields, PACKET_PROTOCOL);

	if (has_ports(protocol)) {
		get(fields, frame, at, PACKET_PORT_SOURCE);
		get(fields, frame, at + 2, PACKET_PORT_DESTINATION);
	}
	if (protocol == 6) {
		get(fields, frame, at + 13, PACKET_TCP_FLAGS);
		fields->value[PACKET_TCP_FLAGS][FIELD_SIZE - 1] &= 0x3f;
	}
	if (protocol == 1 || protocol == 58) {
		get(fields, frame, at, PACKET_ICMP_TYPE);
		get(fields, frame, at + 1, PACKET_ICMP_CODE);
	}
}

static inline void get_places(struct fields *fields, const struct frame *frame, size_t at,
			      const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		get(fields, frame, at + places[i].offset, places[i].field);
}

static inline void get_payload(struct fields *fields, const struct frame *frame, size_t at)
{
	const uint8_t *bytes = frame->bytes + at;

	switch (fields_number(fields, PACKET_ETHERTYPE)) {
	case 0x800:
		fields_set_number(fields, PACKET_DSCP, bytes[1] >> 2);
		get(fields, frame, at + 9, PACKET_PROTOCOL);
		get(fields, frame, at + 12, PACKET_IPV4_SOURCE);
		get(fields, frame, at + 16, PACKET_IPV4_DESTINATION);
		get_transport(fields, frame, at + 20);
		break;
	case 0x86dd:
		fields_set_number(fields, PACKET_DSCP,
				  (uint32_t)(bytes[0] & 15) << 2 | bytes[1] >> 6);
		get(fields, frame, at + 6, PACKET_PROTOCOL);
		get(fields, frame, at + 8, PACKET_IPV6_SOURCE);
		get(fields, frame, at + 24, PACKET_IPV6_DESTINATION);
		get_transport(fields, frame, at + 40);
		break;
	case 0x806:
	case 0x8035:
		get_places(fields, frame, at, arp_places, ARRAY_SIZE(arp_places));
		fields_set_number(fields, PACKET_ARP_GRATUITOUS,
				  !memcmp(fields->value[PACKET_ARP_IP_SOURCE],
					  fields->value[PACKET_ARP_IP_TARGET], FIELD_SIZE));
		break;
	default:
		if (fields_number(fields, PACKET_ETHERTYPE) < 1536 &&
		    !memcmp(bytes, "\x42\x42\x03", 3))
			get_places(fields, frame, at + 3, stp_places, ARRAY_SIZE(stp_places));
	}
}

static inline struct fields frame_dissect(const struct frame *frame, enum packet_state state)
{
	struct fields fields = { 0 };
	size_t at = 12;

	get(&fields, frame, 0, PACKET_MAC_DESTINATION);
	get(&fields, frame, 6, PACKET_MAC_SOURCE);
	if (frame->bytes[12] == 0x81 && frame->bytes[13] == 0) {
		get(&fields, frame, 14, PACKET_VLAN);
		get(&fields, frame, 16, PACKET_VLAN_ETHERTYPE);
		at = 16;
	}
	get(&fields, frame, at, PACKET_ETHERTYPE);
	get_payload(&fields, frame, at + 2);
	fields_set_number(&fields, PACKET_STATE, state);
	return fields;
}

/* --- what is done with them --- */

static inline bool match_holds(const struct packet_match *match, const struct fields *fields)
{
	uint8_t masked[FIELD_SIZE];
	bool within;

	if (!fields->has[match->field])
		return false;
	for (int i = 0; i < FIELD_SIZE; i++)
		masked[i] = fields->value[match->field][i] & match->mask[i];
	within = memcmp(masked, match->low, FIELD_SIZE) >= 0 &&
		 memcmp(masked, match->high, FIELD_SIZE) <= 0;
	return within != match->negated;
}

/* As the conditions want it, the rest as it is. */
static inline void fields_satisfy(struct fields *fields, const struct packet_match *match,
				  bool high)
{
	uint8_t value[FIELD_SIZE];

	if (match->field == PACKET_ARP_GRATUITOUS && !match->negated)
		fields_set(fields, PACKET_ARP_IP_TARGET, fields->value[PACKET_ARP_IP_SOURCE]);
	if (!field_sizes[match->field] || match->field >= PACKET_STATE)
		return;
	for (int i = 0; i < FIELD_SIZE; i++)
		value[i] = (high ? match->high[i] : match->low[i]) |
			   (fields->value[match->field][i] & (uint8_t)~match->mask[i]);
	if (match->negated)
		value[FIELD_SIZE - 1] ^= 2;
	fields_set(fields, match->field, value);
}

/* What has been learned: one IPv4 address, or nothing (0). */
static inline void fields_learn(struct fields *fields, uint32_t address)
{
	static const enum packet_field sets[][2] = {
		{ PACKET_SET_SOURCE, PACKET_IPV4_SOURCE },
		{ PACKET_SET_DESTINATION, PACKET_IPV4_DESTINATION },
		{ PACKET_SET_ARP_SOURCE, PACKET_ARP_IP_SOURCE },
		{ PACKET_SET_ARP_TARGET, PACKET_ARP_IP_TARGET },
	};

	fields_set_number(fields, PACKET_LEARNED, address != 0);
	/* The number of the set it is in, or of none. */
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (fields->has[sets[i][1]])
			fields_set_number(fields, sets[i][0],
					  address && fields_number(fields, sets[i][1]) == address
						  ? PACKET_SET_LEARNED
						  : UINT32_MAX);
}

/* ACCEPT, DROP or REJECT; *ret_rule is what decided, n_rules: the end. */
static inline enum packet_verdict list_verdict(const struct packet_list *list,
					       const struct fields *fields, size_t *ret_rule)
{
	for (size_t i = 0; i < list->n_rules;) {
		const struct packet_rule *rule = &list->rules[i];
		size_t j = 0;

		while (j < rule->n_matches && match_holds(&rule->matches[j], fields))
			j++;
		if (j < rule->n_matches) {
			i++;
			continue;
		}
		if (rule->verdict != PACKET_GOTO) {
			*ret_rule = i;
			return rule->verdict;
		}
		assert_true(rule->next > i && rule->next <= list->n_rules);
		i = rule->next;
	}
	*ret_rule = list->n_rules;
	return list->accept ? PACKET_ACCEPT : PACKET_DROP;
}
