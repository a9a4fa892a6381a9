/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guard's program and vifd share: the values of its maps.
 *
 *	ports	by ifindex: what a guest may send; vifd replaces it whole
 *	states	by identity: what the program has learned, and its clocks
 *	drops	by identity and processor: how many frames which rule dropped
 *	lists	the decisions of packet filters, by number: never changed, only made
 *		and deleted, so that many ports can have the same
 *	flows	by port and bucket: what was let pass, so that its answers are
 *	news	that something was learned or forgotten, for vifd: a ring buffer of words
 *	epoch	how many times an address was taken out of a set
 *	hits	by port, list and rule: how many frames a rule of a filter decided on
 *	sets	what a set's number stands for now; its addresses are in `members`
 *
 * An identity outlives a link: a tap that was made again keeps what was learned.
 * A vifd takes over the maps of one before it if their sizes are its own: who
 * changes what a value means without changing its size renames the map.
 */
#pragma once

#include <linux/types.h>

enum {
	GUARD_ADDRESSES_MAX = 32, /* of a family, of a port */
	GUARD_PORTS_MAX = 16384,
	GUARD_IDENTITY_SIZE = 16,
	GUARD_LEARNED_MAX = 8,      /* IPv6 addresses of a port */
	GUARD_PREFIXES_MAX = 4,     /* of the network */
	GUARD_DAD_NSEC = 500000000, /* so long is somebody waited for who has an IPv6 address */
	GUARD_VLANS = 4096,
};

/* What is checked. */
enum guard_check {
	GUARD_CHECK_MAC = 1 << 0,         /* Ethernet's source, ARP's and ND's too */
	GUARD_CHECK_IP = 1 << 1,          /* only the addresses that are listed or learned */
	GUARD_CHECK_LEARN = 1 << 2,       /* learn them: DHCP; IPv6 by its duplicate detection */
	GUARD_CHECK_DHCP_SERVER = 1 << 3, /* no answers of a DHCP server */
	GUARD_CHECK_RA = 1 << 4,          /* no router advertisements, no redirects */
	GUARD_CHECK_OTHER = 1 << 5,       /* nothing but IPv4, IPv6, ARP */
};

/* Which rule dropped a frame. */
enum guard_rule {
	GUARD_PASS,
	GUARD_MAC,
	GUARD_ARP,
	GUARD_IPV4,
	GUARD_IPV6,
	GUARD_ND,
	GUARD_DHCP_SERVER,
	GUARD_RA,
	GUARD_OTHER,
	GUARD_RATE,
	GUARD_TAGS,
	GUARD_VLAN,      /* of a VLAN that the port is not in, either way */
	GUARD_FILTER,    /* by a rule of its packet filter */
	GUARD_MALFORMED, /* cut short, or so that its parts cannot be looked at */
	GUARD_RULE_COUNT,
};

/* What the VLANs of a port are to its guest. */
enum guard_vlan_mode {
	GUARD_VLAN_ANY,    /* tags are the guest's own business */
	GUARD_VLAN_ACCESS, /* it is in one, and sees no tags */
	GUARD_VLAN_TRUNK,  /* it is in several, by tags */
};

struct guard_ipv4 {
	__be32 address, mask;
};

struct guard_ipv6 {
	__be32 address[4], mask[4];
};

struct guard_identity {
	__u8 bytes[GUARD_IDENTITY_SIZE];
};

/* --- packet filters ------------------------------------------------------------- */

/*
 * A frame as its filter sees it: words, in the host's byte order, right-aligned.
 * Those of a part that the frame does not have mean nothing.
 */
