/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guard: what a guest may send, checked for each frame where it enters the
 * host. One program for all ports; what holds for a port is data (guard-map.h).
 *
 *	from_guest	a tap's ingress, a macvtap's egress
 *	to_guest	the other way; looks, to learn addresses, and takes tags off
 *
 * A frame of a link that has no value here is dropped: a guard without rules is
 * closed. What passes goes to the link that the value names, or on its way.
 *
 * All is read by bpf_skb_load_bytes(), whatever part of a frame is in its linear
 * part, whatever the offsets are that a guest chose; but for the commonest frames
 * (passes_at_once). The outermost VLAN tag is in
 * the metadata on a tap and in the frame on a macvtap; tags in the frame are
 * stepped over, so that what is behind them is checked like anything else.
 *
 * Fragments: each has its addresses checked. What stands behind the IP header is
 * only in the first one, which has to hold the header that matters (RFC 7112);
 * the others without it are nothing. ND in fragments is refused (RFC 6980).
 *
 * Learning. IPv4: an address that a DHCP server gave to the guest's MAC, as long
 * as it gave it for. IPv6: the guest asks for an address (RFC 4862, 5.4), in a
 * prefix that a router told of or link-local, and nobody says that he has it:
 * after half a second it is the guest's (in the manner of RFC 6620).
 */
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

char guard_license[] SEC("license") = "GPL";

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

static const __u64 dad_nsec = 500000000;
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

/* --- addresses ---------------------------------------------------------------- */

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
	return bpf_map_lookup_elem(&vif_states, &port->identity);
}

static __noinline bool ipv4_is_learned(const struct guard_port *port, __be32 address)
{
	const struct guard_state *state;

	if (!port || !(port->checks & GUARD_CHECK_LEARN))
		return false;
	state = state_of(port);
	return state && state->ipv4 == address && bpf_ktime_get_coarse_ns() < state->ipv4_until;
}

static __always_inline bool ipv4_is_guests(const struct guard_port *port, __be32 address)
{
	for (__u32 i = 0; i < GUARD_ADDRESSES_MAX && i < port->n_ipv4; i++)
		if (!((address ^ port->ipv4[i].address) & port->ipv4[i].mask))
			return true;
	return ipv4_is_learned(port, address);
}

static __noinline bool ipv6_is_learned(const struct guard_port *port, const __be32 *address)
{
	const struct guard_state *state;

	if (!port || !address || !(port->checks & GUARD_CHECK_LEARN))
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
	return ipv6_is_learned(port, address);
}

/* --- learning ------------------------------------------------------------------- */

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
	state->ipv4_until = bpf_ktime_get_coarse_ns() + told.lease_sec * second_nsec;
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
	if (told.type == DHCP_RELEASE && state)
		state->ipv4_until = 0;
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

	if (!port || !address || !(port->checks & GUARD_CHECK_LEARN))
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
		    now <= state->ipv6[i].since + dad_nsec)
			state->ipv6[i].since = 0;
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

struct upper {
	__u32 at, end;
	__u8 protocol; /* NEXT_NONE: of a later fragment, or there is none */
	bool fragment;
	bool unspecified; /* the packet's source is "::" */
};

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
	if (port->checks & GUARD_CHECK_LEARN && udp.to == bpf_htons(DHCP_SERVER))
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

		if (upper->protocol != IPPROTO_HOPOPTS && upper->protocol != IPPROTO_ROUTING &&
		    upper->protocol != IPPROTO_FRAGMENT && upper->protocol != IPPROTO_AH &&
		    upper->protocol != IPPROTO_DSTOPTS && upper->protocol != IPPROTO_MH)
			return true;
		if (!load(skb, upper->at, &header, sizeof(header)))
			return false;
		if (upper->protocol == IPPROTO_FRAGMENT) {
			upper->fragment = true;
			header.size = 0;
			if (header.fragment & bpf_htons(0xfff8))
				header.next = NEXT_NONE;
		}
		upper->at += upper->protocol == IPPROTO_AH ? (header.size + 2) * 4
							   : (header.size + 1) * 8;
		upper->protocol = header.next;
	}
	return false;
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

/* --- VLANs ---------------------------------------------------------------------- */

enum {
	VID_MASK = 0xfff,
	PRIORITY_MASK = 0xe000,
};

struct tag {
	bool there;
	bool service; /* of the provider's kind, 802.1ad: not ours to look into */
	__u16 vid, priority;
};

