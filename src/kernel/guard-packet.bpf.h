/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of the guard's program: a frame becomes words, for its packet filter.
 *
 * What is cut short or wrong has the parts before that; which rule matches then
 * is the filter's business.
 */
#pragma once

#include "kernel/guard-learn.bpf.h"

enum {
	STP_LLC = 0x4242,
	STP_AT = 17, /* behind the LLC header: protocol, version */
	STP_CONFIG = 0,
	STP_RAPID = 2,
	TCP_FLAGS_AT = 13,
};

/* BPF runs with softirqs off, and a program ends before the next one begins. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_packet);
} vif_packet SEC(".maps");

static __always_inline __u32 bytes2(const __u8 *bytes)
{
	return (__u32)bytes[0] << 8 | bytes[1];
}

static __always_inline __u32 bytes4(const __u8 *bytes)
{
	return bytes2(bytes) << 16 | bytes2(bytes + 2);
}

static __always_inline void put_mac(struct guard_packet *packet, __u32 word, const __u8 *mac)
{
	packet->words[word] = bytes2(mac);
	packet->words[word + 1] = bytes4(mac + 2);
}

static __always_inline void put_ipv4(struct guard_packet *packet, __u32 word, __be32 address)
{
	packet->words[word] = 0;
	packet->words[word + 1] = 0;
	packet->words[word + 2] = 0xffff;
	packet->words[word + 3] = bpf_ntohl(address);
}

static __always_inline void put_ipv6(struct guard_packet *packet, __u32 word, const __be32 *address)
{
	for (__u32 i = 0; i < 4; i++)
		packet->words[word + i] = bpf_ntohl(address[i]);
}

static __always_inline void put_ipv4_header(struct guard_packet *packet, const struct ipv4 *ip,
					    __u32 at)
{
	__u32 fragment = bpf_ntohs(ip->fragment) & 0x3fff;

	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_IPV4 | GUARD_PART_IP;
	put_ipv4(packet, GUARD_WORD_SOURCE, ip->from);
	put_ipv4(packet, GUARD_WORD_DESTINATION, ip->to);
	packet->words[GUARD_WORD_DSCP] = ip->tos >> 2;
	packet->words[GUARD_WORD_PROTOCOL] = ip->protocol;
	packet->words[GUARD_WORD_AT] = at + (ip->version_ihl & 15) * 4;
	packet->words[GUARD_WORD_FRAGMENT_ID] = bpf_ntohs(ip->id);
	packet->words[GUARD_WORD_FRAGMENT] = fragment & 0x1fff ? GUARD_FRAGMENT_LATER
					     : fragment        ? GUARD_FRAGMENT_FIRST
							       : GUARD_FRAGMENT_NONE;
}

static __noinline void put_icmp(struct __sk_buff *skb, struct guard_packet *packet, __u32 at)
{
	__u8 bytes[8] = { 0 };

	/* An identifier is in the messages that have one; the shorter ones are none. */
	if (!packet || !load(skb, at, bytes, sizeof(bytes)))
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_ICMP;
	packet->words[GUARD_WORD_ICMP_TYPE] = bytes[0];
	packet->words[GUARD_WORD_ICMP_CODE] = bytes[1];
	packet->words[GUARD_WORD_ICMP_ID] = bytes2(bytes + 4);
}

static __noinline void put_ports(struct __sk_buff *skb, struct guard_packet *packet, __u32 at)
{
	__u8 bytes[4], flags;

	if (!packet || !load(skb, at, bytes, sizeof(bytes)))
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_PORTS;
	packet->words[GUARD_WORD_PORT_SOURCE] = bytes2(bytes);
	packet->words[GUARD_WORD_PORT_DESTINATION] = bytes2(bytes + 2);
	if (packet->words[GUARD_WORD_PROTOCOL] != IPPROTO_TCP ||
	    !load(skb, at + TCP_FLAGS_AT, &flags, sizeof(flags)))
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_TCP;
	packet->words[GUARD_WORD_TCP_FLAGS] = flags;
}

