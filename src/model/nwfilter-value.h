/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a rule of a packet filter can say of a frame: the attributes of libvirt's
 * protocol elements (nwfilter.rng, formatnwfilter), and their values, each a
 * literal or a variable that the port gives a list for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "model/mac.h"

/* The protocol elements. The first ones, to IPV6, are about the link; the others about IP. */
enum nwfilter_protocol {
	NWFILTER_ANY, /* a rule without an element */
	NWFILTER_MAC,
	NWFILTER_VLAN,
	NWFILTER_STP,
	NWFILTER_ARP,
	NWFILTER_RARP,
	NWFILTER_IP,
	NWFILTER_IPV6,
	NWFILTER_TCP,
	NWFILTER_UDP,
	NWFILTER_UDPLITE,
	NWFILTER_ESP,
	NWFILTER_AH,
	NWFILTER_SCTP,
	NWFILTER_ICMP,
	NWFILTER_IGMP,
	NWFILTER_ALL,
	NWFILTER_TCP_IPV6,
	NWFILTER_UDP_IPV6,
	NWFILTER_UDPLITE_IPV6,
	NWFILTER_ESP_IPV6,
	NWFILTER_AH_IPV6,
	NWFILTER_SCTP_IPV6,
	NWFILTER_ICMPV6,
	NWFILTER_ALL_IPV6,
	NWFILTER_PROTOCOL_COUNT,
};

const char *nwfilter_protocol_name(enum nwfilter_protocol protocol); /* NULL for NWFILTER_ANY */
bool nwfilter_protocol_is_link(enum nwfilter_protocol protocol);
int nwfilter_protocol_family(enum nwfilter_protocol protocol); /* AF_INET, AF_INET6, or 0 */

enum nwfilter_what {
	NWFILTER_SOURCE_MAC,
	NWFILTER_SOURCE_MAC_MASK,
	NWFILTER_TARGET_MAC,
	NWFILTER_TARGET_MAC_MASK,
	NWFILTER_PROTOCOL_ID,
	NWFILTER_VLAN_ID,
	NWFILTER_VLAN_PROTOCOL,
	NWFILTER_STP_TYPE,
	NWFILTER_STP_FLAGS,
	NWFILTER_STP_ROOT_PRIORITY,
	NWFILTER_STP_ROOT_PRIORITY_HIGH,
	NWFILTER_STP_ROOT_MAC,
	NWFILTER_STP_ROOT_MAC_MASK,
	NWFILTER_STP_ROOT_COST,
	NWFILTER_STP_ROOT_COST_HIGH,
	NWFILTER_STP_SENDER_PRIORITY,
	NWFILTER_STP_SENDER_PRIORITY_HIGH,
	NWFILTER_STP_SENDER_MAC,
	NWFILTER_STP_SENDER_MAC_MASK,
	NWFILTER_STP_PORT,
	NWFILTER_STP_PORT_HIGH,
	NWFILTER_STP_AGE,
	NWFILTER_STP_AGE_HIGH,
	NWFILTER_STP_AGE_MAX,
	NWFILTER_STP_AGE_MAX_HIGH,
	NWFILTER_STP_HELLO,
	NWFILTER_STP_HELLO_HIGH,
	NWFILTER_STP_DELAY,
	NWFILTER_STP_DELAY_HIGH,
	NWFILTER_ARP_HARDWARE,
	NWFILTER_ARP_PROTOCOL,
	NWFILTER_ARP_OPERATION,
	NWFILTER_ARP_SOURCE_MAC,
	NWFILTER_ARP_TARGET_MAC,
	NWFILTER_ARP_SOURCE_IP,
	NWFILTER_ARP_SOURCE_IP_MASK,
	NWFILTER_ARP_TARGET_IP,
	NWFILTER_ARP_TARGET_IP_MASK,
	NWFILTER_ARP_GRATUITOUS,
	NWFILTER_SOURCE_IP,
	NWFILTER_SOURCE_IP_MASK,
	NWFILTER_TARGET_IP,
	NWFILTER_TARGET_IP_MASK,
	NWFILTER_SOURCE_IP_FROM,
	NWFILTER_SOURCE_IP_TO,
	NWFILTER_TARGET_IP_FROM,
	NWFILTER_TARGET_IP_TO,
	NWFILTER_PROTOCOL,
	NWFILTER_DSCP,
	NWFILTER_CONNLIMIT,
	NWFILTER_STATE,
	NWFILTER_IPSET,
	NWFILTER_IPSET_FLAGS,
	NWFILTER_SOURCE_PORT,
	NWFILTER_SOURCE_PORT_END,
	NWFILTER_TARGET_PORT,
	NWFILTER_TARGET_PORT_END,
	NWFILTER_TCP_FLAGS,
	NWFILTER_ICMP_TYPE,
	NWFILTER_ICMP_TYPE_END,
	NWFILTER_ICMP_CODE,
	NWFILTER_ICMP_CODE_END,
	NWFILTER_COMMENT,
	NWFILTER_WHAT_COUNT,
};

