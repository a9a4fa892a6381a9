/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of the guard's program: the flows of guests, for filters that ask for states.
 *
 * A port's flows are in buckets of its own, found by what a flow is hashed to.
 * So its number of flows is bounded, and who makes many pushes out only
 * flows of his own port; some of a port's buckets are made with it, so that
 * others cannot take them all. In a full bucket the flow goes that is over, or that
 * nobody has answered, or that was used least lately; but not one that was answered
 * and used within minutes, so that a flood from outside does not cut what stands.
 *
 * A place is taken by one compare-and-exchange of its state to BUSY and given free
 * by the last store; who reads it meanwhile finds no flow. What two processors
 * begin at once may be there twice, which does no harm: the first is found.
 *
 * TCP: what is no answer (SYN and ACK, RST) may begin a flow, also in the middle of a
 * connection, if the rules let it pass in its direction: a guest that was migrated goes on. FIN
 * of both and RST make a flow short; one that goes on all the same, as a forged
 * RST was not heard, is long again. A SYN for a flow that is over is new.
 *
 * A flow is of the rules that let it pass. When the port has others, or an address has gone
 * from a set that they ask for, the rules of now are asked with its next frame whether they would
 * let it begin (flow_decide in guard-list.bpf.h); if not it is no flow any more.
 *
 * Later fragments are as their first one, for half a minute; those that come
 * before it are INVALID. An ICMP error is RELATED if the packet in it is of a flow.
 *
 * Times are seconds of the coarse clock. 0 is never one: the clock is past it.
 */
#pragma once

#include "kernel/guard-packet.bpf.h"

enum {
	FLOW_USED = 1 << 0,
	FLOW_BUSY = 1 << 1,
	FLOW_BY_GUEST = 1 << 2, /* it began the flow */
	FLOW_ANSWERED = 1 << 3,
	FLOW_FIN_GUEST = 1 << 4,
	FLOW_FIN_REMOTE = 1 << 5,
	FLOW_RST_GUEST = 1 << 6,
	FLOW_RST_REMOTE = 1 << 7,
	FLOW_RST = FLOW_RST_GUEST | FLOW_RST_REMOTE,
	FLOW_FIN = FLOW_FIN_GUEST | FLOW_FIN_REMOTE,
};

enum {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

/* What a flow is of, besides its protocol. */
enum {
	KIND_FRAGMENT = 1 << 8,
	KIND_FROM_GUEST = 1 << 9, /* of fragments, which have a direction */
	KIND_IPV6 = 1 << 10,
	KIND_VLAN_SHIFT = 16,
};

/* Seconds without a frame; those of TCP and UDP are the kernel's own for connections. */
enum {
	TIMEOUT_TCP = 432000,
	TIMEOUT_TCP_OPENING = 60,
	TIMEOUT_TCP_HALF = 120,
	TIMEOUT_TCP_OVER = 10,
	TIMEOUT_UDP = 180,
	TIMEOUT_SHORT = 30,
	TIMEOUT_OTHER = 600,
	KEPT = 300, /* an answered flow that was used so lately is not pushed out */
};

enum {
	ICMP_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_REQUEST = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER = 12,
	ICMPV6_PARAMETER = 4, /* 1 to 4 are errors */
	ICMPV6_REQUEST = 128,
	ICMPV6_REPLY = 129,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_BUCKETS_ALL_MAX);
	__type(key, struct guard_bucket_key);
	__type(value, struct guard_bucket);
} vif_flows SEC(".maps");

/* A bucket that is to be made is copied from here; a stack has no room for one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_bucket);
} vif_no_flow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} vif_epoch SEC(".maps");

/* Beside the states that rules ask for: of a flow that other rules have let pass. */
enum {
	STATE_STALE = 1 << 8,
};

/* Of what holds for the port now. */
static __always_inline __u32 generation_of(const struct guard_port *port)
{
	__u32 zero = 0, *epoch;

	if (!(port->filter & GUARD_FILTER_SETS))
		return port->generation;
	epoch = bpf_map_lookup_elem(&vif_epoch, &zero);
	return port->generation + (epoch ? *epoch * 0x9e3779b1 : 0);
}

/* The flow under a frame, as vif_from_guest and vif_to_guest see the same one. */
static __always_inline int flow_key(const struct guard_packet *packet, bool to_guest,
				    struct guard_flow_key *key)
{
	__u32 parts, source, destination;

