/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the guard's program: <vif:security>, what a guest sends checked header by header. */
#pragma once

#include "kernel/guard-learn.bpf.h"

/* --- neighbour discovery -------------------------------------------------------- */

/* The link-layer addresses in the options from `at` to `end`: only the guest's own. */
__noinline int check_nd_options(struct __sk_buff *skb, const struct guard_port *port, __u32 at,
				__u32 end)
{
	if (!port)
		return GUARD_ND;
	for (int i = 0; i < ND_OPTIONS_MAX; i++) {
		struct {
			__u8 type, size, mac[6];
		} option;

		if (at >= end)
			return GUARD_PASS;
		if (!load(skb, at, &option, sizeof(option)) || option.size == 0)
			return GUARD_MALFORMED;
		if ((option.type == ND_OPTION_SOURCE || option.type == ND_OPTION_TARGET) &&
		    (option.size != 1 || !mac_is(option.mac, port->mac)))
			return GUARD_ND;
		at += option.size * 8;
	}
	return at >= end ? GUARD_PASS : GUARD_MALFORMED;
}

static __noinline int check_nd_target(const struct guard_port *port, const __be32 *target,
				      bool asks)
{
	if (!port || !target)
		return GUARD_ND;
	if (ipv6_is_guests(port, target) || (asks && learn_asked(port, target)))
		return GUARD_PASS;
	return GUARD_ND;
}

__noinline int check_icmpv6(struct __sk_buff *skb, const struct guard_port *port,
			    const struct upper *upper)
{
	int rule = GUARD_PASS;
	struct nd nd = { 0 };
	bool has_target;

	if (!port || !upper || !load(skb, upper->at, &nd, 4))
		return GUARD_MALFORMED;
	if (nd.type == ND_ROUTER_ADVERT || nd.type == ND_REDIRECT)
		return port->checks & GUARD_CHECK_RA ? GUARD_RA : GUARD_PASS;
	if (nd.type == MLD2_REPORT || (nd.type >= MLD_FIRST && nd.type <= MLD_LAST))
		return GUARD_PASS;
	if (nd.type < ND_ROUTER_SOLICIT || nd.type > ND_NEIGHBOUR_ADVERT)
		return upper->unspecified ? GUARD_IPV6 : GUARD_PASS;
	if (upper->fragment)
		return GUARD_ND;
	has_target = nd.type != ND_ROUTER_SOLICIT;
	if (has_target && !load(skb, upper->at, &nd, sizeof(nd)))
		return GUARD_MALFORMED;
	if (port->checks & GUARD_CHECK_IP &&
	    (nd.type == ND_NEIGHBOUR_ADVERT ||
	     (nd.type == ND_NEIGHBOUR_SOLICIT && upper->unspecified)))
		rule = check_nd_target(port, nd.target, nd.type == ND_NEIGHBOUR_SOLICIT);
	else if (nd.type == ND_NEIGHBOUR_SOLICIT && upper->unspecified)
		(void)learn_asked(port, nd.target);
	if (rule == GUARD_PASS && port->checks & GUARD_CHECK_MAC)
		rule = check_nd_options(skb, port, upper->at + (has_target ? sizeof(nd) : 8),
					upper->end);
	return rule;
}

/* --- the headers ---------------------------------------------------------------- */

__noinline int check_udp(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	struct udp udp;

	if (!port || !load(skb, at, &udp, sizeof(udp)))
		return GUARD_MALFORMED;
	if (port->checks & GUARD_CHECK_DHCP_SERVER &&
	    (udp.from == bpf_htons(DHCP_SERVER) || udp.to == bpf_htons(DHCP_CLIENT) ||
	     udp.from == bpf_htons(DHCPV6_SERVER) || udp.to == bpf_htons(DHCPV6_CLIENT)))
		return GUARD_DHCP_SERVER;
	if (learns(port) && udp.to == bpf_htons(DHCP_SERVER))
		forget_lease(skb, port, at + sizeof(udp));
	return GUARD_PASS;
}

/* Who has no address yet asks a DHCP server for one. */
static __noinline bool asks_for_address(struct __sk_buff *skb, __u32 at)
{
	struct udp udp;

	return load(skb, at, &udp, sizeof(udp)) && udp.from == bpf_htons(DHCP_CLIENT) &&
	       udp.to == bpf_htons(DHCP_SERVER);
}

__noinline int check_ipv4(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	__u32 size, length;
	struct ipv4 ip;
	bool first;

	if (!port || !load(skb, at, &ip, sizeof(ip)))
		return GUARD_MALFORMED;
	size = (ip.version_ihl & 15) * 4;
	length = bpf_ntohs(ip.length);
	if (ip.version_ihl >> 4 != 4 || size < sizeof(ip) || length < size || at + size > skb->len)
		return GUARD_MALFORMED;
	first = !(ip.fragment & bpf_htons(0x1fff));
	if (ip.protocol == IPPROTO_UDP && first && length < size + sizeof(struct udp))
		return GUARD_MALFORMED;
	if (port->checks & GUARD_CHECK_IP && !ipv4_is_guests(port, ip.from) &&
	    (ip.from || !first || ip.protocol != IPPROTO_UDP || !asks_for_address(skb, at + size)))
		return GUARD_IPV4;
	return ip.protocol == IPPROTO_UDP && first ? check_udp(skb, port, at + size) : GUARD_PASS;
}

