/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packet filters of others on the host: chains that drop what no rule of theirs accepts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	HOST_FILTER_NAME_SIZE = 256,
};

struct host_filter {
	const char *family; /* "inet", "ip", "ip6": a constant */
	char table[HOST_FILTER_NAME_SIZE];
	char chain[HOST_FILTER_NAME_SIZE];
	char entry[HOST_FILTER_NAME_SIZE]; /* the chain for rules of one's own; often `chain` */
	bool forward; /* what passes through the host, else what is for the host */
	bool opened;  /* by a rule of vifd's for the network in question */
	bool legacy;  /* iptables-legacy's */
	bool unclear; /* it has rules, and who they drop is not known: n_rules; legacy only */
	size_t n_rules;
};

struct host_filters {
	struct host_filter *items;
	size_t n;
	bool bridged; /* also frames between the ports of a bridge pass them */
};

/* Not iptables-legacy's, and not firewalld's, which it alone writes: it is told by a zone. */
bool host_filter_can_be_opened(const struct host_filter *filter);
bool host_filter_is_of_firewalld(const struct host_filter *filter);

void host_filters_done(struct host_filters *filters);
