/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The object is loaded by libbpf, once a process. Its maps are those of a guard
 * that is on one of the links already, where they have our sizes (guard-map.h):
 * then what that one has learned and counted goes on, and rules that this
 * process gives reach the program of that one too. Programs are always our own;
 * a link's old one is exchanged when it gets its rules.
 *
 * A program that finds no rules for its link drops everything. So rules come
 * before the program, and go after it.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <guard.skel.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "kernel/bpf-hook.h"
#include "kernel/guard-lists.h"
#include "kernel/guard-sets.h"
#include "kernel/guard.h"

_Static_assert((int)GUARD_RULES_ADDRESSES_MAX == (int)GUARD_ADDRESSES_MAX, "one limit");
_Static_assert((int)GUARD_RULES_LEARNED_MAX == 1 + (int)GUARD_LEARNED_MAX,
	       "one IPv4 address, and those");
_Static_assert(GUARD_RULE_COUNT <= ARRAY_SIZE(((struct guard_counts *)NULL)->dropped),
	       "every rule is counted");

enum {
	CPUS_MAX = 8192,
};

static const char from_guest_name[] = "vif_from_guest";
static const uint64_t second_nsec = 1000000000;

/* Where the two programs are put. */
static const struct {
	enum bpf_hook from_guest, to_guest;
} sides[] = {
	[GUARD_SIDE_TAP] = { BPF_HOOK_INGRESS, BPF_HOOK_EGRESS },
	[GUARD_SIDE_MACVTAP] = { BPF_HOOK_EGRESS, BPF_HOOK_INGRESS },
};
_Static_assert(ARRAY_SIZE(sides) == GUARD_SIDE_COUNT, "every side has its hooks");

static const char *const rule_names[] = {
	[GUARD_PASS] = "passed",
	[GUARD_MAC] = "mac",
	[GUARD_ARP] = "arp",
	[GUARD_IPV4] = "ipv4",
	[GUARD_IPV6] = "ipv6",
	[GUARD_ND] = "nd",
	[GUARD_DHCP_SERVER] = "dhcp-server",
	[GUARD_RA] = "ra",
	[GUARD_OTHER] = "other",
	[GUARD_RATE] = "broadcast",
	[GUARD_TAGS] = "tags",
	[GUARD_VLAN] = "vlan",
	[GUARD_FILTER] = "filter",
	[GUARD_MALFORMED] = "malformed",
};
_Static_assert(ARRAY_SIZE(rule_names) == GUARD_RULE_COUNT, "every rule has a name");

struct guard {
	struct guard_bpf *object;
	int ports, states, drops, hits, flows, from_guest, to_guest; /* fds, the object's */
	struct guard_lists *lists;
	struct guard_sets *sets;
	struct ring_buffer *news;
	int n_cpus;
};

const char *guard_rule_name(unsigned rule)
{
	return rule < GUARD_RULE_COUNT ? rule_names[rule] : NULL;
}

/* --- loading and taking over ------------------------------------------------------ */

static int is_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

/* Gives the object's map the one behind the fd, if it is the same and of the same sizes. */
static bool adopt_map(struct bpf_map *map, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 &&
	       !strcmp(info.name, bpf_map__name(map)) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) && bpf_map__reuse_fd(map, fd) == 0;
}

static void adopt_maps(struct guard *guard, int program)
{
	uint32_t ids[32] = { 0 };
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ids, .nr_map_ids = ARRAY_SIZE(ids) };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &size) < 0)
		return;
	for (unsigned i = 0; i < info.nr_map_ids && i < ARRAY_SIZE(ids); i++) {
		AUTO_CLOSE int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map *map;

		if (fd >= 0)
			bpf_object__for_each_map(map,
						 guard->object->obj) if (adopt_map(map, fd)) break;
	}
}

static int find_program(struct netlink *nl, int ifindex, enum bpf_hook hook, int *ret_program)
{
	bool first;

	if (bpf_hook_find(nl, ifindex, hook, from_guest_name, ret_program) == 0)
		return 0;
	return bpf_hook_find_tcx(ifindex, hook, from_guest_name, &first, ret_program);
}