/* What is behind the IP header; of a later fragment it is something else. */
__noinline int put_upper(struct __sk_buff *skb, struct guard_packet *packet)
{
	__u32 at;

	if (!packet || packet->words[GUARD_WORD_FRAGMENT] == GUARD_FRAGMENT_LATER)
		return 0;
	at = packet->words[GUARD_WORD_AT];
	switch (packet->words[GUARD_WORD_PROTOCOL]) {
	case IPPROTO_ICMP:
		if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_IPV4)
			put_icmp(skb, packet, at);
		break;
	case IPPROTO_ICMPV6:
		if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_IPV6)
			put_icmp(skb, packet, at);
		break;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		put_ports(skb, packet, at);
		break;
	}
	return 0;
}

static __noinline void parse_ipv4(struct __sk_buff *skb, struct guard_packet *packet, __u32 at)
{
	struct ipv4 ip;

	if (!packet || !load(skb, at, &ip, sizeof(ip)) || ip.version_ihl >> 4 != 4 ||
	    (ip.version_ihl & 15) < 5)
		return;
	put_ipv4_header(packet, &ip, at);
	put_upper(skb, packet);
}

static __noinline void parse_ipv6(struct __sk_buff *skb, struct guard_packet *packet, __u32 at)
{
	struct upper upper = { 0 };
	struct ipv6 ip;

	if (!packet || !load(skb, at, &ip, sizeof(ip)) ||
	    (ip.flow & bpf_htonl(0xf0000000)) != bpf_htonl(0x60000000))
		return;
	upper.at = at + sizeof(ip);
	upper.protocol = ip.next;
	if (!find_upper(skb, &upper))
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_IPV6 | GUARD_PART_IP;
	put_ipv6(packet, GUARD_WORD_SOURCE, ip.from);
	put_ipv6(packet, GUARD_WORD_DESTINATION, ip.to);
	packet->words[GUARD_WORD_DSCP] = bpf_ntohl(ip.flow) >> 22 & 63;
	packet->words[GUARD_WORD_PROTOCOL] = upper.later ? upper.next : upper.protocol;
	packet->words[GUARD_WORD_AT] = upper.at;
	packet->words[GUARD_WORD_FRAGMENT_ID] = upper.id;
	packet->words[GUARD_WORD_FRAGMENT] = upper.later      ? GUARD_FRAGMENT_LATER
					     : upper.fragment ? GUARD_FRAGMENT_FIRST
							      : GUARD_FRAGMENT_NONE;
	put_upper(skb, packet);
}

static __noinline void parse_arp(struct __sk_buff *skb, struct guard_packet *packet, __u32 at)
{
	struct arp arp;

	if (!packet || !load(skb, at, &arp, sizeof(arp)) || arp.hardware_size != 6 ||
	    arp.protocol_size != 4)
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_ARP;
	packet->words[GUARD_WORD_ARP_HARDWARE] = bpf_ntohs(arp.hardware);
	packet->words[GUARD_WORD_ARP_PROTOCOL] = bpf_ntohs(arp.protocol);
	packet->words[GUARD_WORD_ARP_OPERATION] = bpf_ntohs(arp.operation);
	put_mac(packet, GUARD_WORD_ARP_MAC_SOURCE, arp.sender_mac);
	put_mac(packet, GUARD_WORD_ARP_MAC_TARGET, arp.target_mac);
	packet->words[GUARD_WORD_ARP_IP_SOURCE] = bytes4(arp.sender_ip);
	packet->words[GUARD_WORD_ARP_IP_TARGET] = bytes4(arp.target_ip);
	packet->words[GUARD_WORD_ARP_GRATUITOUS] = packet->words[GUARD_WORD_ARP_IP_SOURCE] ==
						   packet->words[GUARD_WORD_ARP_IP_TARGET];
}

