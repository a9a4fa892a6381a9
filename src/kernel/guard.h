/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guard: what may come in from a link that a guest holds.
 *
 * One program is loaded for all links; what holds for a link are rules, which
 * are replaced whole while frames pass. What passes a tap may be sent on by the
 * program itself (guard_set_redirect), which costs less than another filter.
 *
 * A guard stays on its link when the process ends, closed or open as its rules
 * are, and the next process takes it over, with what was learned and counted.
 * A link that was made again is another link: it needs its guard again, before
 * it is set up, and keeps what was learned by its identity.
 *
 * Needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN; CAP_SYS_ADMIN to take over. Nothing
 * here waits, but for the first guard_open(), which takes 10 ms to load, and
 * what says so. A vifd that was built without it has functions that answer
 * -EOPNOTSUPP.
 */
#pragma once

#include "kernel/guard-filter.h"
#include "kernel/netlink.h"

/* From whose side is the link seen? */
enum guard_side {
	GUARD_SIDE_TAP,     /* a guest's frames come in by its ingress */
	GUARD_SIDE_MACVTAP, /* they go out by its egress */
	GUARD_SIDE_COUNT,
};

struct guard_rules {
	uint8_t identity[16]; /* what is learned and counted is kept under it */
	uint8_t mac[6];       /* of the guest */
	bool mac_only;        /* only frames of that address */
	bool ip_only;         /* only of the addresses that are listed, or learned */
	bool learn;
	bool no_dhcp_server;
	bool no_ra;
	bool no_other;      /* nothing but IPv4, IPv6, ARP and RARP */
	unsigned broadcast; /* broadcasts, multicasts and ARP a second; 0: any number */
	enum {
		GUARD_RULES_ANY_VLAN,   /* tags are the guest's own business */
		GUARD_RULES_ONE_VLAN,   /* `native`, and the guest sees no tags */
		GUARD_RULES_SOME_VLANS, /* of the list, by tags; `native` has those without */
	} vlan;
	uint16_t native;      /* 0: none */
	bool native_tagged;   /* the guest gets its frames with their tag */
	const uint16_t *tags; /* 1 to 4094 */
	size_t n_tags;
	const struct guard_address *addresses;
	size_t n_addresses;                /* at most GUARD_RULES_ADDRESSES_MAX of a family */
	const struct guard_filter *filter; /* decides on what passes the rest; NULL: nothing does */
};

enum {
	GUARD_RULES_ADDRESSES_MAX = 32,
	GUARD_RULES_LEARNED_MAX = 9,
};

/* What a guard has seen. */
struct guard_counts {
	uint64_t dropped[16];                                  /* by rule; guard_rule_name() */
	struct guard_address learned[GUARD_RULES_LEARNED_MAX]; /* that the guest may use now */
	size_t n_learned;
	uint64_t until_nsec; /* CLOCK_MONOTONIC: when they change if nothing happens; or 0 */
	bool claimed;        /* the IPv4 one is what the guest said itself, first of all */
	bool tcx;            /* it is asked by TCX, before tc */
};

/* "mac", "arp", …; NULL after the last. */
const char *guard_rule_name(unsigned rule);

struct guard;

/* Loads the program; takes over from one that is on any of these links. */
int guard_open(struct netlink *nl, const int *links, size_t n_links, struct guard **ret_guard,
	       struct error *err);
/* What is on links stays. */
void guard_close(struct guard *guard);
DEFINE_FREEP(struct guard, guard_close);

/*
 * Gives a link its rules and, where it is not there yet, the program: the rules
 * first, so that nothing passes without them. What passes goes where it went
 * before, as far as the guard decides that. After a failure the link has what
 * it had; one that had no guard has none.
 */
int guard_set(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
	      enum guard_side side, const struct guard_rules *rules, struct error *err);

/*
 * From now on what passes goes out by the link `target`; 0: on its way, to what
 * is behind the guard. Nothing happens on a link without a guard.
 */
int guard_set_redirect(struct guard *guard, int ifindex, int target, struct error *err);

/* As guard_set(), of the filter alone, on a link that has a guard: -ENOENT. NULL: none. */
int guard_set_filter(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		     enum guard_side side, const struct guard_filter *filter, struct error *err);

/* What the number of a set (1 and above) stands for, from now on, in all filters. */
int guard_set_members(struct guard *guard, uint32_t number, const struct guard_address *addresses,
		      size_t n, struct error *err);
void guard_forget_members(struct guard *guard, uint32_t number);

/* Takes it off; what is behind the guard decides alone. 0 where there is none. */
int guard_clear(struct guard *guard, struct netlink *nl, int ifindex, const char *name,
		enum guard_side side, struct error *err);

/* What is known of a link that has gone; and of an identity that has. */
void guard_forget_link(struct guard *guard, int ifindex);
void guard_forget(struct guard *guard, const uint8_t identity[static 16]);

/* -ENOENT: the link has no guard. */
int guard_read(struct guard *guard, int ifindex, struct guard_counts *ret_counts,
	       struct error *err);

/*
 * Readable when a guard has learned an address, or forgotten one: guard_read_news() ends that, and
 * then guard_read() tells. -1: nobody is told.
 */
int guard_news_fd(struct guard *guard);
void guard_read_news(struct guard *guard);

/*
 * How many frames the rules of a link's filter decided on since it has this filter: the
 * first `n` of the list. Counted is what does not pass, and what begins a flow.
 */
int guard_read_hits(struct guard *guard, int ifindex, enum guard_direction direction,
		    uint64_t *ret_hits, size_t n, struct error *err);

/*
 * What the link's guard would do with a frame: nothing comes of it. *ret_rule is
 * GUARD_PASS or what drops it (guard_rule_name); *ret_end the end of its way in the
 * filter, 0 where the filter was not asked.
 */
int guard_try(struct guard *guard, int ifindex, enum guard_direction direction, const void *frame,
	      size_t size, unsigned *ret_rule, uint32_t *ret_end, struct error *err);

/*
 * Puts the program of a tap that has a guard before all of tc, by TCX, where it is
 * asked for less and nobody's filter is before it. Waits for RCU, 10 ms, with the
 * kernel's big lock: for a thread. -EOPNOTSUPP: the kernel has no TCX.
 */
int guard_promote(struct guard *guard, int ifindex, const char *name, struct error *err);

/* Is a guard there, and asked first? For a look at what others have put on the link. */
enum guard_place {
	GUARD_PLACE_NONE,
	GUARD_PLACE_BEHIND, /* others are asked before it, by TCX */
	GUARD_PLACE_FIRST,
};
enum guard_place guard_find(struct netlink *nl, int ifindex, enum guard_side side);
