/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each condition is a row: the field of the frame, that of a frame the other way, and
 * which other attribute is its mask or the end of its range.
 */
#include "model/nwfilter-match.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "util/array.h"
#include "util/cleanup.h"

enum {
	MAC_SIZE = 6,
	ETHERTYPE_IPV4 = 0x800,
	ETHERTYPE_ARP = 0x806,
	ETHERTYPE_RARP = 0x8035,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	VLAN_ID_MASK = 0xfff,
};

static const uint8_t ones[PACKET_VALUE_SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
						 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
/* IEEE 802.1D: the group address of bridges. */
static const struct mac bridges = { { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x00 } };

/* Equal, where the mask has ones. */
static int add_bytes(struct packet_rule *rule, enum packet_field field, bool negated,
		     const uint8_t *value, const uint8_t *mask, size_t size)
{
	struct packet_match *match = packet_rule_add_match(rule, field, negated);
	uint8_t masked[PACKET_VALUE_SIZE];

	if (!match)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++)
		masked[i] = value[i] & mask[i];
	packet_value_put(match->mask, mask, size);
	packet_value_put(match->low, masked, size);
	packet_value_put(match->high, masked, size);
	return 0;
}

/* --- what a frame of a protocol is --- */

static int match_ethertype(uint32_t ethertype, enum nwfilter_view view, struct packet_rule *rule,
			   bool *ret_never)
{
	*ret_never = view == NWFILTER_VIEW_TAGGED;
	return packet_rule_add(rule, PACKET_ETHERTYPE, false, 0xffff, ethertype, ethertype);
}

static uint32_t ip_protocol_of(enum nwfilter_protocol protocol)
{
	static const uint8_t numbers[NWFILTER_PROTOCOL_COUNT] = {
		[NWFILTER_TCP] = 6,       [NWFILTER_TCP_IPV6] = 6,  [NWFILTER_UDP] = 17,
		[NWFILTER_UDP_IPV6] = 17, [NWFILTER_UDPLITE] = 136, [NWFILTER_UDPLITE_IPV6] = 136,
		[NWFILTER_ESP] = 50,      [NWFILTER_ESP_IPV6] = 50, [NWFILTER_AH] = 51,
		[NWFILTER_AH_IPV6] = 51,  [NWFILTER_SCTP] = 132,    [NWFILTER_SCTP_IPV6] = 132,
		[NWFILTER_ICMP] = 1,      [NWFILTER_ICMPV6] = 58,   [NWFILTER_IGMP] = 2,
	};

	return numbers[protocol]; /* 0: all */
}

int nwfilter_match_protocol(enum nwfilter_protocol protocol, enum nwfilter_view view,
			    struct packet_rule *rule, bool *ret_never)
{
	uint32_t number = ip_protocol_of(protocol);
	int r;

	switch (protocol) {
	case NWFILTER_ANY:
	case NWFILTER_MAC:
		return 0;
	case NWFILTER_VLAN:
		*ret_never = view == NWFILTER_VIEW_UNTAGGED;
		return packet_rule_add(rule, PACKET_VLAN, false, 0, 0, 0);
	case NWFILTER_STP:
		return add_bytes(rule, PACKET_MAC_DESTINATION, false, bridges.bytes, ones,
				 MAC_SIZE);
	case NWFILTER_ARP:
		return match_ethertype(ETHERTYPE_ARP, view, rule, ret_never);
	case NWFILTER_RARP:
		return match_ethertype(ETHERTYPE_RARP, view, rule, ret_never);
	default:
		break;
	}
	r = match_ethertype(nwfilter_protocol_family(protocol) == AF_INET6 ? ETHERTYPE_IPV6
									   : ETHERTYPE_IPV4,
			    view, rule, ret_never);
	if (r == 0 && number)
		r = packet_rule_add(rule, PACKET_PROTOCOL, false, 0xff, number, number);
	return r;
}

/* --- conditions --- */

enum shape {
	SHAPE_NUMBER, /* with `other` the end of a range */
	SHAPE_MAC,    /* with `other` the mask */
	SHAPE_ADDRESS,
	SHAPE_RANGE, /* of addresses, to `other` */
};

