/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What iptables-legacy and ip6tables-legacy have in their table "filter": not seen in nftables.
 *
 * Only a table that is there is read: asking the kernel for another one would make it.
 *
 * Source: linux/netfilter_ipv4/ip_tables.h, linux/netfilter_ipv6/ip6_tables.h,
 * net/ipv4/netfilter/ip_tables.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

struct xtables_chain {
	const char *family; /* "ip", "ip6": a constant */
	const char *name;   /* "INPUT", "FORWARD": a constant */
	size_t n_rules;     /* without its policy */
	bool forward;
	bool drops; /* by its policy, or by a last rule that is for all */
	bool named; /* some rule of the table names the interface */
};

/* Calls back for INPUT and FORWARD of each table that is there. */
int xtables_dump(const char *ifname,
		 void (*callback)(void *userdata, const struct xtables_chain *chain),
		 void *userdata, struct error *err);