/* IEEE 802.1D-2004, 9.3. */
static __noinline void parse_stp(struct __sk_buff *skb, struct guard_packet *packet)
{
	struct {
		__u8 dsap, ssap, control, protocol[2], version, type;
	} head;
	__u8 body[31];

	if (!packet || !load(skb, ETH_HLEN, &head, sizeof(head)) || head.dsap != 0x42 ||
	    head.ssap != 0x42 || bytes2(head.protocol) != 0)
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_STP;
	packet->words[GUARD_WORD_STP_TYPE] = head.type;
	if ((head.type != STP_CONFIG && head.type != STP_RAPID) ||
	    !load(skb, ETH_HLEN + sizeof(head), body, sizeof(body)))
		return;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_STP_WHOLE;
	packet->words[GUARD_WORD_STP_FLAGS] = body[0];
	packet->words[GUARD_WORD_STP_ROOT_PRIORITY] = bytes2(body + 1);
	put_mac(packet, GUARD_WORD_STP_ROOT_MAC, body + 3);
	packet->words[GUARD_WORD_STP_ROOT_COST] = bytes4(body + 9);
	packet->words[GUARD_WORD_STP_SENDER_PRIORITY] = bytes2(body + 13);
	put_mac(packet, GUARD_WORD_STP_SENDER_MAC, body + 15);
	packet->words[GUARD_WORD_STP_PORT] = bytes2(body + 21);
	packet->words[GUARD_WORD_STP_AGE] = bytes2(body + 23);
	packet->words[GUARD_WORD_STP_AGE_MAX] = bytes2(body + 25);
	packet->words[GUARD_WORD_STP_HELLO] = bytes2(body + 27);
	packet->words[GUARD_WORD_STP_DELAY] = bytes2(body + 29);
}

static __always_inline void put_vlan(struct __sk_buff *skb, struct guard_packet *packet,
				     __be16 protocol)
{
	struct {
		__be16 tci, protocol;
	} tag;

	if (skb->vlan_present) {
		tag.tci = bpf_htons(skb->vlan_tci);
		tag.protocol = protocol;
	} else if (!is_tag(protocol) || !load(skb, ETH_HLEN, &tag, sizeof(tag))) {
		return;
	}
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_VLAN;
	packet->words[GUARD_WORD_VLAN] = bpf_ntohs(tag.tci) & 0xfff;
	packet->words[GUARD_WORD_VLAN_ETHERTYPE] = bpf_ntohs(tag.protocol);
}

__noinline int parse_frame(struct __sk_buff *skb, struct guard_packet *packet)
{
	__u32 at = ETH_HLEN;
	struct ethhdr eth;
	__be16 protocol;

	if (!packet)
		return 0;
	packet->words[GUARD_WORD_PARTS] = 0;
	packet->words[GUARD_WORD_LEARNED] = 0;
	if (!load(skb, 0, &eth, sizeof(eth)))
		return 0;
	put_mac(packet, GUARD_WORD_MAC_SOURCE, eth.h_source);
	put_mac(packet, GUARD_WORD_MAC_DESTINATION, eth.h_dest);
	put_vlan(skb, packet, eth.h_proto);
	protocol = eth.h_proto;
	(void)skip_tags(skb, &at, &protocol);
	packet->words[GUARD_WORD_ETHERTYPE] = bpf_ntohs(protocol);
	switch (protocol) {
	case bpf_htons(ETH_P_IP):
		parse_ipv4(skb, packet, at);
		break;
	case bpf_htons(ETH_P_IPV6):
		parse_ipv6(skb, packet, at);
		break;
	case bpf_htons(ETH_P_ARP):
	case bpf_htons(ETH_P_RARP):
		parse_arp(skb, packet, at);
		break;
	default:
		if (bpf_ntohs(protocol) < ETH_P_802_3_MIN)
			parse_stp(skb, packet);
	}
	return 0;
}