static void take_over(struct guard *guard, struct netlink *nl, const int *links, size_t n_links)
{
	for (size_t i = 0; i < n_links; i++)
		for (unsigned hook = 0; hook < BPF_HOOK_COUNT; hook++) {
			AUTO_CLOSE int program = -1;

			if (find_program(nl, links[i], hook, &program) < 0)
				continue;
			adopt_maps(guard, program);
			return;
		}
}

void guard_close(struct guard *guard)
{
	if (!guard)
		return;
	guard_lists_free(guard->lists);
	guard_sets_free(guard->sets);
	ring_buffer__free(guard->news);
	guard_bpf__destroy(guard->object);
	free(guard);
}

static int load_object(struct guard *guard, struct error *err)
{
	int r = guard_bpf__load(guard->object);

	if (r < 0)
		return error_system(err, r, "cannot load the guard's program into the kernel");
	guard->ports = bpf_map__fd(guard->object->maps.vif_ports);
	guard->states = bpf_map__fd(guard->object->maps.vif_states);
	guard->drops = bpf_map__fd(guard->object->maps.vif_drops);
	guard->flows = bpf_map__fd(guard->object->maps.vif_flows);
	guard->hits = bpf_map__fd(guard->object->maps.vif_hits);
	guard->from_guest = bpf_program__fd(guard->object->progs.vif_from_guest);
	guard->to_guest = bpf_program__fd(guard->object->progs.vif_to_guest);
	guard->n_cpus = libbpf_num_possible_cpus();
	return guard->n_cpus > 0 && guard->n_cpus <= CPUS_MAX
		       ? 0
		       : error_set(err, -EINVAL, ERROR_SYSTEM,
				   "cannot tell how many processors are");
}

/* The lists that links have; the others are of a process that ended while it wrote them. */
static void ref_lists(struct guard *guard)
{
	const void *previous = NULL;
	struct guard_port port;
	uint32_t key, next;

	while (bpf_map_get_next_key(guard->ports, previous, &next) == 0) {
		key = next;
		previous = &key;
		if (bpf_map_lookup_elem(guard->ports, &key, &port) < 0)
			continue;
		for (unsigned i = 0; i < GUARD_DIRECTION_COUNT; i++)
			guard_lists_ref(guard->lists, port.lists[i]);
	}
	guard_lists_sweep(guard->lists);
}

static int know_filters(struct guard *guard, struct error *err)
{
	int r = guard_lists_new(bpf_map__fd(guard->object->maps.vif_lists), &guard->lists, err);

	if (r == 0)
		r = guard_sets_new(bpf_map__fd(guard->object->maps.vif_sets),
				   bpf_map__fd(guard->object->maps.vif_members),
				   bpf_map__fd(guard->object->maps.vif_epoch), &guard->sets, err);
	if (r == 0)
		ref_lists(guard);
	return r;
}

static int on_news(void *context, void *data, size_t size)
{
	(void)context, (void)data, (void)size;
	return 0;
}

int guard_news_fd(struct guard *guard)
{
	return ring_buffer__epoll_fd(guard->news);
}

void guard_read_news(struct guard *guard)
{
	(void)ring_buffer__consume(guard->news);
}

int guard_open(struct netlink *nl, const int *links, size_t n_links, struct guard **ret_guard,
	       struct error *err)
{
	AUTO(guard_closep) struct guard *guard = calloc(1, sizeof(*guard));
	int r;

	if (!guard)
		return error_oom(err);
	libbpf_set_print(is_silent);
	guard->object = guard_bpf__open();
	if (!guard->object)
		return error_system(err, -errno, "cannot open the guard's program");
	take_over(guard, nl, links, n_links);
	r = load_object(guard, err);
	if (r == 0)
		r = know_filters(guard, err);
	if (r < 0)
		return r;
	guard->news = ring_buffer__new(bpf_map__fd(guard->object->maps.vif_news), on_news, NULL,
				       NULL);
	if (!guard->news)
		return error_system(err, -errno, "cannot hear what guards learn");
	guard_read_news(guard);
	*ret_guard = take_ptr(guard);
	return 0;
}