static __always_inline bool read_tag(struct __sk_buff *skb, struct tag *tag)
{
	struct {
		__be16 protocol, tci;
	} bytes = { 0 };
	__u16 tci = skb->vlan_tci;

	tag->there = skb->vlan_present;
	tag->service = tag->there && skb->vlan_proto != bpf_htons(ETH_P_8021Q);
	if (!tag->there) {
		if (!load(skb, 12, &bytes.protocol, sizeof(bytes.protocol)))
			return false;
		tag->there = is_tag(bytes.protocol);
		if (tag->there && !load(skb, 12, &bytes, sizeof(bytes)))
			return false;
		tag->service = tag->there && bytes.protocol != bpf_htons(ETH_P_8021Q);
		tci = bpf_ntohs(bytes.tci);
	}
	tag->vid = tag->there ? tci & VID_MASK : 0;
	tag->priority = tag->there ? tci & PRIORITY_MASK : 0;
	return true;
}

static __always_inline bool trunk_has(const struct guard_port *port, __u16 vid)
{
	return port->vlans[(vid & VID_MASK) / 64] & (1ULL << (vid & 63));
}

/* What the guest sends gets the tag of its VLAN; what has one already has to be a trunk's. */
__noinline int put_into_vlan(struct __sk_buff *skb, const struct guard_port *port)
{
	struct tag tag = { 0 };

	if (!port || !read_tag(skb, &tag))
		return GUARD_MALFORMED;
	if (tag.service)
		return GUARD_VLAN;
	if (tag.vid)
		return port->vlan_mode == GUARD_VLAN_TRUNK && trunk_has(port, tag.vid) ? GUARD_PASS
										       : GUARD_VLAN;
	if (!port->vlan)
		return port->vlan_mode == GUARD_VLAN_TRUNK ? GUARD_VLAN : GUARD_PASS;
	if (tag.there && bpf_skb_vlan_pop(skb) < 0)
		return GUARD_VLAN;
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), port->vlan | tag.priority) < 0
		       ? GUARD_VLAN
		       : GUARD_PASS;
}

/* What comes for it has to be of its VLANs. */
__noinline int take_out_of_vlan(struct __sk_buff *skb, const struct guard_port *port)
{
	struct tag tag = { 0 };
	bool native;

	if (!port || !read_tag(skb, &tag))
		return GUARD_MALFORMED;
	if (tag.service)
		return GUARD_VLAN;
	native = tag.vid == port->vlan;
	if (port->vlan_mode == GUARD_VLAN_ACCESS ? !native : !tag.vid || !trunk_has(port, tag.vid))
		return GUARD_VLAN;
	if (!tag.there || (port->vlan_mode == GUARD_VLAN_TRUNK && !(native && port->vlan_bare)))
		return GUARD_PASS;
	return bpf_skb_vlan_pop(skb) < 0 ? GUARD_VLAN : GUARD_PASS;
}

static __noinline int count_drop(const struct guard_port *port, __u32 rule)
{
	struct guard_drops *drops = port ? bpf_map_lookup_elem(&vif_drops, &port->identity) : NULL;

	if (drops && rule < GUARD_RULE_COUNT)
		drops->frames[rule]++;
	return 0;
}

SEC("tc")
int vif_from_guest(struct __sk_buff *skb)
{
	__u32 link = skb->ifindex;
	const struct guard_port *port = bpf_map_lookup_elem(&vif_ports, &link);
	int rule;

	if (!port)
		return TC_ACT_SHOT;
	rule = passes_at_once(skb, port) ? GUARD_PASS : check_frame(skb, port);
	if (rule == GUARD_PASS && port->vlan_mode != GUARD_VLAN_ANY)
		rule = put_into_vlan(skb, port);
	if (rule != GUARD_PASS) {
		count_drop(port, rule);
		return TC_ACT_SHOT;
	}
	return port->redirect ? (int)bpf_redirect(port->redirect, 0) : TC_ACT_UNSPEC;
}

/* --- to the guest: what is not of its VLANs is dropped, the rest is learned from ------ */

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

SEC("tc")
int vif_to_guest(struct __sk_buff *skb)
{
	__u32 link = skb->ifindex, at = ETH_HLEN;
	const struct guard_port *port = bpf_map_lookup_elem(&vif_ports, &link);
	struct ethhdr eth;
	int rule;

	if (port && port->vlan_mode != GUARD_VLAN_ANY) {
		rule = take_out_of_vlan(skb, port);
		if (rule != GUARD_PASS) {
			count_drop(port, rule);
			return TC_ACT_SHOT;
		}
	}
	if (!port || !(port->checks & GUARD_CHECK_LEARN) || !load(skb, 0, &eth, sizeof(eth)) ||
	    mac_is(eth.h_source, port->mac))
		return TC_ACT_UNSPEC;
	if (eth.h_proto == bpf_htons(ETH_P_IP))
		learn_from_ipv4(skb, port, at);
	if (eth.h_proto == bpf_htons(ETH_P_IPV6))
		learn_from_ipv6(skb, port, at);
	return TC_ACT_UNSPEC;
}
