/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of the guard's program: the decisions of a packet filter are gone through.
 *
 * The pieces are a loop of bpf_loop()'s, which the verifier looks at once; the
 * decisions of a piece are a loop of C's, which costs a nanosecond for each. A
 * list whose piece is not there drops: it is not to be seen half.
 */
#pragma once

#include "kernel/guard-flow.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_PIECES_ALL_MAX);
	__type(key, struct guard_piece_key);
	__type(value, struct guard_piece);
} vif_lists SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_HITS_MAX);
	__type(key, struct guard_hits_key);
	__type(value, __u64);
} vif_hits SEC(".maps");

/* What a set's number stands for: it is exchanged when the new members are there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_SETS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} vif_sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_MEMBERS_MAX);
	__type(key, struct guard_member);
	__type(value, __u32);
} vif_members SEC(".maps");

__noinline int set_has(const struct guard_packet *packet, __u32 what, __u32 number)
{
	struct guard_member member = { .prefix = 32 + 128 };
	__u32 *set = bpf_map_lookup_elem(&vif_sets, &number);
	__be32 *to = (__be32 *)member.address;

	if (!packet || !set)
		return 0;
	member.set = *set;
	if (what == GUARD_SET_SOURCE || what == GUARD_SET_DESTINATION) {
		__u32 word = what == GUARD_SET_SOURCE ? GUARD_WORD_SOURCE : GUARD_WORD_DESTINATION;

		for (__u32 i = 0; i < 4; i++)
			to[i] = bpf_htonl(packet->words[(word + i) % GUARD_WORDS]);
	} else {
		to[2] = bpf_htonl(0xffff);
		to[3] = bpf_htonl(
			packet->words[what == GUARD_SET_ARP_SOURCE ? GUARD_WORD_ARP_IP_SOURCE
								   : GUARD_WORD_ARP_IP_TARGET]);
	}
	return bpf_map_lookup_elem(&vif_members, &member) != NULL;
}

struct list_run {
	__u32 list, at;
};

static long run_piece(__u32 index __attribute__((unused)), struct list_run *run)
{
	struct guard_piece_key key = { run->list, run->at / GUARD_PIECE };
	struct guard_piece *piece = bpf_map_lookup_elem(&vif_lists, &key);
	__u32 at = run->at, zero = 0;
	struct guard_packet *packet = bpf_map_lookup_elem(&vif_packet, &zero);

	if (!piece || !packet) {
		run->at = GUARD_END_MAKE(GUARD_DROP, GUARD_END_RULE);
		return 1;
	}
	for (__u32 i = 0; i < GUARD_PIECE && at / GUARD_PIECE == key.piece; i++) {
		const struct guard_test *test = &piece->tests[at % GUARD_PIECE];
		__u32 word = test->word;
		bool holds;

		if (word < GUARD_WORDS)
			holds = (packet->words[word] & test->mask) - test->low <= test->span;
		else
			holds = set_has(packet, word, test->low);
		at = holds ? test->yes : test->no;
	}
	run->at = at;
	return at >= GUARD_END;
}

/* The end that the frame comes to (GUARD_END…). */
__noinline int list_run(__u32 list, __u32 first)
{
	struct list_run run = { list, first };

	if (first < GUARD_END)
		bpf_loop(GUARD_PIECES_MAX, run_piece, &run, 0);
	return run.at >= GUARD_END ? run.at : GUARD_END_MAKE(GUARD_DROP, GUARD_END_RULE);
}

static __always_inline void swap_words(struct guard_packet *packet, __u32 a, __u32 b, __u32 n)
{
	for (__u32 i = 0; i < n; i++) {
		__u32 word = packet->words[a + i];

		packet->words[a + i] = packet->words[b + i];
		packet->words[b + i] = word;
	}
}

/* As it would be the other way; done twice it is what it was, but for ICMP's type. */
__noinline int packet_turn(struct guard_packet *packet)
{
	__u32 learned;

	if (!packet)
		return 0;
	swap_words(packet, GUARD_WORD_MAC_SOURCE, GUARD_WORD_MAC_DESTINATION, 2);
	swap_words(packet, GUARD_WORD_SOURCE, GUARD_WORD_DESTINATION, 4);
	swap_words(packet, GUARD_WORD_PORT_SOURCE, GUARD_WORD_PORT_DESTINATION, 1);
	learned = packet->words[GUARD_WORD_LEARNED] &
		  (GUARD_LEARNED_SOURCE | GUARD_LEARNED_DESTINATION);
	if (learned == GUARD_LEARNED_SOURCE || learned == GUARD_LEARNED_DESTINATION)
		packet->words[GUARD_WORD_LEARNED] ^= GUARD_LEARNED_SOURCE |
						     GUARD_LEARNED_DESTINATION;
	return 0;
}

/*
 * A frame of a flow that other rules let pass: would those of now let the flow begin? They are
 * asked about the frame as if it were the first one, in the direction that the flow began in.
 * What the frame is then.
 */