/* --- rules ------------------------------------------------------------------------ */

static unsigned checks_of(const struct guard_rules *rules)
{
	return (rules->mac_only ? GUARD_CHECK_MAC : 0) | (rules->ip_only ? GUARD_CHECK_IP : 0) |
	       (rules->ip_only && rules->learn ? GUARD_CHECK_LEARN : 0) |
	       (rules->no_dhcp_server ? GUARD_CHECK_DHCP_SERVER : 0) |
	       (rules->no_ra ? GUARD_CHECK_RA : 0) | (rules->no_other ? GUARD_CHECK_OTHER : 0);
}

static uint32_t mask_word(unsigned prefix, unsigned word)
{
	unsigned bits = prefix > 32 * word ? prefix - 32 * word : 0;

	return bits >= 32 ? UINT32_MAX : bits ? htonl(UINT32_MAX << (32 - bits)) : 0;
}

static int put_address(struct guard_port *port, const struct guard_address *address)
{
	struct guard_ipv6 *ipv6 = &port->ipv6[port->n_ipv6];
	struct guard_ipv4 *ipv4 = &port->ipv4[port->n_ipv4];

	if (address->family == AF_INET) {
		if (port->n_ipv4 == GUARD_ADDRESSES_MAX)
			return -E2BIG;
		memcpy(&ipv4->address, address->bytes, sizeof(ipv4->address));
		ipv4->mask = mask_word(address->prefix, 0);
		port->n_ipv4++;
		return 0;
	}
	if (port->n_ipv6 == GUARD_ADDRESSES_MAX)
		return -E2BIG;
	memcpy(ipv6->address, address->bytes, sizeof(ipv6->address));
	for (unsigned i = 0; i < ARRAY_SIZE(ipv6->mask); i++)
		ipv6->mask[i] = mask_word(address->prefix, i);
	port->n_ipv6++;
	return 0;
}

static void fill_vlans(const struct guard_rules *rules, struct guard_port *port)
{
	static const uint32_t modes[] = {
		[GUARD_RULES_ANY_VLAN] = GUARD_VLAN_ANY,
		[GUARD_RULES_ONE_VLAN] = GUARD_VLAN_ACCESS,
		[GUARD_RULES_SOME_VLANS] = GUARD_VLAN_TRUNK,
	};

	port->vlan_mode = modes[rules->vlan];
	port->vlan = rules->native;
	port->vlan_bare = !rules->native_tagged;
	for (size_t i = 0; i < rules->n_tags; i++)
		port->vlans[rules->tags[i] % GUARD_VLANS / 64] |= 1ULL << rules->tags[i] % 64;
}

static int fill_port(const struct guard_rules *rules, struct guard_port *port, struct error *err)
{
	memcpy(port->identity.bytes, rules->identity, sizeof(port->identity.bytes));
	memcpy(port->mac, rules->mac, sizeof(port->mac));
	port->checks = checks_of(rules);
	fill_vlans(rules, port);
	if (rules->broadcast > 0) {
		port->interval_nsec = second_nsec / rules->broadcast;
		port->burst_nsec = second_nsec;
	}
	for (size_t i = 0; i < rules->n_addresses; i++)
		if (put_address(port, &rules->addresses[i]) < 0)
			return error_set(err, -E2BIG, ERROR_INVALID_ARGUMENT,
					 "a guard has room for %d addresses of a family",
					 GUARD_ADDRESSES_MAX);
	return 0;
}

/* An identity that is known keeps what it has. */
static int add_identity(struct guard *guard, const struct guard_port *port, struct error *err)
{
	AUTO_FREE struct guard_drops *drops = calloc((size_t)guard->n_cpus, sizeof(*drops));
	const struct guard_state state = { 0 };
	int r;

	if (!drops)
		return error_oom(err);
	r = bpf_map_update_elem(guard->states, &port->identity, &state, BPF_NOEXIST);
	if (r == 0 || r == -EEXIST)
		r = bpf_map_update_elem(guard->drops, &port->identity, drops, BPF_NOEXIST);
	return r == 0 || r == -EEXIST ? 0 : error_system(err, r, "cannot keep a guard's counts");
}