enum guard_word {
	GUARD_WORD_PARTS, /* bits: enum guard_part */
	GUARD_WORD_MAC_SOURCE,
	GUARD_WORD_MAC_DESTINATION = GUARD_WORD_MAC_SOURCE + 2, /* 2 bytes and 4 */
	GUARD_WORD_ETHERTYPE = GUARD_WORD_MAC_DESTINATION + 2,
	GUARD_WORD_VLAN,
	GUARD_WORD_VLAN_ETHERTYPE,
	GUARD_WORD_ARP_HARDWARE,
	GUARD_WORD_ARP_PROTOCOL,
	GUARD_WORD_ARP_OPERATION,
	GUARD_WORD_ARP_MAC_SOURCE,
	GUARD_WORD_ARP_MAC_TARGET = GUARD_WORD_ARP_MAC_SOURCE + 2,
	GUARD_WORD_ARP_IP_SOURCE = GUARD_WORD_ARP_MAC_TARGET + 2,
	GUARD_WORD_ARP_IP_TARGET,
	GUARD_WORD_SOURCE, /* IPv4: as IPv6 has it, ::ffff:a.b.c.d */
	GUARD_WORD_DESTINATION = GUARD_WORD_SOURCE + 4,
	GUARD_WORD_DSCP = GUARD_WORD_DESTINATION + 4,
	GUARD_WORD_PROTOCOL,
	GUARD_WORD_PORT_SOURCE,
	GUARD_WORD_PORT_DESTINATION,
	GUARD_WORD_TCP_FLAGS,
	GUARD_WORD_ICMP_TYPE,
	GUARD_WORD_ICMP_CODE,
	GUARD_WORD_ICMP_ID,
	GUARD_WORD_STP_TYPE,
	GUARD_WORD_STP_FLAGS,
	GUARD_WORD_STP_ROOT_PRIORITY,
	GUARD_WORD_STP_ROOT_MAC,
	GUARD_WORD_STP_ROOT_COST = GUARD_WORD_STP_ROOT_MAC + 2,
	GUARD_WORD_STP_SENDER_PRIORITY,
	GUARD_WORD_STP_SENDER_MAC,
	GUARD_WORD_STP_PORT = GUARD_WORD_STP_SENDER_MAC + 2,
	GUARD_WORD_STP_AGE,
	GUARD_WORD_STP_AGE_MAX,
	GUARD_WORD_STP_HELLO,
	GUARD_WORD_STP_DELAY,
	GUARD_WORD_STATE,   /* a bit of enum guard_state_bit */
	GUARD_WORD_LEARNED, /* bits: enum guard_learned_bit */
	GUARD_WORD_AT,      /* where what is behind the IP header begins */
	GUARD_WORD_FRAGMENT_ID,
	GUARD_WORD_FRAGMENT,       /* enum guard_fragment */
	GUARD_WORD_END,            /* that the frame has come to */
	GUARD_WORD_ARP_GRATUITOUS, /* 1: its two IP addresses are the same one; else 0 */
	GUARD_WORD_COUNT,
	GUARD_WORDS = 64,
	/* A test of one of these asks whether the address is in the set of number `low`. */
	GUARD_SET_SOURCE = GUARD_WORDS,
	GUARD_SET_DESTINATION,
	GUARD_SET_ARP_SOURCE,
	GUARD_SET_ARP_TARGET,
};

enum guard_part {
	GUARD_PART_VLAN = 1 << 0,
	GUARD_PART_ARP = 1 << 1,
	GUARD_PART_IPV4 = 1 << 2,
	GUARD_PART_IPV6 = 1 << 3,
	GUARD_PART_IP = 1 << 4,
	GUARD_PART_PORTS = 1 << 5,
	GUARD_PART_TCP = 1 << 6,
	GUARD_PART_ICMP = 1 << 7,
	GUARD_PART_STP = 1 << 8,       /* only its type; it has no more that tells of a change */
	GUARD_PART_STP_WHOLE = 1 << 9, /* all of it */
	GUARD_PART_STATE = 1 << 10,
};

enum guard_state_bit {
	GUARD_STATE_NEW = 1 << 0,
	GUARD_STATE_ESTABLISHED = 1 << 1,
	GUARD_STATE_RELATED = 1 << 2,
	GUARD_STATE_INVALID = 1 << 3,
};

/* Which addresses of the frame the guard has learned; and whether it has learned any. */
enum guard_learned_bit {
	GUARD_LEARNED_SOURCE = 1 << 0,
	GUARD_LEARNED_DESTINATION = 1 << 1,
	GUARD_LEARNED_ARP_SOURCE = 1 << 2,
	GUARD_LEARNED_ARP_TARGET = 1 << 3,
	GUARD_LEARNED_ANY = 1 << 4,
};

enum guard_fragment {
	GUARD_FRAGMENT_NONE,
	GUARD_FRAGMENT_FIRST,
	GUARD_FRAGMENT_LATER,
};

struct guard_packet {
	__u32 words[GUARD_WORDS];
};

/*
 * A decision: is (word & mask) from low to low + span? Where the way leads then: to
 * a decision behind this one, or to the end (GUARD_END).
 */
struct guard_test {
	__u32 word, mask, low, span, yes, no;
};

/* An end of a list's ways: a verdict, and which rule it is of. */
#define GUARD_END 0x80000000U
#define GUARD_END_TRACK 0x10000000U /* GUARD_ACCEPT: what is new begins a flow */
#define GUARD_END_RULE 0x00ffffffU
#define GUARD_END_VERDICT(end) ((end) >> 29 & 3)
#define GUARD_END_MAKE(verdict, rule) (GUARD_END | (__u32)(verdict) << 29 | (__u32)(rule))

enum guard_verdict {
	GUARD_ACCEPT,
	GUARD_DROP,
	GUARD_REJECT,
};

/* A list's decisions are in pieces; the ways lead forward only, so each is gone through once. */
enum {
	GUARD_PIECE = 64,
	GUARD_PIECES_MAX = 512, /* of a list */
	GUARD_PIECES_ALL_MAX = 65536,
	GUARD_HITS_MAX = 65536,
	GUARD_SETS_MAX = 16384,
	GUARD_MEMBERS_MAX = 262144, /* of all sets */
};

