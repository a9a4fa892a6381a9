/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of a filter and of all that it refers to, each as often as its lists have
 * combinations, with literals only.
 */
#pragma once

#include "model/nwfilter-scope.h"

/* A filter by name, borrowed until the end of what asks; NULL: there is none. */
typedef const struct nwfilter *nwfilter_find_func(void *user, const char *name);

struct nwfilter_use {
	const struct filter_ref *ref; /* what the port asks for */
	struct mac mac;               /* of the guest */
	nwfilter_find_func *find;
	void *user;
};

struct nwfilter_instance {
	struct nwfilter_resolved resolved;
	const struct nwfilter *filter; /* where the rule stands */
	size_t order;
};

struct nwfilter_tree {
	struct nwfilter_instance *instances;
	size_t n;
	bool learned; /* one of them asks for what is learned */
};

/* After a failure the tree may be half filled. */
int nwfilter_tree_init(struct nwfilter_tree *tree, const struct nwfilter_use *use, bool learns,
		       struct error *err);
void nwfilter_tree_done(struct nwfilter_tree *tree);

/*
 * Does the filter, by way of others, refer to itself? ERROR_INVALID_ARGUMENT says by which.
 * Filters that are not there are nobody's.
 */
int nwfilter_check_circle(const struct nwfilter *filter, nwfilter_find_func *find, void *user,
			  struct error *err);

/* Does it need the filter of that name, by way of others? */
bool nwfilter_needs(const struct nwfilter *filter, const char *name, nwfilter_find_func *find,
		    void *user);