static int write_port(struct guard *guard, int ifindex, const struct guard_port *port,
		      struct error *err)
{
	uint32_t key = (uint32_t)ifindex;
	int r = bpf_map_update_elem(guard->ports, &key, port, BPF_ANY);

	return r < 0 ? error_system(err, r, "cannot write a guard's rules") : 0;
}

static bool read_port(const struct guard *guard, int ifindex, struct guard_port *ret_port)
{
	uint32_t key = (uint32_t)ifindex;

	return bpf_map_lookup_elem(guard->ports, &key, ret_port) == 0;
}

static int attach(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		  enum guard_side side, bool both, struct error *err)
{
	int programs[BPF_HOOK_COUNT];
	AUTO_CLOSE int old = -1;
	bool first;
	int r;

	programs[sides[side].from_guest] = guard->from_guest;
	programs[sides[side].to_guest] = both ? guard->to_guest : -1;
	r = bpf_hook_attach(nl, ifindex, name, programs, err);
	/* guard_promote() is for taps. */
	if (r == 0 && side == GUARD_SIDE_TAP &&
	    bpf_hook_find_tcx(ifindex, sides[side].from_guest, from_guest_name, &first, &old) == 0)
		(void)bpf_hook_attach_tcx(ifindex, name, sides[side].from_guest, guard->from_guest,
					  old, NULL);
	return r;
}

/* So that the port has some room for flows, however many the others have. */
static int add_flows(struct guard *guard, const struct guard_port *port, struct error *err)
{
	static const struct guard_bucket empty;
	struct guard_bucket_key key = { .identity = port->identity };
	int r = 0;

	for (; key.bucket < GUARD_BUCKETS_SURE && (r == 0 || r == -EEXIST); key.bucket++)
		r = bpf_map_update_elem(guard->flows, &key, &empty, BPF_NOEXIST);
	return r == 0 || r == -EEXIST ? 0 : error_system(err, r, "cannot keep a port's flows");
}

static void forget_flows(struct guard *guard, const uint8_t identity[static 16])
{
	struct guard_bucket_key key = { 0 };

	memcpy(key.identity.bytes, identity, sizeof(key.identity.bytes));
	if (bpf_map_delete_elem(guard->flows, &key) < 0)
		return;
	for (key.bucket = 1; key.bucket < GUARD_BUCKETS_MAX; key.bucket++)
		(void)bpf_map_delete_elem(guard->flows, &key);
}

/* FNV-1a, a word at a time. */
static uint32_t hash_words(uint32_t hash, const void *words, size_t size)
{
	for (size_t i = 0; i < size / sizeof(uint32_t); i++) {
		uint32_t word;

		memcpy(&word, (const uint8_t *)words + i * sizeof(word), sizeof(word));
		hash = (hash ^ word) * 16777619U;
		hash ^= hash >> 15;
	}
	return hash;
}

static uint32_t generation_of(const struct guard_filter *filter)
{
	uint32_t hash = 2166136261U;

	for (unsigned i = 0; i < GUARD_DIRECTION_COUNT; i++) {
		const struct guard_list *list = &filter->lists[i];

		hash = hash_words(hash, &list->first, sizeof(list->first));
		hash = hash_words(hash, list->tests, list->n_tests * sizeof(*list->tests));
	}
	return hash;
}

/* Every frame that the flows are asked about is one of IP. */
static bool word_of_settled(uint32_t word, uint32_t mask, uint32_t *ret_value)
{
	const uint32_t parts = GUARD_PART_IP | GUARD_PART_STATE;

	if (word == GUARD_WORD_STATE)
		*ret_value = GUARD_STATE_ESTABLISHED;
	else if (word == GUARD_WORD_PARTS && !(mask & ~parts))
		*ret_value = parts;
	else
		return false;
	return true;
}

/* Ways lead forward only. */
static uint32_t settled_end(const struct guard_list *list)
{
	uint32_t at = list->first, value;

	while (at < list->n_tests) {
		const struct guard_test *test = &list->tests[at];

		if (!word_of_settled(test->word, test->mask, &value))
			return 0;
		at = (value & test->mask) - test->low <= test->span ? test->yes : test->no;
	}
	return at >= GUARD_END ? at : 0;
}