/* As parse_frame(), of the commonest frames: untagged, IPv4 without options, whole, TCP or UDP. */
static __always_inline bool parse_at_once(struct __sk_buff *skb, struct guard_packet *packet)
{
	const struct ethhdr *eth = (void *)(long)skb->data;
	const struct ipv4 *ip = (const void *)(eth + 1);
	const __u8 *upper = (const void *)(ip + 1);
	bool tcp;

	if ((void *)(upper + 8) > (void *)(long)skb->data_end ||
	    eth->h_proto != bpf_htons(ETH_P_IP) || skb->vlan_present || ip->version_ihl != 0x45 ||
	    ip->fragment & bpf_htons(0x3fff))
		return false;
	tcp = ip->protocol == IPPROTO_TCP;
	if (tcp ? (void *)(upper + TCP_FLAGS_AT + 1) > (void *)(long)skb->data_end
		: ip->protocol != IPPROTO_UDP)
		return false;
	packet->words[GUARD_WORD_PARTS] = GUARD_PART_PORTS | (tcp ? GUARD_PART_TCP : 0);
	packet->words[GUARD_WORD_LEARNED] = 0;
	put_mac(packet, GUARD_WORD_MAC_SOURCE, eth->h_source);
	put_mac(packet, GUARD_WORD_MAC_DESTINATION, eth->h_dest);
	packet->words[GUARD_WORD_ETHERTYPE] = ETH_P_IP;
	put_ipv4_header(packet, ip, ETH_HLEN);
	packet->words[GUARD_WORD_PORT_SOURCE] = bytes2(upper);
	packet->words[GUARD_WORD_PORT_DESTINATION] = bytes2(upper + 2);
	if (tcp)
		packet->words[GUARD_WORD_TCP_FLAGS] = upper[TCP_FLAGS_AT];
	return true;
}

static __always_inline __u32 learned_any(const struct guard_port *port)
{
	const struct guard_state *state = state_of(port);
	__u64 now = bpf_ktime_get_coarse_ns();

	if (!state)
		return 0;
	if (now < state->ipv4_until)
		return GUARD_LEARNED_ANY;
	for (__u32 i = 0; i < GUARD_LEARNED_MAX; i++)
		if (state->ipv6[i].since && now > state->ipv6[i].since + dad_nsec)
			return GUARD_LEARNED_ANY;
	return 0;
}

static __always_inline bool word_is_learned(const struct guard_packet *packet,
					    const struct guard_port *port, __u32 word)
{
	__be32 address[4];

	for (__u32 i = 0; i < 4; i++)
		address[i] = bpf_htonl(packet->words[word + i]);
	return packet->words[GUARD_WORD_PARTS] & GUARD_PART_IPV4 ? ipv4_is_learned(port, address[3])
								 : ipv6_is_learned(port, address);
}

__noinline int note_learned(struct guard_packet *packet, const struct guard_port *port)
{
	__u32 learned;

	if (!packet || !port)
		return 0;
	learned = learned_any(port);
	if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_ARP) {
		if (ipv4_is_learned(port, bpf_htonl(packet->words[GUARD_WORD_ARP_IP_SOURCE])))
			learned |= GUARD_LEARNED_ARP_SOURCE;
		if (ipv4_is_learned(port, bpf_htonl(packet->words[GUARD_WORD_ARP_IP_TARGET])))
			learned |= GUARD_LEARNED_ARP_TARGET;
	}
	if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_IP) {
		if (word_is_learned(packet, port, GUARD_WORD_SOURCE))
			learned |= GUARD_LEARNED_SOURCE;
		if (word_is_learned(packet, port, GUARD_WORD_DESTINATION))
			learned |= GUARD_LEARNED_DESTINATION;
	}
	packet->words[GUARD_WORD_LEARNED] = learned;
	return 0;
}