/* Which member of struct nwfilter_value holds it. */
enum nwfilter_kind {
	NWFILTER_KIND_NUMBER, /* up to max; names stand for numbers too */
	NWFILTER_KIND_MAC,
	NWFILTER_KIND_ADDRESS, /* of the protocol's family; ARP's is IPv4 */
	NWFILTER_KIND_PREFIX,  /* number; written as a number or as a netmask */
	NWFILTER_KIND_BOOLEAN, /* number */
	NWFILTER_KIND_STATES,  /* number: bits of enum packet_state; 0 is NONE */
	NWFILTER_KIND_FLAGS,   /* number: mask << 8 | flags, of TCP */
	NWFILTER_KIND_SET,     /* text: the name of a set of the host's */
	NWFILTER_KIND_SET_FLAGS,
	NWFILTER_KIND_COMMENT, /* text */
};

struct nwfilter_name {
	const char *name;
	uint32_t number;
};

struct nwfilter_attribute {
	enum nwfilter_what what;
	const char *name;
	unsigned protocols; /* bits of enum nwfilter_protocol: whose element has it */
	enum nwfilter_kind kind;
	uint32_t min, max;                 /* of a number */
	const struct nwfilter_name *names; /* of numbers; ends with NULL */
};

/* All of them, in the order in which libvirt writes them. */
extern const struct nwfilter_attribute nwfilter_attributes[];
extern const size_t n_nwfilter_attributes;

bool nwfilter_attribute_is_of(const struct nwfilter_attribute *attribute,
			      enum nwfilter_protocol protocol);

/* Of a value that is "$NAME", "$NAME[2]" or "$NAME[@1]". */
struct nwfilter_variable {
	char *name; /* NULL: the value is a literal */
	bool is_element;
	uint32_t number; /* of the element, or of the iterator: of one number go in step */
};

struct nwfilter_value {
	const struct nwfilter_attribute *attribute;
	bool negated; /* match='no' */
	struct nwfilter_variable variable;
	bool hexadecimal; /* the number was written so */
	uint32_t number;
	struct mac mac;
	struct address address;
	char *text;
};

/*
 * A literal of that attribute. Returns 0 and fills what its kind says of *value, or -EINVAL, and
 * then *ret_why is what is wrong with it, the end of a sentence; or -ENOMEM.
 */
int nwfilter_value_parse(const struct nwfilter_attribute *attribute,
			 enum nwfilter_protocol protocol, const char *text,
			 struct nwfilter_value *value, const char **ret_why);

/* A literal or a variable as libvirt writes it: the caller's to free; NULL when out of memory. */
char *nwfilter_value_format(const struct nwfilter_value *value);

/* "$NAME…": 0, -EINVAL or -ENOMEM. */
int nwfilter_variable_parse(const char *text, struct nwfilter_variable *ret);
bool nwfilter_variable_name_is_valid(const char *name);

int nwfilter_value_copy(const struct nwfilter_value *value, struct nwfilter_value *ret);
void nwfilter_value_done(struct nwfilter_value *value);