static int add_lists(struct guard *guard, const struct guard_filter *filter,
		     struct guard_port *port, struct error *err)
{
	int r = 0;

	port->filter = filter ? GUARD_FILTER_ON | (filter->learned ? GUARD_FILTER_LEARNED : 0) |
					(filter->flows ? GUARD_FILTER_STATE : 0) |
					(filter->sets ? GUARD_FILTER_SETS : 0) |
					(filter->learn_first ? GUARD_FILTER_FIRST : 0)
			      : 0;
	port->generation = filter ? generation_of(filter) : 0;
	for (unsigned i = 0; i < GUARD_DIRECTION_COUNT; i++) {
		port->lists[i] = 0;
		port->first[i] = filter ? filter->lists[i].first : 0;
		port->settled[i] = filter ? settled_end(&filter->lists[i]) : 0;
		if (r == 0 && filter)
			r = guard_lists_add(guard->lists, &filter->lists[i], &port->lists[i], err);
	}
	return r == 0 && port->filter & GUARD_FILTER_STATE ? add_flows(guard, port, err) : r;
}

static void forget_hits(struct guard *guard, const struct guard_port *port, uint32_t list)
{
	uint32_t n = guard_lists_n_rules(guard->lists, list);
	struct guard_hits_key key = { .identity = port->identity, .list = list };

	for (key.rule = 0; key.rule < n; key.rule++)
		(void)bpf_map_delete_elem(guard->hits, &key);
	key.rule = GUARD_END_RULE;
	(void)bpf_map_delete_elem(guard->hits, &key);
}

/* The port has others now, or none. */
static void drop_lists(struct guard *guard, const struct guard_port *port,
		       const struct guard_port *now)
{
	for (unsigned i = 0; i < GUARD_DIRECTION_COUNT; i++) {
		if (port->filter && (!now || now->lists[i] != port->lists[i]))
			forget_hits(guard, port, port->lists[i]);
		guard_lists_unref(guard->lists, port->lists[i]);
	}
}

static bool looks_at_arrivals(const struct guard_port *port)
{
	return port->checks & GUARD_CHECK_LEARN || port->vlan_mode != GUARD_VLAN_ANY ||
	       port->filter;
}

/*
 * The port's lists are the link's when it has succeeded, and nobody's when not. `before`: what the
 * link has, or NULL. `attached`: the programs that it needs are on it.
 */
static int put_port(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		    enum guard_side side, const struct guard_port *before,
		    const struct guard_port *port, bool attached, struct error *err)
{
	int r = write_port(guard, ifindex, port, err);

	if (r == 0 && !attached)
		r = attach(guard, nl, ifindex, name, side, looks_at_arrivals(port), err);
	if (r == 0) {
		if (before)
			drop_lists(guard, before, port);
		return 0;
	}
	if (before && write_port(guard, ifindex, before, NULL) == 0) {
		drop_lists(guard, port, before);
		return r;
	}
	(void)guard_clear(guard, nl, ifindex, name, side, NULL);
	return r;
}

int guard_set(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
	      enum guard_side side, const struct guard_rules *rules, struct error *err)
{
	struct guard_port port = { 0 }, before = { 0 };
	bool had = read_port(guard, ifindex, &before);
	int r;

	if (had)
		port.redirect = before.redirect;
	r = fill_port(rules, &port, err);
	if (r == 0)
		r = add_identity(guard, &port, err);
	if (r == 0)
		r = add_lists(guard, rules->filter, &port, err);
	if (r == 0)
		return put_port(guard, nl, ifindex, name, side, had ? &before : NULL, &port, false,
				err);
	drop_lists(guard, &port, &before);
	return r;
}