enum {
	NO_OTHER = NWFILTER_WHAT_COUNT,
};

static const struct condition {
	enum nwfilter_what what, other;
	enum shape shape;
	enum packet_field field, reversed;
} conditions[] = {
	{ NWFILTER_SOURCE_MAC, NWFILTER_SOURCE_MAC_MASK, SHAPE_MAC, PACKET_MAC_SOURCE,
	  PACKET_MAC_DESTINATION },
	{ NWFILTER_TARGET_MAC, NWFILTER_TARGET_MAC_MASK, SHAPE_MAC, PACKET_MAC_DESTINATION,
	  PACKET_MAC_SOURCE },
#define NUMBER(what, other, field)                                            \
	{                                                                     \
		what, (enum nwfilter_what)(other), SHAPE_NUMBER, field, field \
	}
	NUMBER(NWFILTER_VLAN_PROTOCOL, NO_OTHER, PACKET_VLAN_ETHERTYPE),
	NUMBER(NWFILTER_STP_TYPE, NO_OTHER, PACKET_STP_TYPE),
	NUMBER(NWFILTER_STP_FLAGS, NO_OTHER, PACKET_STP_FLAGS),
	NUMBER(NWFILTER_STP_ROOT_PRIORITY, NWFILTER_STP_ROOT_PRIORITY_HIGH,
	       PACKET_STP_ROOT_PRIORITY),
	{ NWFILTER_STP_ROOT_MAC, NWFILTER_STP_ROOT_MAC_MASK, SHAPE_MAC, PACKET_STP_ROOT_MAC,
	  PACKET_STP_ROOT_MAC },
	NUMBER(NWFILTER_STP_ROOT_COST, NWFILTER_STP_ROOT_COST_HIGH, PACKET_STP_ROOT_COST),
	NUMBER(NWFILTER_STP_SENDER_PRIORITY, NWFILTER_STP_SENDER_PRIORITY_HIGH,
	       PACKET_STP_SENDER_PRIORITY),
	{ NWFILTER_STP_SENDER_MAC, NWFILTER_STP_SENDER_MAC_MASK, SHAPE_MAC, PACKET_STP_SENDER_MAC,
	  PACKET_STP_SENDER_MAC },
	NUMBER(NWFILTER_STP_PORT, NWFILTER_STP_PORT_HIGH, PACKET_STP_PORT),
	NUMBER(NWFILTER_STP_AGE, NWFILTER_STP_AGE_HIGH, PACKET_STP_AGE),
	NUMBER(NWFILTER_STP_AGE_MAX, NWFILTER_STP_AGE_MAX_HIGH, PACKET_STP_AGE_MAX),
	NUMBER(NWFILTER_STP_HELLO, NWFILTER_STP_HELLO_HIGH, PACKET_STP_HELLO),
	NUMBER(NWFILTER_STP_DELAY, NWFILTER_STP_DELAY_HIGH, PACKET_STP_DELAY),
	NUMBER(NWFILTER_ARP_HARDWARE, NO_OTHER, PACKET_ARP_HARDWARE),
	NUMBER(NWFILTER_ARP_PROTOCOL, NO_OTHER, PACKET_ARP_PROTOCOL),
	NUMBER(NWFILTER_ARP_OPERATION, NO_OTHER, PACKET_ARP_OPERATION),
	{ NWFILTER_ARP_SOURCE_MAC, (enum nwfilter_what)NO_OTHER, SHAPE_MAC, PACKET_ARP_MAC_SOURCE,
	  PACKET_ARP_MAC_TARGET },
	{ NWFILTER_ARP_TARGET_MAC, (enum nwfilter_what)NO_OTHER, SHAPE_MAC, PACKET_ARP_MAC_TARGET,
	  PACKET_ARP_MAC_SOURCE },
	{ NWFILTER_ARP_SOURCE_IP, NWFILTER_ARP_SOURCE_IP_MASK, SHAPE_ADDRESS, PACKET_ARP_IP_SOURCE,
	  PACKET_ARP_IP_TARGET },
	{ NWFILTER_ARP_TARGET_IP, NWFILTER_ARP_TARGET_IP_MASK, SHAPE_ADDRESS, PACKET_ARP_IP_TARGET,
	  PACKET_ARP_IP_SOURCE },
	{ NWFILTER_SOURCE_IP, NWFILTER_SOURCE_IP_MASK, SHAPE_ADDRESS, PACKET_IPV4_SOURCE,
	  PACKET_IPV4_DESTINATION },
	{ NWFILTER_TARGET_IP, NWFILTER_TARGET_IP_MASK, SHAPE_ADDRESS, PACKET_IPV4_DESTINATION,
	  PACKET_IPV4_SOURCE },
	{ NWFILTER_SOURCE_IP_FROM, NWFILTER_SOURCE_IP_TO, SHAPE_RANGE, PACKET_IPV4_SOURCE,
	  PACKET_IPV4_DESTINATION },
	{ NWFILTER_TARGET_IP_FROM, NWFILTER_TARGET_IP_TO, SHAPE_RANGE, PACKET_IPV4_DESTINATION,
	  PACKET_IPV4_SOURCE },
	NUMBER(NWFILTER_PROTOCOL, NO_OTHER, PACKET_PROTOCOL),
	NUMBER(NWFILTER_DSCP, NO_OTHER, PACKET_DSCP),
	{ NWFILTER_SOURCE_PORT, NWFILTER_SOURCE_PORT_END, SHAPE_NUMBER, PACKET_PORT_SOURCE,
	  PACKET_PORT_DESTINATION },
	{ NWFILTER_TARGET_PORT, NWFILTER_TARGET_PORT_END, SHAPE_NUMBER, PACKET_PORT_DESTINATION,
	  PACKET_PORT_SOURCE },
	NUMBER(NWFILTER_ICMP_TYPE, NWFILTER_ICMP_TYPE_END, PACKET_ICMP_TYPE),
	NUMBER(NWFILTER_ICMP_CODE, NWFILTER_ICMP_CODE_END, PACKET_ICMP_CODE),
#undef NUMBER
};