__noinline int flow_decide(struct guard_packet *packet, const struct guard_port *port,
			   __u32 direction, bool dry)
{
	bool to_guest = direction == GUARD_TO_GUEST, turned;
	struct guard_flow_key key = { 0 };
	__u32 flags, type, began, end, now = now_sec();
	struct guard_flow *flow;

	if (!packet || !port)
		return GUARD_STATE_INVALID;
	flow_key(packet, to_guest, &key);
	flow = flow_find(port, &key, now);
	if (!flow)
		return state_without_flow(packet);
	began = flow->state & FLOW_BY_GUEST ? GUARD_FROM_GUEST : GUARD_TO_GUEST;
	turned = began != direction;
	flags = packet->words[GUARD_WORD_TCP_FLAGS];
	type = packet->words[GUARD_WORD_ICMP_TYPE];
	packet->words[GUARD_WORD_TCP_FLAGS] = TCP_SYN;
	if (packet->words[GUARD_WORD_PARTS] & GUARD_PART_ICMP)
		packet->words[GUARD_WORD_ICMP_TYPE] = packet->words[GUARD_WORD_PARTS] &
								      GUARD_PART_IPV4
							      ? ICMP_REQUEST
							      : ICMPV6_REQUEST;
	if (turned)
		packet_turn(packet);
	packet->words[GUARD_WORD_STATE] = GUARD_STATE_NEW;
	packet->words[GUARD_WORD_PARTS] |= GUARD_PART_STATE;
	end = list_run(port->lists[began % GUARD_DIRECTION_COUNT],
		       port->first[began % GUARD_DIRECTION_COUNT]);
	if (turned)
		packet_turn(packet);
	packet->words[GUARD_WORD_TCP_FLAGS] = flags;
	packet->words[GUARD_WORD_ICMP_TYPE] = type;
	if (GUARD_END_VERDICT(end) == GUARD_ACCEPT && end & GUARD_END_TRACK) {
		if (!dry) {
			flow->generation = generation_of(port);
			flow_use(flow, packet, to_guest, now);
		}
		return GUARD_STATE_ESTABLISHED;
	}
	if (!dry)
		flow->state = 0;
	return state_without_flow(packet);
}

static __noinline int count_hit(const struct guard_port *port, __u32 list, __u32 end)
{
	struct guard_hits_key key = { .list = list, .rule = end & GUARD_END_RULE };
	__u64 one = 1, *hits;

	if (!port)
		return 0;
	key.identity = port->identity;
	hits = bpf_map_lookup_elem(&vif_hits, &key);
	if (hits)
		(*hits)++;
	else
		bpf_map_update_elem(&vif_hits, &key, &one, BPF_NOEXIST);
	return 0;
}

static __always_inline void let_pass(const struct guard_packet *packet,
				     const struct guard_port *port, __u32 direction, __u32 end)
{
	bool begins = end & GUARD_END_TRACK && packet->words[GUARD_WORD_STATE] == GUARD_STATE_NEW;

	if (!begins && packet->words[GUARD_WORD_FRAGMENT] != GUARD_FRAGMENT_FIRST)
		return;
	note_passed(packet, port, direction == GUARD_TO_GUEST, begins);
	if (begins)
		count_hit(port, port->lists[direction % GUARD_DIRECTION_COUNT], end);
}

/* dry: nothing comes of it. */
static __noinline int filter(struct __sk_buff *skb, const struct guard_port *port, __u32 direction,
			     bool dry)
{
	__u32 end, list, settled, state = 0, zero = 0;
	struct guard_packet *packet = bpf_map_lookup_elem(&vif_packet, &zero);

	if (!packet || !port)
		return GUARD_FILTER;
	if (!parse_at_once(skb, packet))
		parse_frame(skb, packet);
	if (port->filter & GUARD_FILTER_LEARNED)
		note_learned(packet, port);
	if (port->filter & GUARD_FILTER_STATE && packet->words[GUARD_WORD_PARTS] & GUARD_PART_IP) {
		state = state_of_frame(skb, packet, port, direction == GUARD_TO_GUEST, dry);
		if (state == STATE_STALE)
			state = flow_decide(packet, port, direction, dry);
		packet->words[GUARD_WORD_STATE] = state;
		packet->words[GUARD_WORD_PARTS] |= GUARD_PART_STATE;
	}
	list = port->lists[direction % GUARD_DIRECTION_COUNT];
	settled = port->settled[direction % GUARD_DIRECTION_COUNT];
	end = state == GUARD_STATE_ESTABLISHED && settled
		      ? settled
		      : list_run(list, port->first[direction % GUARD_DIRECTION_COUNT]);
	packet->words[GUARD_WORD_END] = end;
	if (GUARD_END_VERDICT(end) == GUARD_ACCEPT) {
		if (state && !dry)
			let_pass(packet, port, direction, end);
		return GUARD_PASS;
	}
	if (!dry)
		count_hit(port, list, end);
	return GUARD_FILTER;
}