__noinline int check_ipv6(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	struct upper upper = { 0 };
	struct ipv6 ip;

	if (!port || !load(skb, at, &ip, sizeof(ip)) ||
	    (ip.flow & bpf_htonl(0xf0000000)) != bpf_htonl(0x60000000))
		return GUARD_MALFORMED;
	upper.at = at + sizeof(ip);
	upper.end = ip.length ? upper.at + bpf_ntohs(ip.length) : skb->len;
	upper.protocol = ip.next;
	upper.unspecified = ipv6_is_zero(ip.from);
	if (!find_upper(skb, &upper))
		return GUARD_MALFORMED;
	if (port->checks & GUARD_CHECK_IP && !ipv6_is_guests(port, ip.from) &&
	    !(upper.unspecified && upper.protocol == IPPROTO_ICMPV6))
		return GUARD_IPV6;
	if (upper.protocol == IPPROTO_ICMPV6)
		return check_icmpv6(skb, port, &upper);
	return upper.protocol == IPPROTO_UDP ? check_udp(skb, port, upper.at) : GUARD_PASS;
}

__noinline int check_arp(struct __sk_buff *skb, const struct guard_port *port, __u32 at,
			 bool reverse)
{
	struct arp arp;
	__be32 sender;
	bool asks;

	if (!port || !load(skb, at, &arp, sizeof(arp)) || arp.hardware != bpf_htons(1) ||
	    arp.protocol != bpf_htons(ETH_P_IP) || arp.hardware_size != 6 || arp.protocol_size != 4)
		return GUARD_MALFORMED;
	asks = arp.operation == bpf_htons(reverse ? RARP_REQUEST : ARP_REQUEST);
	if (!asks && (reverse || arp.operation != bpf_htons(ARP_REPLY)))
		return GUARD_ARP;
	if (port->checks & GUARD_CHECK_MAC && !mac_is(arp.sender_mac, port->mac))
		return GUARD_ARP;
	__builtin_memcpy(&sender, arp.sender_ip, sizeof(sender));
	if (port->checks & GUARD_CHECK_IP && !(asks && !sender) && !ipv4_is_guests(port, sender))
		return GUARD_ARP;
	return GUARD_PASS;
}

/* --- a frame -------------------------------------------------------------------- */

static __always_inline int check_protocol(struct __sk_buff *skb, const struct guard_port *port,
					  __u32 at, __be16 protocol)
{
	switch (protocol) {
	case bpf_htons(ETH_P_IP):
		return check_ipv4(skb, port, at);
	case bpf_htons(ETH_P_IPV6):
		return check_ipv6(skb, port, at);
	case bpf_htons(ETH_P_ARP):
		return check_arp(skb, port, at, false);
	case bpf_htons(ETH_P_RARP):
		return check_arp(skb, port, at, true);
	default:
		return port->checks & GUARD_CHECK_OTHER ? GUARD_OTHER : GUARD_PASS;
	}
}

/* May one more be sent now? The clock of the next one runs ahead by an interval each. */
static __noinline bool rate_passes(const struct guard_port *port)
{
	struct guard_state *state = port ? state_of(port) : NULL;
	__u64 now = bpf_ktime_get_ns(), next;

	if (!state || !port)
		return false;
	next = state->next_broadcast;
	if (next > now + port->burst_nsec)
		return false;
	if (next < now)
		__sync_val_compare_and_swap(&state->next_broadcast, next, now);
	__sync_fetch_and_add(&state->next_broadcast, port->interval_nsec);
	return true;
}

static __always_inline int check_frame(struct __sk_buff *skb, const struct guard_port *port)
{
	__u32 at = ETH_HLEN;
	struct ethhdr eth;
	__be16 protocol;
	int rule;

	if (!load(skb, 0, &eth, sizeof(eth)))
		return GUARD_MALFORMED;
	if (port->checks & GUARD_CHECK_MAC && !mac_is(eth.h_source, port->mac))
		return GUARD_MAC;
	protocol = eth.h_proto;
	if (!skip_tags(skb, &at, &protocol))
		return GUARD_TAGS;
	rule = check_protocol(skb, port, at, protocol);
	if (rule != GUARD_PASS || !port->interval_nsec)
		return rule;
	if (!(eth.h_dest[0] & 1) && protocol != bpf_htons(ETH_P_ARP))
		return GUARD_PASS;
	return rate_passes(port) ? GUARD_PASS : GUARD_RATE;
}

/*
 * Most frames by far, looked at where they lie: an untagged IPv4 packet to one
 * receiver, whole, without options, of TCP (or anything but UDP), from the guest's
 * MAC and the first of its addresses. All others take the long way, as this could.
 */
static __always_inline bool passes_at_once(struct __sk_buff *skb, const struct guard_port *port)
{
	const struct ethhdr *eth = (void *)(long)skb->data;
	const struct ipv4 *ip = (const void *)(eth + 1);

	if ((void *)(ip + 1) > (void *)(long)skb->data_end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    (eth->h_dest[0] & 1) || !mac_is(eth->h_source, port->mac))
		return false;
	if (ip->version_ihl != 0x45 || ip->protocol == IPPROTO_UDP ||
	    (ip->fragment & bpf_htons(0x3fff)) || bpf_ntohs(ip->length) < sizeof(*ip))
		return false;
	return !(port->checks & GUARD_CHECK_IP) ||
	       (port->n_ipv4 > 0 && !((ip->from ^ port->ipv4[0].address) & port->ipv4[0].mask));
}