	if (!packet || !key)
		return 0;
	parts = packet->words[GUARD_WORD_PARTS];
	for (__u32 i = 0; i < 4; i++) {
		source = packet->words[GUARD_WORD_SOURCE + i];
		destination = packet->words[GUARD_WORD_DESTINATION + i];
		key->guest[i] = to_guest ? destination : source;
		key->remote[i] = to_guest ? source : destination;
	}
	key->kind = packet->words[GUARD_WORD_PROTOCOL] | (parts & GUARD_PART_IPV6 ? KIND_IPV6 : 0);
	if (parts & GUARD_PART_VLAN)
		key->kind |= packet->words[GUARD_WORD_VLAN] << KIND_VLAN_SHIFT;
	key->ports = 0;
	if (parts & GUARD_PART_PORTS) {
		source = packet->words[GUARD_WORD_PORT_SOURCE];
		destination = packet->words[GUARD_WORD_PORT_DESTINATION];
		key->ports = to_guest ? destination << 16 | source : source << 16 | destination;
	} else if (parts & GUARD_PART_ICMP) {
		key->ports = packet->words[GUARD_WORD_ICMP_ID];
	}
	return 0;
}

static __always_inline void fragment_key(const struct guard_packet *packet, bool to_guest,
					 struct guard_flow_key *key)
{
	flow_key(packet, to_guest, key);
	key->kind |= KIND_FRAGMENT | (to_guest ? 0 : KIND_FROM_GUEST);
	key->ports = packet->words[GUARD_WORD_FRAGMENT_ID];
}

