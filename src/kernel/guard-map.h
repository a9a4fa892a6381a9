/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guard's program and vifd share: the values of its maps.
 *
 *	ports	by ifindex: what a guest may send; vifd replaces it whole
 *	states	by identity: what the program has learned, and its clocks
 *	drops	by identity and processor: how many frames which rule dropped
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
	GUARD_LEARNED_MAX = 8,  /* IPv6 addresses of a port */
	GUARD_PREFIXES_MAX = 4, /* of the network */
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

struct guard_port {
	struct guard_identity identity;
	__u32 checks;
	__u32 redirect; /* ifindex that gets what passes, by its egress; 0: it goes on */
	__u8 mac[6];
	__u16 vlan; /* of frames without a tag; 0: none, and a trunk drops them */
	__u32 vlan_mode;
	__u32 vlan_bare; /* a trunk gives them to the guest without a tag */
	__u32 n_ipv4, n_ipv6;
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
