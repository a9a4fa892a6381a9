/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filters of others: base chains of nftables that drop what none of their rules accepts.
 * What iptables has is among them, unless it is iptables-legacy (kernel/xtables.h).
 *
 * By netlink, and not by listing the ruleset as text: a dump ends. Of a table that drops, all
 * rules are read, of others the base chains only.
 *
 * Source: linux/netfilter/nf_tables.h, net/netfilter/nf_tables_api.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

enum {
	FILTER_NAME_SIZE = 256, /* NFT_NAME_MAXLEN */
	FILTER_IFNAME_SIZE = 16,
	FILTER_MARK_SIZE = 80,
};

struct filter_chain {
	const char *family; /* "inet", "ip", "ip6": a constant */
	char table[FILTER_NAME_SIZE];
	char name[FILTER_NAME_SIZE];
	char entry[FILTER_NAME_SIZE]; /* where its owner has room for rules of others; or `name` */
	bool forward;                 /* hook forward, else input */
	bool marked;                  /* a rule for that hook has the mark in question */
};

/*
 * Rules of vifd's own in tables of others have a comment "TAG HOOK…", HOOK being "forward" or
 * "input". They name an interface in nobody's name but that of the TAG in question.
 */
struct filter_question {
	const char *ifname; /* chains in whose table it is named are left out; NULL: none is */
	const char *prefix; /* what each TAG begins with */
	const char *tag;    /* or NULL */
};

/*
 * Calls back for each chain of the hooks input and forward that drops, by its policy or its last
 * rule, and is not left out.
 */
int filter_chain_dump(const struct filter_question *question,
		      void (*callback)(void *userdata, const struct filter_chain *chain),
		      void *userdata, struct error *err);

/* A rule with such a comment, wherever it is. */
struct filter_mark {
	const char *family;
	uint64_t handle;
	char table[FILTER_NAME_SIZE];
	char chain[FILTER_NAME_SIZE];
	char text[FILTER_MARK_SIZE];
	char ifname[FILTER_IFNAME_SIZE]; /* the first that it names; or "" */
};

int filter_mark_dump(const char *prefix,
		     void (*callback)(void *userdata, const struct filter_mark *mark),
		     void *userdata, struct error *err);