static __always_inline __u32 flow_hash(const struct guard_port *port,
				       const struct guard_flow_key *key)
{
	const __u64 *words = (const __u64 *)key;
	__u64 hash = *(const __u32 *)port->identity.bytes;

	for (__u32 i = 0; i < sizeof(*key) / 8; i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return (__u32)hash;
}

static __always_inline __u32 now_sec(void)
{
	return (__u32)(bpf_ktime_get_coarse_ns() / second_nsec);
}

static __always_inline int flow_timeout(__u32 state, __u32 kind)
{
	if (kind & KIND_FRAGMENT)
		return TIMEOUT_SHORT;
	switch (kind & 0xff) {
	case IPPROTO_TCP:
		return state & FLOW_RST || (state & FLOW_FIN) == FLOW_FIN ? TIMEOUT_TCP_OVER
		       : !(state & FLOW_ANSWERED)                         ? TIMEOUT_TCP_OPENING
		       : state & FLOW_FIN                                 ? TIMEOUT_TCP_HALF
									  : TIMEOUT_TCP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return TIMEOUT_SHORT;
	case IPPROTO_UDP:
		return state & FLOW_ANSWERED ? TIMEOUT_UDP : TIMEOUT_SHORT;
	default:
		return TIMEOUT_OTHER;
	}
}

static __always_inline bool flow_lives(const struct guard_flow *flow, __u32 now)
{
	return flow->state & FLOW_USED && !(flow->state & FLOW_BUSY) &&
	       now - flow->seen <= (__u32)flow_timeout(flow->state, flow->key.kind);
}

static __always_inline bool key_equal(const struct guard_flow_key *a,
				      const struct guard_flow_key *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && x[4] == y[4];
}

/* The bounds of a place, where the verifier sees them too. */
static __always_inline __u64 bounded(__u64 place)
{
	asm volatile("%0 &= %1" : "+r"(place) : "i"(GUARD_BUCKET - 1));
	return place;
}

/* The place that has it; else GUARD_BUCKET. What a global function answers is any number
 * to the verifier, so that it does not look at each place. */
__noinline int find_place(const struct guard_bucket *bucket, __u32 hash,
			  const struct guard_flow_key *key)
{
	if (!bucket || !key)
		return GUARD_BUCKET;
	for (__u32 i = 0; i < GUARD_BUCKET; i++)
		if (bucket->hashes[i] == hash && key_equal(&bucket->flows[i].key, key))
			return i;
	return GUARD_BUCKET;
}

static __always_inline struct guard_flow *find_in(const struct guard_bucket_key *where, __u32 hash,
						  const struct guard_flow_key *key)
{
	struct guard_bucket *bucket = bpf_map_lookup_elem(&vif_flows, where);
	__u32 place;

	if (!bucket)
		return NULL;
	place = find_place(bucket, hash, key);
	return place < GUARD_BUCKET ? &bucket->flows[bounded(place)] : NULL;
}

static __always_inline struct guard_flow *flow_find(const struct guard_port *port,
						    const struct guard_flow_key *key, __u32 now)
{
	struct guard_bucket_key where = { .identity = port->identity };
	__u32 hash = flow_hash(port, key);
	struct guard_flow *flow;

	where.bucket = hash % GUARD_BUCKETS_MAX;
	flow = find_in(&where, hash, key);
	if (!flow && where.bucket >= GUARD_BUCKETS_SURE) {
		where.bucket %= GUARD_BUCKETS_SURE;
		flow = find_in(&where, hash, key);
	}
	return flow && flow_lives(flow, now) ? flow : NULL;
}

/* How much a place is worth: the least goes; UINT_MAX: it stays. */
__noinline int place_worth(__u32 state, __u32 kind, __u32 age)
{
	if (state & FLOW_BUSY)
		return -1;
	if (!(state & FLOW_USED) || age > (__u32)flow_timeout(state, kind))
		return 0;
	if (!(state & FLOW_ANSWERED))
		return age >= 0xffff ? 1 : 0xffff - age;
	return age < KEPT ? -1 : (int)(0x7fffffff - (age & 0x0fffffff));
}

/* The place that is worth least; GUARD_BUCKET: all stay. */
__noinline int find_least(const struct guard_bucket *bucket, __u32 now)
{
	__u32 least = ~0U, place = GUARD_BUCKET;

	if (!bucket)
		return GUARD_BUCKET;
	for (__u32 i = 0; i < GUARD_BUCKET; i++) {
		__u32 value = place_worth(bucket->flows[i].state, bucket->flows[i].key.kind,
					  now - bucket->flows[i].seen);

		if (value < least) {
			least = value;
			place = i;
		}
	}
	return place;
}

static __always_inline int take_place(const struct guard_bucket_key *where, __u32 hash,
				      const struct guard_flow_key *key, __u32 state,
				      __u32 generation)
{
	struct guard_bucket *bucket = bpf_map_lookup_elem(&vif_flows, where);
	struct guard_flow *flow;
	__u32 now = now_sec(), place, before;

	if (!bucket)
		return 0;
	place = find_least(bucket, now);
	if (place >= GUARD_BUCKET)
		return 0;
	flow = &bucket->flows[bounded(place)];
	before = flow->state;
	if (before & FLOW_BUSY ||
	    __sync_val_compare_and_swap(&flow->state, before, FLOW_BUSY) != before)
		return 0;
	flow->key = *key;
	flow->seen = now;
	flow->generation = generation;
	bucket->hashes[bounded(place)] = hash;
	__sync_val_compare_and_swap(&flow->state, FLOW_BUSY, state | FLOW_USED);
	return 1;
}

__noinline int flow_add(const struct guard_port *port, const struct guard_flow_key *key,
			__u32 state)
{
	struct guard_bucket_key where = { 0 };
	struct guard_bucket *empty;
	__u32 hash, zero = 0;

	empty = bpf_map_lookup_elem(&vif_no_flow, &zero);
	if (!port || !key || !empty)
		return 0;
	where.identity = port->identity;
	hash = flow_hash(port, key);
	where.bucket = hash % GUARD_BUCKETS_MAX;
	if (!bpf_map_lookup_elem(&vif_flows, &where))
		bpf_map_update_elem(&vif_flows, &where, empty, BPF_NOEXIST);
	if (!bpf_map_lookup_elem(&vif_flows, &where))
		where.bucket %= GUARD_BUCKETS_SURE;
	return take_place(&where, hash, key, state, generation_of(port));
}

/* --- the state of a frame ----------------------------------------------------------- */

/* Never a store that says nothing new: the other processor has the line too. */
static __always_inline void flow_use(struct guard_flow *flow, const struct guard_packet *packet,
				     bool to_guest, __u32 now)
{
	__u32 state = flow->state, new = state;
	bool first = !(state & FLOW_BY_GUEST) == to_guest;

	if (!first)
		new |= FLOW_ANSWERED;
	if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_TCP) {
		__u32 flags = packet->words[GUARD_WORD_TCP_FLAGS];

		if (flags & TCP_RST)
			new |= to_guest ? FLOW_RST_REMOTE : FLOW_RST_GUEST;
		else if (flags & TCP_FIN)
			new |= to_guest ? FLOW_FIN_REMOTE : FLOW_FIN_GUEST;
		else if (flags & TCP_ACK && !(flags & TCP_SYN))
			new &= ~(to_guest ? FLOW_RST_GUEST : FLOW_RST_REMOTE);
	}
	if (new != state)
		__sync_val_compare_and_swap(&flow->state, state, new);
	if (flow->seen != now)
		flow->seen = now;
}

