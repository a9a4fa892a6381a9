/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet filter, whatever it was written as: two lists of rules, one for each
 * direction of a guest, that are gone through from the first to the last.
 *
 * A rule is what a frame has to be (all of its matches hold; none: any frame), and
 * what then becomes of it. Chains, jumps and returns are PACKET_GOTO, forwards
 * only. A frame that is at the end of its list passes if the filter says so.
 *
 * nwfilter's XML and security groups become this; the guard's program does it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers are in network byte order, right-aligned in as many bytes as the field has. */
enum packet_field {
	PACKET_MAC_SOURCE, /* 6 bytes */
	PACKET_MAC_DESTINATION,
	PACKET_ETHERTYPE,      /* 2; behind the tags; below 1536: LLC, a length */
	PACKET_VLAN,           /* 2; of the outermost tag; a frame without one does not match */
	PACKET_VLAN_ETHERTYPE, /* 2; behind the outermost tag */
	PACKET_ARP_HARDWARE,   /* 2 */
	PACKET_ARP_PROTOCOL,   /* 2 */
	PACKET_ARP_OPERATION,  /* 2 */
	PACKET_ARP_MAC_SOURCE,
	PACKET_ARP_MAC_TARGET,
	PACKET_ARP_IP_SOURCE, /* 4 */
	PACKET_ARP_IP_TARGET,
	PACKET_IPV4_SOURCE, /* 4 */
	PACKET_IPV4_DESTINATION,
	PACKET_IPV6_SOURCE, /* 16 */
	PACKET_IPV6_DESTINATION,
	PACKET_DSCP,        /* 1: 0 to 63; of IPv4 and IPv6 */
	PACKET_PROTOCOL,    /* 1; behind IPv6's extension headers */
	PACKET_PORT_SOURCE, /* 2; TCP, UDP, UDP-Lite, SCTP, DCCP; a later fragment does not match */
	PACKET_PORT_DESTINATION,
	PACKET_TCP_FLAGS, /* 1 */
	PACKET_ICMP_TYPE, /* 1; of ICMP and ICMPv6 */
	PACKET_ICMP_CODE,
	PACKET_STP_TYPE,          /* 1 */
	PACKET_STP_FLAGS,         /* 1 */
	PACKET_STP_ROOT_PRIORITY, /* 2 */
	PACKET_STP_ROOT_MAC,
	PACKET_STP_ROOT_COST,       /* 4 */
	PACKET_STP_SENDER_PRIORITY, /* 2 */
	PACKET_STP_SENDER_MAC,
	PACKET_STP_PORT, /* 2 */
	PACKET_STP_AGE,  /* 2, and so the times below */
	PACKET_STP_AGE_MAX,
	PACKET_STP_HELLO,
	PACKET_STP_DELAY,
	PACKET_STATE,           /* 1: one bit of enum packet_state; compared under a mask */
	PACKET_SET_SOURCE,      /* 4: number of a set of addresses that has the IP source */
	PACKET_SET_DESTINATION, /* … the IP destination; of IPv4 and IPv6 */
	PACKET_SET_ARP_SOURCE,  /* … the IP source inside of ARP and RARP */
	PACKET_SET_ARP_TARGET,
	PACKET_ARP_GRATUITOUS, /* 1: of ARP whose two IP addresses are the same one; else 0 */
	PACKET_LEARNED,        /* 1: is there anything in PACKET_SET_LEARNED (1, else 0) */
	PACKET_FIELD_COUNT,
};

/* What a frame is to the flows that were let pass: exactly one of them. */
enum packet_state {
	PACKET_NEW = 1 << 0,
	PACKET_ESTABLISHED = 1 << 1, /* of a flow that was let pass, whatever direction */
	PACKET_RELATED = 1 << 2,     /* an ICMP error about such a flow */
	PACKET_INVALID = 1 << 3,
};

enum {
	PACKET_VALUE_SIZE = 16,
	/* What the guard has learned of its guest; a set that is made has another number. */
	PACKET_SET_LEARNED = 0,
};

/* A frame that has no such field matches no match, a negated one neither. */
struct packet_match {
	enum packet_field field;
	bool negated;
	uint8_t mask[PACKET_VALUE_SIZE]; /* of the frame's value, before it is compared */
	uint8_t low[PACKET_VALUE_SIZE], high[PACKET_VALUE_SIZE]; /* inclusive */
};

enum packet_verdict {
	PACKET_ACCEPT,
	PACKET_DROP,
	PACKET_REJECT, /* who sent it is told, where that can be done; else it is dropped */
	PACKET_GOTO,
	PACKET_VERDICT_COUNT,
};

struct packet_rule {
	struct packet_match *matches;
	size_t n_matches;
	size_t next; /* PACKET_GOTO: the rule that is next, behind this one; n_rules: the end */
	char *name;  /* to whom drops are counted, and what a person is told */
	enum packet_verdict verdict;
	bool track; /* PACKET_ACCEPT: what is PACKET_NEW begins a flow */
};

struct packet_list {
	struct packet_rule *rules;
	size_t n_rules;
	bool accept; /* what is at the end of the list passes */
};

struct packet_filter {
	struct packet_list from_guest, to_guest;
	/* Learned is also the first IPv4 address that the guest sends from, and then no other. */
	bool learn_first;
};

/* A new last rule; NULL when out of memory. `next` is that of PACKET_GOTO. */
struct packet_rule *packet_list_add(struct packet_list *list, enum packet_verdict verdict,
				    size_t next);

/* A new last match of the rule, of which nothing but this is set; NULL when out of memory. */
struct packet_match *packet_rule_add_match(struct packet_rule *rule, enum packet_field field,
					   bool negated);
/* One that compares a number; 0 or -ENOMEM. */
int packet_rule_add(struct packet_rule *rule, enum packet_field field, bool negated, uint32_t mask,
		    uint32_t low, uint32_t high);
/* One that compares the first `prefix` bits of `size` bytes; 0 or -ENOMEM. */
int packet_rule_add_net(struct packet_rule *rule, enum packet_field field, const uint8_t *bytes,
			size_t size, unsigned prefix);
/* Values stand at the right. */
void packet_value_put(uint8_t value[static PACKET_VALUE_SIZE], const uint8_t *bytes, size_t size);

/*
 * What passes `filter` has to pass `next`, too, which begins the flows then and is empty
 * afterwards. 0 or -ENOMEM.
 */
int packet_filter_join(struct packet_filter *filter, struct packet_filter *next);

void packet_filter_done(struct packet_filter *filter);