static const struct condition *condition_of(enum nwfilter_what what)
{
	for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
		if (conditions[i].what == what)
			return &conditions[i];
	return NULL;
}

/* The fields of an address are those of IPv4; the same of IPv6. */
static enum packet_field field_of_family(enum packet_field field, int family)
{
	if (family == AF_INET6 && field == PACKET_IPV4_SOURCE)
		return PACKET_IPV6_SOURCE;
	if (family == AF_INET6 && field == PACKET_IPV4_DESTINATION)
		return PACKET_IPV6_DESTINATION;
	return field;
}

static int add_range(struct packet_rule *rule, enum packet_field field, bool negated,
		     const struct address *low, const struct address *high)
{
	struct packet_match *match = packet_rule_add_match(rule, field, negated);
	size_t size = address_bits(low) / 8;

	if (!match)
		return -ENOMEM;
	packet_value_put(match->mask, ones, size);
	packet_value_put(match->low, low->bytes, size);
	packet_value_put(match->high, high->bytes, size);
	return 0;
}

static int add_address(struct packet_rule *rule, enum packet_field field,
		       const struct nwfilter_value *value, const struct nwfilter_value *prefix)
{
	const struct address *address = &value->address;
	struct address mask = address_mask(address->family,
					   prefix ? prefix->number : address_bits(address));

	return add_bytes(rule, field, value->negated, address->bytes, mask.bytes,
			 address_bits(address) / 8);
}

/* $IP, which is what the guard has learned. */
static int add_learned(struct packet_rule *rule, enum packet_field field, bool negated)
{
	static const enum packet_field sets[PACKET_FIELD_COUNT] = {
		[PACKET_IPV4_SOURCE] = PACKET_SET_SOURCE,
		[PACKET_IPV4_DESTINATION] = PACKET_SET_DESTINATION,
		[PACKET_ARP_IP_SOURCE] = PACKET_SET_ARP_SOURCE,
		[PACKET_ARP_IP_TARGET] = PACKET_SET_ARP_TARGET,
	};

	return packet_rule_add(rule, sets[field], negated, UINT32_MAX, PACKET_SET_LEARNED,
			       PACKET_SET_LEARNED);
}