/* May a packet that is of no flow begin one? */
static __always_inline __u32 state_without_flow(const struct guard_packet *packet)
{
	__u32 parts = packet->words[GUARD_WORD_PARTS], flags, type;

	if (parts & GUARD_PART_ICMP) {
		type = packet->words[GUARD_WORD_ICMP_TYPE];
		return type == (parts & GUARD_PART_IPV4 ? ICMP_REPLY : ICMPV6_REPLY)
			       ? GUARD_STATE_INVALID
			       : GUARD_STATE_NEW;
	}
	switch (packet->words[GUARD_WORD_PROTOCOL]) {
	case IPPROTO_TCP:
		flags = packet->words[GUARD_WORD_TCP_FLAGS];
		return !(parts & GUARD_PART_TCP) || flags & TCP_RST ||
				       (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)
			       ? GUARD_STATE_INVALID
			       : GUARD_STATE_NEW;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return parts & GUARD_PART_PORTS ? GUARD_STATE_NEW : GUARD_STATE_INVALID;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return GUARD_STATE_INVALID;
	default:
		return GUARD_STATE_NEW;
	}
}

static __always_inline bool is_echo(const struct guard_packet *packet)
{
	__u32 type = packet->words[GUARD_WORD_ICMP_TYPE];

	return packet->words[GUARD_WORD_PARTS] & GUARD_PART_IPV4
		       ? type == ICMP_REQUEST || type == ICMP_REPLY
		       : type == ICMPV6_REQUEST || type == ICMPV6_REPLY;
}

static __always_inline bool is_icmp_error(const struct guard_packet *packet)
{
	__u32 type = packet->words[GUARD_WORD_ICMP_TYPE];

	return packet->words[GUARD_WORD_PARTS] & GUARD_PART_IPV4
		       ? type == ICMP_UNREACHABLE || type == ICMP_TIME_EXCEEDED ||
				 type == ICMP_PARAMETER
		       : type >= 1 && type <= ICMPV6_PARAMETER;
}

static __always_inline void put_quoted(struct guard_flow_key *key, const __u8 *ports, bool to_guest)
{
	__u32 source = bytes2(ports), destination = bytes2(ports + 2);

	/* What is quoted went the other way. */
	key->ports = to_guest ? source << 16 | destination : destination << 16 | source;
	if ((key->kind & 0xff) == IPPROTO_ICMP || (key->kind & 0xff) == IPPROTO_ICMPV6)
		key->ports = bytes2(ports + 4);
}

__noinline int quoted_ipv4(struct __sk_buff *skb, __u32 at, bool to_guest,
			   struct guard_flow_key *key)
{
	__u8 ports[8];
	struct ipv4 ip;

	if (!key || !load(skb, at, &ip, sizeof(ip)) || ip.version_ihl >> 4 != 4 ||
	    ip.fragment & bpf_htons(0x1fff) ||
	    !load(skb, at + (ip.version_ihl & 15) * 4, ports, sizeof(ports)))
		return false;
	key->guest[3] = bpf_ntohl(to_guest ? ip.from : ip.to);
	key->remote[3] = bpf_ntohl(to_guest ? ip.to : ip.from);
	key->guest[0] = key->guest[1] = key->remote[0] = key->remote[1] = 0;
	key->guest[2] = key->remote[2] = 0xffff;
	key->kind |= ip.protocol;
	put_quoted(key, ports, to_guest);
	return true;
}

/* Only what stands right behind the header: what has extensions is not found. */
__noinline int quoted_ipv6(struct __sk_buff *skb, __u32 at, bool to_guest,
			   struct guard_flow_key *key)
{
	__u8 ports[8];
	struct ipv6 ip;

	if (!key || !load(skb, at, &ip, sizeof(ip)) ||
	    !load(skb, at + sizeof(ip), ports, sizeof(ports)))
		return false;
	for (__u32 i = 0; i < 4; i++) {
		key->guest[i] = bpf_ntohl(to_guest ? ip.from[i] : ip.to[i]);
		key->remote[i] = bpf_ntohl(to_guest ? ip.to[i] : ip.from[i]);
	}
	key->kind |= ip.next | KIND_IPV6;
	put_quoted(key, ports, to_guest);
	return true;
}

