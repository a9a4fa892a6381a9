/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filters of others: base chains of nftables that drop what none of their rules accepts.
 * What iptables has is among them, unless it is iptables-legacy.
 *
 * By netlink, and not by listing the ruleset as text: a dump ends. Of a table that drops, all
 * rules are read, of others the base chains only.
 *
 * Source: linux/netfilter/nf_tables.h, net/netfilter/nf_tables_api.c.
 */
#pragma once

#include <stdbool.h>

#include "util/error.h"

enum {
	FILTER_NAME_SIZE = 64, /* longer ones are cut */
	FILTER_IFNAME_SIZE = 16,
};

struct filter_chain {
	const char *family; /* "inet", "ip", "ip6": a constant */
	char table[FILTER_NAME_SIZE];
	char name[FILTER_NAME_SIZE];
	bool forward; /* hook forward, else input */
};

/*
 * Calls back for each chain of the hooks input and forward that drops, by its policy or its last
 * rule, and in whose table no rule names the interface.
 */
int filter_chain_dump(const char *ifname,
		      void (*callback)(void *userdata, const struct filter_chain *chain),
		      void *userdata, struct error *err);
