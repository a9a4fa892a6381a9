/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the guard's program: the addresses that are a guest's, and how they are learned. */
#pragma once

#include "kernel/guard-frame.bpf.h"

static __always_inline bool ipv6_is_zero(const __be32 *a)
{
	return !(a[0] | a[1] | a[2] | a[3]);
}

static __always_inline bool ipv6_equal(const __be32 *a, const __be32 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static __always_inline bool ipv6_in(const __be32 *a, const __be32 *net, const __be32 *mask)
{
	return !(((a[0] ^ net[0]) & mask[0]) | ((a[1] ^ net[1]) & mask[1]) |
		 ((a[2] ^ net[2]) & mask[2]) | ((a[3] ^ net[3]) & mask[3]));
}

static __always_inline bool ipv6_is_link_local(const __be32 *a)
{
	return (a[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

static __always_inline struct guard_state *state_of(const struct guard_port *port)
{
	/* Linux 6.1 takes no key from what a global function was given. */
	struct guard_identity identity = port->identity;

	return bpf_map_lookup_elem(&vif_states, &identity);
}

/* For its own checks, or for its packet filter. */
static __always_inline bool learns(const struct guard_port *port)
{
	return port->checks & GUARD_CHECK_LEARN || port->filter & GUARD_FILTER_LEARNED;
}

static __noinline bool ipv4_is_learned(const struct guard_port *port, __be32 address)
{
	const struct guard_state *state;

	if (!port)
		return false;
	state = state_of(port);
	return state && state->ipv4 == address && bpf_ktime_get_coarse_ns() < state->ipv4_until;
}

static __always_inline bool ipv4_is_guests(const struct guard_port *port, __be32 address)
{
	for (__u32 i = 0; i < GUARD_ADDRESSES_MAX && i < port->n_ipv4; i++)
		if (!((address ^ port->ipv4[i].address) & port->ipv4[i].mask))
			return true;
	return port->checks & GUARD_CHECK_LEARN && ipv4_is_learned(port, address);
}

static __noinline bool ipv6_is_learned(const struct guard_port *port, const __be32 *address)
{
	const struct guard_state *state;

	if (!port || !address)
		return false;
	state = state_of(port);
	if (!state)
		return false;
	for (__u32 i = 0; i < GUARD_LEARNED_MAX; i++)
		if (state->ipv6[i].since && ipv6_equal(state->ipv6[i].address, address))
			return bpf_ktime_get_coarse_ns() > state->ipv6[i].since + dad_nsec;
	return false;
}

static __always_inline bool ipv6_is_guests(const struct guard_port *port, const __be32 *address)
{
	for (__u32 i = 0; i < GUARD_ADDRESSES_MAX && i < port->n_ipv6; i++)
		if (ipv6_in(address, port->ipv6[i].address, port->ipv6[i].mask))
			return true;
	return port->checks & GUARD_CHECK_LEARN && ipv6_is_learned(port, address);
}

enum {
	IPV4_LOOPBACK = 127,
	IPV4_MULTICAST = 224, /* and above: no address of a host */
};
static const __u64 for_good = ~0ULL;

/* --- learning ------------------------------------------------------------------- */

/* Nobody need be there to hear it; who comes later looks at all. */
static __always_inline void tell_news(void)
{
	__u32 news = 1;

	bpf_ringbuf_output(&vif_news, &news, sizeof(news), 0);
}

struct dhcp_told {
	__u8 type;
	__u32 lease_sec;
};

__noinline int dhcp_options(struct __sk_buff *skb, __u32 at, struct dhcp_told *told)
{
	if (!told)
		return 0;
	for (int i = 0; i < DHCP_OPTIONS_MAX; i++) {
		__u8 code = 0, size = 0;
		__be32 lease = 0;

		if (!load(skb, at, &code, 1) || code == 255)
			break;
		if (code == 0) {
			at++;
			continue;
		}
		if (!load(skb, at + 1, &size, 1))
			break;
		if (code == 53 && size == 1)
			load(skb, at + 2, &told->type, 1);
		if (code == 51 && size == 4 && load(skb, at + 2, &lease, 4))
			told->lease_sec = bpf_ntohl(lease);
		at += 2 + size;
	}
	return 0;
}

/* at: behind the UDP header. An address that a server has given to the guest. */
__noinline int learn_lease(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	struct dhcp_told told = { 0 };
	struct guard_state *state;
	struct dhcp dhcp;

	if (!port || !load(skb, at, &dhcp, sizeof(dhcp)) || dhcp.operation != 2 || !dhcp.yours ||
	    !mac_is(dhcp.mac, port->mac))
		return 0;
	dhcp_options(skb, at + DHCP_OPTIONS_AT, &told);
	state = state_of(port);
	if (told.type != DHCP_ACK || !state)
		return 0;
	state->ipv4_until = 0;
	state->ipv4 = dhcp.yours;
	state->ipv4_until = port->filter & GUARD_FILTER_FIRST
				    ? for_good
				    : bpf_ktime_get_coarse_ns() + told.lease_sec * second_nsec;
	tell_news();
	return 0;
}

/*
 * The first address that the guest sends from, by ARP or IPv4, is its own. It cannot exchange
 * it; a DHCP server can.
 */
__noinline int learn_first(struct __sk_buff *skb, const struct guard_port *port)
{
	struct guard_state *state = port ? state_of(port) : NULL;
	struct ethhdr eth;
	struct arp arp;
	struct ipv4 ip;
	__be32 address = 0;
	__u8 first;

	if (!state || bpf_ktime_get_coarse_ns() < state->ipv4_until || skb->vlan_present ||
	    !load(skb, 0, &eth, sizeof(eth)) || !mac_is(eth.h_source, port->mac))
		return 0;
	if (eth.h_proto == bpf_htons(ETH_P_ARP) && load(skb, ETH_HLEN, &arp, sizeof(arp)))
		__builtin_memcpy(&address, &arp.sender_ip, sizeof(address));
	if (eth.h_proto == bpf_htons(ETH_P_IP) && load(skb, ETH_HLEN, &ip, sizeof(ip)))
		address = ip.from;
	first = (__u8)(bpf_ntohl(address) >> 24);
	if (first == 0 || first == IPV4_LOOPBACK || first >= IPV4_MULTICAST)
		return 0;
	state->ipv4 = address;
	state->ipv4_until = for_good;
	tell_news();
	return 0;
}

/* The guest gives its address back. */
__noinline int forget_lease(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	struct dhcp_told told = { 0 };
	struct guard_state *state;

	if (!port)
		return 0;
	dhcp_options(skb, at + DHCP_OPTIONS_AT, &told);
	state = state_of(port);
	if (told.type == DHCP_RELEASE && state && !(port->filter & GUARD_FILTER_FIRST)) {
		state->ipv4_until = 0;
		tell_news();
	}
	return 0;
}

static __always_inline bool is_told_of(const struct guard_state *state, const __be32 *address)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	for (__u32 i = 0; i < GUARD_PREFIXES_MAX; i++)
		if (now < state->prefixes[i].until &&
		    ipv6_in(address, state->prefixes[i].address, state->prefixes[i].mask))
			return true;
	return ipv6_is_link_local(address);
}

/* The guest asks whether somebody has this address. May it? */
static __noinline bool learn_asked(const struct guard_port *port, const __be32 *address)
{
	struct guard_state *state;
	__u32 place;

	if (!port || !address || !learns(port))
		return false;
	state = state_of(port);
	if (!state || !is_told_of(state, address))
		return false;
	for (__u32 i = 0; i < GUARD_LEARNED_MAX; i++)
		if (state->ipv6[i].since && ipv6_equal(state->ipv6[i].address, address))
			return true;
	place = __sync_fetch_and_add(&state->next, 1) % GUARD_LEARNED_MAX;
	state->ipv6[place].since = 0;
	__builtin_memcpy(state->ipv6[place].address, address, sizeof(state->ipv6[place].address));
	state->ipv6[place].since = bpf_ktime_get_coarse_ns();
	tell_news();
	return true;
}

/* Somebody else says that an address is his, while the guest asks. Later it is too late. */
static __noinline int forget_claimed(const struct guard_port *port, const __be32 *address)
{
	struct guard_state *state = port ? state_of(port) : NULL;
	__u64 now = bpf_ktime_get_coarse_ns();

	if (!state || !address)
		return 0;
	for (__u32 i = 0; i < GUARD_LEARNED_MAX; i++)
		if (ipv6_equal(state->ipv6[i].address, address) &&
		    now <= state->ipv6[i].since + dad_nsec) {
			state->ipv6[i].since = 0;
			tell_news();
		}
	return 0;
}

struct nd_prefix {
	__u8 type, size, length, flags;
	__be32 valid_sec, preferred_sec, reserved, address[4];
};

static __always_inline void set_mask(__be32 *mask, __u32 length)
{
	for (__u32 i = 0; i < 4; i++) {
		__u32 bits = length > 32 * i ? length - 32 * i : 0;

		mask[i] = bits >= 32 ? 0xffffffff : bits ? bpf_htonl(~0U << (32 - bits)) : 0;
	}
}

/* A prefix that is there already is told for longer; a new one takes the next place. */
__noinline int learn_prefix(const struct guard_port *port, const struct nd_prefix *told)
{
	struct guard_state *state = port ? state_of(port) : NULL;
	struct guard_prefix prefix = { 0 };
	__u32 place = GUARD_PREFIXES_MAX;

	if (!state || !told || told->length < 16 || told->length > 128)
		return 0;
	set_mask(prefix.mask, told->length);
	for (__u32 i = 0; i < GUARD_PREFIXES_MAX; i++)
		if (ipv6_in(told->address, state->prefixes[i].address, prefix.mask) &&
		    ipv6_equal(state->prefixes[i].mask, prefix.mask))
			place = i;
	if (place == GUARD_PREFIXES_MAX)
		place = __sync_fetch_and_add(&state->next_prefix, 1) % GUARD_PREFIXES_MAX;
	if (place >= GUARD_PREFIXES_MAX)
		return 0;
	__builtin_memcpy(prefix.address, told->address, sizeof(prefix.address));
	prefix.until = bpf_ktime_get_coarse_ns() + bpf_ntohl(told->valid_sec) * second_nsec;
	state->prefixes[place] = prefix;
	return 0;
}
__noinline int learn_from_ipv4(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	struct ipv4 ip;
	struct udp udp;

	if (!port || !load(skb, at, &ip, sizeof(ip)) || ip.protocol != IPPROTO_UDP ||
	    ip.fragment & bpf_htons(0x3fff))
		return 0;
	at += (ip.version_ihl & 15) * 4;
	if (load(skb, at, &udp, sizeof(udp)) && udp.from == bpf_htons(DHCP_SERVER) &&
	    udp.to == bpf_htons(DHCP_CLIENT))
		learn_lease(skb, port, at + sizeof(udp));
	return 0;
}

__noinline int learn_prefixes(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	for (int i = 0; i < ND_OPTIONS_MAX; i++) {
		struct nd_prefix option = { 0 };

		if (!port || !load(skb, at, &option, 2) || option.size == 0)
			break;
		if (option.type == ND_OPTION_PREFIX && option.size == 4 &&
		    load(skb, at, &option, sizeof(option)))
			learn_prefix(port, &option);
		at += option.size * 8;
	}
	return 0;
}

/* Who sends to a link's own from far away cannot have a hop limit of 255 (RFC 4861, 6.1, 7.1). */
__noinline int learn_from_ipv6(struct __sk_buff *skb, const struct guard_port *port, __u32 at)
{
	struct ipv6 ip;
	struct nd nd = { 0 };

	if (!port || !load(skb, at, &ip, sizeof(ip)) || ip.next != IPPROTO_ICMPV6 || ip.hops != 255)
		return 0;
	at += sizeof(ip);
	if (!load(skb, at, &nd, 4))
		return 0;
	if (nd.type == ND_ROUTER_ADVERT && ipv6_is_link_local(ip.from))
		learn_prefixes(skb, port, at + 16);
	if (nd.type == ND_NEIGHBOUR_ADVERT && load(skb, at, &nd, sizeof(nd)))
		forget_claimed(port, nd.target);
	return 0;
}