/* An ICMP error: is the packet that it quotes of a flow, and of whom the error is for or from? */
__noinline int state_of_error(struct __sk_buff *skb, const struct guard_packet *packet,
			      const struct guard_port *port, bool to_guest)
{
	__u32 at, parts;
	__u32 own = to_guest ? GUARD_WORD_DESTINATION : GUARD_WORD_SOURCE;
	struct guard_flow_key key = { 0 };
	struct guard_flow *flow;

	if (!packet || !port)
		return GUARD_STATE_INVALID;
	at = packet->words[GUARD_WORD_AT] + 8;
	parts = packet->words[GUARD_WORD_PARTS];
	if (parts & GUARD_PART_VLAN)
		key.kind = packet->words[GUARD_WORD_VLAN] << KIND_VLAN_SHIFT;
	if (parts & GUARD_PART_IPV4 ? !quoted_ipv4(skb, at, to_guest, &key)
				    : !quoted_ipv6(skb, at, to_guest, &key))
		return GUARD_STATE_INVALID;
	for (__u32 i = 0; i < 4; i++)
		if (packet->words[own + i] != key.guest[i])
			return GUARD_STATE_INVALID;
	flow = flow_find(port, &key, now_sec());
	return flow && flow->generation == generation_of(port) ? GUARD_STATE_RELATED
							       : GUARD_STATE_INVALID;
}

/* Of a SYN for a flow that is over: the next one of the same ports. */
static __always_inline bool begins_again(const struct guard_flow *flow,
					 const struct guard_packet *packet)
{
	return packet->words[GUARD_WORD_PARTS] & GUARD_PART_TCP &&
	       (packet->words[GUARD_WORD_TCP_FLAGS] & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
	       (flow->state & FLOW_RST || (flow->state & FLOW_FIN) == FLOW_FIN);
}

/* dry: nobody uses the flow. STATE_STALE: flow_decide() knows. */
static __always_inline int state_of_frame(struct __sk_buff *skb, const struct guard_packet *packet,
					  const struct guard_port *port, bool to_guest, bool dry)
{
	struct guard_flow_key key = { 0 };
	struct guard_flow *flow;
	__u32 now = now_sec();

	if (!packet || !port)
		return GUARD_STATE_INVALID;
	if (packet->words[GUARD_WORD_FRAGMENT] == GUARD_FRAGMENT_LATER) {
		fragment_key(packet, to_guest, &key);
		flow = flow_find(port, &key, now);
		return flow && flow->generation == generation_of(port) ? GUARD_STATE_ESTABLISHED
								       : GUARD_STATE_INVALID;
	}
	if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_ICMP && !is_echo(packet))
		return is_icmp_error(packet) ? state_of_error(skb, packet, port, to_guest)
					     : GUARD_STATE_NEW;
	flow_key(packet, to_guest, &key);
	flow = flow_find(port, &key, now);
	if (!flow)
		return state_without_flow(packet);
	if (begins_again(flow, packet)) {
		if (!dry)
			flow->state = 0;
		return GUARD_STATE_NEW;
	}
	if (flow->generation != generation_of(port))
		return STATE_STALE;
	if (!dry)
		flow_use(flow, packet, to_guest, now);
	return GUARD_STATE_ESTABLISHED;
}

/* What has passed: its flow begins, and its later fragments may follow. */
__noinline int note_passed(const struct guard_packet *packet, const struct guard_port *port,
			   bool to_guest, bool begins)
{
	__u32 by = to_guest ? 0 : FLOW_BY_GUEST;
	struct guard_flow_key key = { 0 };
	struct guard_flow *flow;

	if (!packet || !port)
		return 0;
	if (packet->words[GUARD_WORD_FRAGMENT] == GUARD_FRAGMENT_FIRST) {
		fragment_key(packet, to_guest, &key);
		flow = flow_find(port, &key, now_sec());
		if (flow)
			flow->generation = generation_of(port);
		else
			flow_add(port, &key, by);
	}
	if (!begins || (packet->words[GUARD_WORD_PARTS] & GUARD_PART_ICMP && !is_echo(packet)))
		return 0;
	flow_key(packet, to_guest, &key);
	return flow_add(port, &key, by);
}
