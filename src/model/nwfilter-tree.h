/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of a filter and of all that it refers to, each as often as its lists have
 * combinations, with literals only. For nwfilter-compile.c.
 */
#pragma once

#include "model/nwfilter-compile.h"
#include "model/nwfilter-scope.h"

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