int guard_set_filter(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		     enum guard_side side, const struct guard_filter *filter, struct error *err)
{
	struct guard_port port, before;
	int r;

	if (!read_port(guard, ifindex, &port))
		return error_set(err, -ENOENT, ERROR_NO_SUCH_DEVICE, "%s has no guard", name);
	before = port;
	r = add_lists(guard, filter, &port, err);
	if (r == 0)
		return put_port(guard, nl, ifindex, name, side, &before, &port,
				looks_at_arrivals(&before) == looks_at_arrivals(&port), err);
	drop_lists(guard, &port, &before);
	return r;
}

int guard_set_members(struct guard *guard, uint32_t number, const struct guard_address *addresses,
		      size_t n, struct error *err)
{
	return guard_sets_put(guard->sets, number, addresses, n, err);
}

void guard_forget_members(struct guard *guard, uint32_t number)
{
	guard_sets_delete(guard->sets, number);
}

int guard_set_redirect(struct guard *guard, int ifindex, int target, struct error *err)
{
	struct guard_port port;

	if (!read_port(guard, ifindex, &port) || port.redirect == (uint32_t)target)
		return 0;
	port.redirect = (uint32_t)target;
	return write_port(guard, ifindex, &port, err);
}

static int detach(struct netlink *nl, int ifindex, const char *name, enum bpf_hook hook,
		  struct error *err)
{
	AUTO_CLOSE int program = -1;
	bool first;
	int r = 0;

	if (bpf_hook_find_tcx(ifindex, hook, from_guest_name, &first, &program) == 0)
		r = bpf_hook_detach_tcx(ifindex, name, hook, program, err);
	return r < 0 ? r : bpf_hook_detach(nl, ifindex, name, hook, err);
}

int guard_clear(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		enum guard_side side, struct error *err)
{
	int r;

	r = detach(nl, ifindex, name, sides[side].from_guest, err);
	if (r == 0)
		r = bpf_hook_detach(nl, ifindex, name, sides[side].to_guest, err);
	if (r == 0)
		guard_forget_link(guard, ifindex);
	return r;
}

void guard_forget_link(struct guard *guard, int ifindex)
{
	uint32_t key = (uint32_t)ifindex;
	struct guard_port port;

	if (!read_port(guard, ifindex, &port))
		return;
	(void)bpf_map_delete_elem(guard->ports, &key);
	drop_lists(guard, &port, NULL);
}

void guard_forget(struct guard *guard, const uint8_t identity[static 16])
{
	(void)bpf_map_delete_elem(guard->states, identity);
	(void)bpf_map_delete_elem(guard->drops, identity);
	forget_flows(guard, identity);
}

/* --- what it has seen --------------------------------------------------------------- */

static uint64_t now_nsec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * second_nsec + (uint64_t)now.tv_nsec;
}

static struct guard_address *add_learned(struct guard_counts *counts, int family, const void *bytes,
					 size_t size)
{
	struct guard_address *address = &counts->learned[counts->n_learned++];

	*address = (struct guard_address){ .family = family, .prefix = (unsigned)size * CHAR_BIT };
	memcpy(address->bytes, bytes, size);
	return address;
}

static void note_until(struct guard_counts *counts, uint64_t nsec)
{
	if (!counts->until_nsec || nsec < counts->until_nsec)
		counts->until_nsec = nsec;
}

static void read_learned(const struct guard_state *state, struct guard_counts *counts)
{
	uint64_t now = now_nsec();

	if (now < state->ipv4_until) {
		add_learned(counts, AF_INET, &state->ipv4, sizeof(state->ipv4));
		if (state->ipv4_until != UINT64_MAX)
			note_until(counts, state->ipv4_until);
	}
	for (unsigned i = 0; i < GUARD_LEARNED_MAX; i++) {
		if (!state->ipv6[i].since)
			continue;
		if (now > state->ipv6[i].since + GUARD_DAD_NSEC)
			add_learned(counts, AF_INET6, state->ipv6[i].address,
				    sizeof(state->ipv6[i].address));
		else
			note_until(counts, state->ipv6[i].since + GUARD_DAD_NSEC);
	}
}