static int add_condition(const struct condition *condition,
			 const struct nwfilter_resolved *resolved, size_t i, bool reversed,
			 struct packet_rule *rule)
{
	const struct nwfilter_value *value = &resolved->rule.values[i], *other = NULL;
	enum packet_field field = field_of_family(reversed ? condition->reversed : condition->field,
						  value->address.family);

	if (condition->other != NWFILTER_WHAT_COUNT)
		other = nwfilter_rule_get(&resolved->rule, condition->other);
	if (resolved->learned[i])
		return add_learned(rule, field, value->negated);
	switch (condition->shape) {
	case SHAPE_MAC:
		return add_bytes(rule, field, value->negated, value->mac.bytes,
				 other ? other->mac.bytes : ones, MAC_SIZE);
	case SHAPE_ADDRESS:
		return add_address(rule, field, value, other);
	case SHAPE_RANGE:
		return add_range(rule, field, value->negated, &value->address,
				 other ? &other->address : &value->address);
	case SHAPE_NUMBER:
		break;
	}
	return packet_rule_add(rule, field, value->negated, UINT32_MAX, value->number,
			       other ? other->number : value->number);
}

/* protocolid= is what follows the addresses: that of a tagged frame is the tag's. */
static int add_protocol_id(const struct nwfilter_value *value, enum nwfilter_view view,
			   struct packet_rule *rule, bool *ret_never)
{
	bool is_tag = value->number == ETHERTYPE_VLAN;

	if (view == NWFILTER_VIEW_TAGGED || is_tag) {
		if ((is_tag == (view == NWFILTER_VIEW_TAGGED)) == value->negated)
			*ret_never = true;
		return 0;
	}
	return packet_rule_add(rule, PACKET_ETHERTYPE, value->negated, 0xffff, value->number,
			       value->number);
}

static int add_value(const struct nwfilter_resolved *resolved, size_t i, enum nwfilter_view view,
		     bool reversed, struct packet_rule *rule, bool *ret_never,
		     const char **ret_culprit)
{
	const struct nwfilter_value *value = &resolved->rule.values[i];
	const struct condition *condition = condition_of(value->attribute->what);

	/* A rule about IP that is turned round cannot know the sender's address on its link. */
	if (value->attribute->what == NWFILTER_SOURCE_MAC && reversed &&
	    !nwfilter_protocol_is_link(resolved->rule.protocol))
		return 0;
	if (condition)
		return add_condition(condition, resolved, i, reversed, rule);
	switch (value->attribute->what) {
	case NWFILTER_PROTOCOL_ID:
		return add_protocol_id(value, view, rule, ret_never);
	case NWFILTER_VLAN_ID:
		return packet_rule_add(rule, PACKET_VLAN, value->negated, VLAN_ID_MASK,
				       value->number, value->number);
	case NWFILTER_TCP_FLAGS:
		return packet_rule_add(rule, PACKET_TCP_FLAGS, value->negated, value->number >> 8,
				       value->number & 0xff, value->number & 0xff);
	case NWFILTER_ARP_GRATUITOUS:
		return value->number ? packet_rule_add(rule, PACKET_ARP_GRATUITOUS, value->negated,
						       0xff, 1, 1)
				     : 0;
	case NWFILTER_CONNLIMIT:
		*ret_culprit = "connlimit-above";
		return -EOPNOTSUPP;
	case NWFILTER_IPSET:
		*ret_culprit = "ipset";
		return -EOPNOTSUPP;
	default:
		return 0; /* what belongs to another, and what says nothing of the frame */
	}
}

int nwfilter_match_rule(const struct nwfilter_resolved *resolved, enum nwfilter_view view,
			bool reversed, struct packet_rule *rule, bool *ret_never,
			const char **ret_culprit)
{
	int r = nwfilter_match_protocol(resolved->rule.protocol, view, rule, ret_never);

	for (size_t i = 0; i < resolved->rule.n_values && r == 0; i++)
		r = add_value(resolved, i, view, reversed, rule, ret_never, ret_culprit);
	return r;
}
