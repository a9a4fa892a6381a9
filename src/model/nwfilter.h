/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet filter by name: libvirt's <filter>. It holds rules and references to
 * other filters, in the order of the document.
 *
 * What must hold of a filter alone is checked by nwfilter_validate(); what the filters that it
 * refers to and a port's variables make of it, by nwfilter_compile().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/filter.h"
#include "model/nwfilter-value.h"
#include "model/uuid.h"
#include "util/cleanup.h"
#include "util/error.h"

enum nwfilter_action {
	NWFILTER_ACCEPT,
	NWFILTER_DROP,
	NWFILTER_REJECT,
	NWFILTER_RETURN,   /* from the chain to the root chain; from that: to the end */
	NWFILTER_CONTINUE, /* with the next rule */
	NWFILTER_ACTION_COUNT,
};

const char *nwfilter_action_name(enum nwfilter_action action);
int nwfilter_action_parse(const char *text, enum nwfilter_action *ret_action);

enum nwfilter_direction {
	NWFILTER_IN,    /* to the guest */
	NWFILTER_OUT,   /* from the guest */
	NWFILTER_INOUT, /* written for what goes in; source and destination change places for out */
	NWFILTER_DIRECTION_COUNT,
};

const char *nwfilter_direction_name(enum nwfilter_direction direction);
int nwfilter_direction_parse(const char *text, enum nwfilter_direction *ret_direction);

enum {
	NWFILTER_PRIORITY_MAX = 1000,
	NWFILTER_PRIORITY_MIN = -1000,
	NWFILTER_PRIORITY_DEFAULT = 500, /* of a rule */
	NWFILTER_CHAIN_SIZE_MAX = 12,
};

struct nwfilter_rule {
	enum nwfilter_action action;
	enum nwfilter_direction direction;
	int priority;
	bool stateless; /* statematch='false' */
	enum nwfilter_protocol protocol;
	struct nwfilter_value *values; /* in the order of nwfilter_attributes */
	size_t n_values;
	unsigned line;
};

struct nwfilter_entry {
	struct nwfilter_rule *rule; /* or NULL: then it is a reference */
	struct filter_ref ref;
	size_t order; /* for who fills it in another order than the document's */
};

struct nwfilter {
	char *name;
	struct uuid uuid;
	bool has_uuid;
	char *chain; /* NULL: root */
	bool has_priority;
	int priority; /* nwfilter_priority() knows the default */
	struct nwfilter_entry *entries;
	size_t n_entries;
	unsigned line;
};

/* The protocols that have chains of their own, whose names begin with theirs. */
struct nwfilter_chain {
	const char *prefix;
	enum nwfilter_protocol protocol; /* what goes into it */
	int priority;                    /* by default */
};

/* Of a chain's name: NULL for "root" and for what is no chain's name. */
const struct nwfilter_chain *nwfilter_chain_of(const char *name);

/* Where the chain stands among the rules of the root chain. */
int nwfilter_priority(const struct nwfilter *filter);

/* Why it is no name of a filter: the end of a sentence. NULL: it is one. */
const char *nwfilter_name_wrong(const char *name);

/* The value of that; NULL where the rule does not have it. */
const struct nwfilter_value *nwfilter_rule_get(const struct nwfilter_rule *rule,
					       enum nwfilter_what what);

/* Errors begin with "line N: ". */
int nwfilter_validate(const struct nwfilter *filter, struct error *err);

void nwfilter_rule_free(struct nwfilter_rule *rule);
void nwfilter_free(struct nwfilter *filter);
DEFINE_FREEP(struct nwfilter_rule, nwfilter_rule_free);
DEFINE_FREEP(struct nwfilter, nwfilter_free);