int guard_read(struct guard *guard, int ifindex, struct guard_counts *ret_counts, struct error *err)
{
	AUTO_FREE struct guard_drops *drops = calloc((size_t)guard->n_cpus, sizeof(*drops));
	AUTO_CLOSE int tcx = -1;
	struct guard_state state;
	struct guard_port port;
	bool first;

	if (!drops)
		return error_oom(err);
	if (!read_port(guard, ifindex, &port))
		return error_set(err, -ENOENT, ERROR_NO_SUCH_DEVICE, "the link has no guard");
	*ret_counts = (struct guard_counts){ .claimed = port.filter & GUARD_FILTER_FIRST };
	if (bpf_map_lookup_elem(guard->drops, &port.identity, drops) == 0)
		for (int i = 0; i < guard->n_cpus; i++)
			for (unsigned rule = 0; rule < GUARD_RULE_COUNT; rule++)
				ret_counts->dropped[rule] += drops[i].frames[rule];
	if (bpf_map_lookup_elem(guard->states, &port.identity, &state) == 0)
		read_learned(&state, ret_counts);
	ret_counts->tcx = bpf_hook_find_tcx(ifindex, BPF_HOOK_INGRESS, from_guest_name, &first,
					    &tcx) == 0;
	return 0;
}

int guard_read_hits(struct guard *guard, int ifindex, enum guard_direction direction,
		    uint64_t *ret_hits, size_t n, struct error *err)
{
	AUTO_FREE uint64_t *values = calloc((size_t)guard->n_cpus, sizeof(*values));
	struct guard_hits_key key = { 0 };
	struct guard_port port;

	if (!values)
		return error_oom(err);
	if (!read_port(guard, ifindex, &port))
		return error_set(err, -ENOENT, ERROR_NO_SUCH_DEVICE, "the link has no guard");
	key.identity = port.identity;
	key.list = port.lists[direction];
	for (size_t rule = 0; rule < n; rule++) {
		key.rule = (uint32_t)rule;
		ret_hits[rule] = 0;
		if (bpf_map_lookup_elem(guard->hits, &key, values) == 0)
			for (int i = 0; i < guard->n_cpus; i++)
				ret_hits[rule] += values[i];
	}
	return 0;
}

int guard_try(struct guard *guard, int ifindex, enum guard_direction direction, const void *frame,
	      size_t size, unsigned *ret_rule, uint32_t *ret_end, struct error *err)
{
	struct __sk_buff context = { .ifindex = (uint32_t)ifindex, .cb = { direction } }, after;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (uint32_t)size,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .ctx_out = &after,
		    .ctx_size_out = sizeof(after), .repeat = 1);
	int r = bpf_prog_test_run_opts(bpf_program__fd(guard->object->progs.vif_try), &options);

	if (r < 0)
		return error_system(err, r, "cannot try a frame");
	*ret_rule = after.cb[GUARD_TRY_RULE];
	*ret_end = after.cb[GUARD_TRY_END];
	return 0;
}

int guard_promote(struct guard *guard, int ifindex, const char *name, struct error *err)
{
	AUTO_CLOSE int old = -1;
	bool first = false;
	int r = 0;

	if (bpf_hook_find_tcx(ifindex, BPF_HOOK_INGRESS, from_guest_name, &first, &old) == 0) {
		if (first)
			return bpf_hook_attach_tcx(ifindex, name, BPF_HOOK_INGRESS,
						   guard->from_guest, old, err);
		/* What tc asks first is the same program: nothing is open meanwhile. */
		r = bpf_hook_detach_tcx(ifindex, name, BPF_HOOK_INGRESS, old, err);
	}
	return r < 0 ? r
		     : bpf_hook_attach_tcx(ifindex, name, BPF_HOOK_INGRESS, guard->from_guest, -1,
					   err);
}

enum guard_place guard_find(struct netlink *nl, int ifindex, enum guard_side side)
{
	AUTO_CLOSE int tcx = -1, tc = -1;
	bool first = true;

	if (bpf_hook_find_tcx(ifindex, sides[side].from_guest, from_guest_name, &first, &tcx) < 0)
		first = true;
	if (bpf_hook_find(nl, ifindex, sides[side].from_guest, from_guest_name, &tc) < 0)
		return GUARD_PLACE_NONE;
	return first ? GUARD_PLACE_FIRST : GUARD_PLACE_BEHIND;
}
