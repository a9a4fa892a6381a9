/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the guard's program: the maps of ports, and the headers of frames. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kernel/guard-map.h"

enum {
	TAG_SIZE = 4,
	TAGS_MAX = 2, /* in the frame; one more may be in the metadata */
	EXTENSIONS_MAX = 8,
	ND_OPTIONS_MAX = 8,
	DHCP_OPTIONS_MAX = 48,
	DHCP_OPTIONS_AT = 240, /* behind the magic number */
	DHCP_CLIENT = 68,
	DHCP_SERVER = 67,
	DHCPV6_CLIENT = 546,
	DHCPV6_SERVER = 547,
	DHCP_ACK = 5,
	DHCP_RELEASE = 7,
	NEXT_NONE = 59,
};

static const __u64 dad_nsec = GUARD_DAD_NSEC;
static const __u64 second_nsec = 1000000000;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct guard_port);
} vif_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_PORTS_MAX);
	__type(key, struct guard_identity);
	__type(value, struct guard_state);
} vif_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_PORTS_MAX);
	__type(key, struct guard_identity);
	__type(value, struct guard_drops);
} vif_drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} vif_news SEC(".maps");

struct ipv4 {
	__u8 version_ihl, tos;
	__be16 length, id, fragment;
	__u8 ttl, protocol;
	__be16 check;
	__be32 from, to;
};

struct ipv6 {
	__be32 flow;
	__be16 length;
	__u8 next, hops;
	__be32 from[4], to[4];
};

struct arp {
	__be16 hardware, protocol;
	__u8 hardware_size, protocol_size;
	__be16 operation;
	__u8 sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
};

struct udp {
	__be16 from, to, length, check;
};

struct nd {
	__u8 type, code;
	__be16 check;
	__be32 flags;
	__be32 target[4];
};

struct dhcp {
	__u8 operation, type, size, hops;
	__be32 id;
	__be16 seconds, flags;
	__be32 client, yours, server, relay;
	__u8 mac[6];
};

enum {
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	RARP_REQUEST = 3,
	ND_ROUTER_SOLICIT = 133,
	ND_ROUTER_ADVERT = 134,
	ND_NEIGHBOUR_SOLICIT = 135,
	ND_NEIGHBOUR_ADVERT = 136,
	ND_REDIRECT = 137,
	MLD_FIRST = 130, /* to 132 */
	MLD_LAST = 132,
	MLD2_REPORT = 143,
	ND_OPTION_SOURCE = 1,
	ND_OPTION_TARGET = 2,
	ND_OPTION_PREFIX = 3,
};

static __always_inline bool mac_is(const __u8 *a, const __u8 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[4] == b[4] &&
	       a[5] == b[5];
}

static __always_inline bool load(struct __sk_buff *skb, __u32 at, void *to, __u32 size)
{
	return bpf_skb_load_bytes(skb, at, to, size) == 0;
}

struct upper {
	__u32 at, end;
	__u8 protocol; /* NEXT_NONE: of a later fragment, or there is none */
	bool fragment;
	bool unspecified; /* the packet's source is "::" */
	bool later;       /* a fragment that is not the first */
	__u8 next;        /* of a fragment: what the whole has there */
	__u32 id;         /* of a fragment */
};

static __always_inline bool is_tag(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD) ||
	       protocol == bpf_htons(ETH_P_QINQ1);
}

/* Steps over the tags that are in the frame; false where they are too many or cut short. */
static __always_inline bool skip_tags(struct __sk_buff *skb, __u32 *at, __be16 *protocol)
{
	for (int i = 0; i < TAGS_MAX && is_tag(*protocol); i++) {
		if (!load(skb, *at + 2, protocol, sizeof(*protocol)))
			return false;
		*at += TAG_SIZE;
	}
	return !is_tag(*protocol);
}

/* What is behind the extension headers; false where there are too many, or they are cut short. */
__noinline bool find_upper(struct __sk_buff *skb, struct upper *upper)
{
	if (!upper)
		return false;
	for (int i = 0; i <= EXTENSIONS_MAX; i++) {
		struct {
			__u8 next, size;
			__be16 fragment;
		} header;
		__be32 id;

		if (upper->protocol != IPPROTO_HOPOPTS && upper->protocol != IPPROTO_ROUTING &&
		    upper->protocol != IPPROTO_FRAGMENT && upper->protocol != IPPROTO_AH &&
		    upper->protocol != IPPROTO_DSTOPTS && upper->protocol != IPPROTO_MH)
			return true;
		if (!load(skb, upper->at, &header, sizeof(header)))
			return false;
		if (upper->protocol == IPPROTO_FRAGMENT) {
			if (!load(skb, upper->at + 4, &id, sizeof(id)))
				return false;
			upper->fragment = true;
			upper->id = bpf_ntohl(id);
			upper->next = header.next;
			upper->later = header.fragment & bpf_htons(0xfff8);
			header.size = 0;
			if (upper->later)
				header.next = NEXT_NONE;
		}
		upper->at += upper->protocol == IPPROTO_AH ? (header.size + 2) * 4
							   : (header.size + 1) * 8;
		upper->protocol = header.next;
	}
	return false;
}
