/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the variables of a packet filter stand for: the parameters of the port, and
 * those of each reference on the way to the filter. The port's come first.
 */
#pragma once

#include <stdbool.h>

#include "model/nwfilter.h"

struct nwfilter_scope {
	const struct filter_ref *ref; /* whose parameters these are, borrowed */
	const struct nwfilter_scope *outer;
	const struct nwfilter *filter; /* whose rules are resolved: for sentences */
	struct mac mac;                /* $MAC, unless a parameter says otherwise */
	bool learns;                   /* $IP is what the guard learns, unless a parameter says */
};

/* A rule whose values are all literals. */
struct nwfilter_resolved {
	struct nwfilter_rule rule;
	bool *learned; /* by value: it stands for what the guard learns of its guest */
};

typedef int nwfilter_resolved_func(void *user, struct nwfilter_resolved *resolved,
				   struct error *err);

/*
 * Calls `take`, which takes what *resolved holds, for each combination of the lists that the rule's
 * variables stand for; variables of one iterator go in step. ERROR_INVALID_ARGUMENT names a
 * variable without a value, with a value that is none, or with a list of another length.
 */
int nwfilter_scope_resolve(const struct nwfilter_scope *scope, const struct nwfilter_rule *rule,
			   nwfilter_resolved_func *take, void *user, struct error *err);

/* The first value of a variable, borrowed; NULL: it has none. */
const char *nwfilter_scope_value(const struct nwfilter_scope *scope, const char *name);
/* The i-th; NULL behind the last. */
const char *nwfilter_scope_element(const struct nwfilter_scope *scope, const char *name, size_t i);

void nwfilter_resolved_done(struct nwfilter_resolved *resolved);