struct guard_piece_key {
	__u32 list, piece;
};

struct guard_piece {
	struct guard_test tests[GUARD_PIECE];
};

struct guard_hits_key {
	struct guard_identity identity;
	__u32 list, rule;
};

/* Of a longest-prefix map: prefixes are of set and address together. */
struct guard_member {
	__u32 prefix, set;
	__u8 address[16];
};

enum guard_direction {
	GUARD_FROM_GUEST,
	GUARD_TO_GUEST,
	GUARD_DIRECTION_COUNT,
};

/* --- flows --- */

enum {
	GUARD_BUCKET = 8,
	GUARD_BUCKETS_MAX = 4096, /* of a port: 32768 flows */
	GUARD_BUCKETS_SURE = 16,  /* of these, made with the port */
	GUARD_BUCKETS_ALL_MAX = 262144,
};
_Static_assert(GUARD_PORTS_MAX *GUARD_BUCKETS_SURE <= GUARD_BUCKETS_ALL_MAX,
	       "every port has its own");

struct guard_bucket_key {
	struct guard_identity identity;
	__u32 bucket;
};

/* Addresses as words (GUARD_WORD_SOURCE), so that both directions have the same. */
struct guard_flow_key {
	__u32 guest[4], remote[4];
	__u32 ports; /* the guest's and the remote one's; an identifier of ICMP */
	__u32 kind;  /* protocol, family, VLAN */
} __attribute__((aligned(8)));

struct guard_flow {
	struct guard_flow_key key;
	__u32 state;
	__u32 seen;       /* seconds of CLOCK_MONOTONIC */
	__u32 generation; /* of the rules that let it pass */
	__u32 pad;
};

struct guard_bucket {
	__u32 hashes[GUARD_BUCKET];
	struct guard_flow flows[GUARD_BUCKET];
};

/* What vif_try is asked and answers, in the frame's cb[]: the direction, and these. */
enum guard_try {
	GUARD_TRY_DIRECTION,
	GUARD_TRY_RULE,
	GUARD_TRY_END,
};

enum guard_filter_flag {
	GUARD_FILTER_ON = 1 << 0,
	GUARD_FILTER_LEARNED = 1 << 1, /* its rules ask for what was learned */
	GUARD_FILTER_STATE = 1 << 2,   /* … for states, or begin flows */
	GUARD_FILTER_SETS = 1 << 3,    /* … for sets that were made */
	GUARD_FILTER_FIRST = 1 << 4,   /* what the guest sends first from is learned, for good */
};

/* --- a port --------------------------------------------------------------------- */

struct guard_port {
	struct guard_identity identity;
	__u32 checks;
	__u32 redirect; /* ifindex that gets what passes, by its egress; 0: it goes on */
	__u8 mac[6];
	__u16 vlan; /* of frames without a tag; 0: none, and a trunk drops them */
	__u32 vlan_mode;
	__u32 vlan_bare; /* a trunk gives them to the guest without a tag */
	__u32 n_ipv4, n_ipv6;
	__u32 filter;                       /* enum guard_filter_flag */
	__u32 lists[GUARD_DIRECTION_COUNT]; /* their numbers */
	__u32 first[GUARD_DIRECTION_COUNT]; /* the way that they begin with */
	/* The end of what is of a flow, where a list asks nothing else about that; else 0. */
	__u32 settled[GUARD_DIRECTION_COUNT];
	__u32 generation;    /* of the lists' content: the same for the same */
	__u64 interval_nsec; /* between two broadcasts in the long run; 0: no limit */
	__u64 burst_nsec;    /* so much may they be ahead of that */
	struct guard_ipv4 ipv4[GUARD_ADDRESSES_MAX];
	struct guard_ipv6 ipv6[GUARD_ADDRESSES_MAX];
	__u64 vlans[GUARD_VLANS / 64]; /* bits: those of a trunk */
};

/* Times are of CLOCK_MONOTONIC, in ns; 0: there is none. */
struct guard_learned {
	__be32 address[4];
	__u64 since; /* the guest asked whether somebody has it */
};

struct guard_prefix {
	__be32 address[4], mask[4];
	__u64 until;
};

struct guard_state {
	__u64 next_broadcast;
	__u64 ipv4_until;
	__be32 ipv4;
	__u32 next; /* place of the next that is learned, and of the next prefix */
	__u32 next_prefix;
	__u32 pad;
	struct guard_learned ipv6[GUARD_LEARNED_MAX];
	struct guard_prefix prefixes[GUARD_PREFIXES_MAX];
};

struct guard_drops {
	__u64 frames[GUARD_RULE_COUNT];
};
