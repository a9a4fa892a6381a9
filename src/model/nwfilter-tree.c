/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * References are followed depth first. A filter may be referred to from several
 * places, but not from within: who is on the way is a list of scopes.
 */
#include "model/nwfilter-tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

enum {
	DEPTH_MAX = 32,
	INSTANCES_MAX = 16384,
};

struct walk {
	struct nwfilter_tree *tree;
	const struct nwfilter_use *use;
	const struct nwfilter *filter;
	unsigned depth;
};

static int take_instance(void *user, struct nwfilter_resolved *resolved, struct error *err)
{
	struct walk *walk = user;
	struct nwfilter_tree *tree = walk->tree;
	struct nwfilter_instance *instance;

	if (tree->n >= INSTANCES_MAX)
		return error_set(err, -E2BIG, ERROR_INVALID_ARGUMENT,
				 "filter '%s' comes to more than %d rules", walk->use->ref->filter,
				 INSTANCES_MAX);
	instance = array_add(&tree->instances, &tree->n, sizeof(*instance));
	if (!instance)
		return error_oom(err);
	instance->order = tree->n;
	instance->filter = walk->filter;
	instance->resolved = *resolved;
	for (size_t i = 0; i < resolved->rule.n_values; i++)
		tree->learned |= resolved->learned[i];
	*resolved = (struct nwfilter_resolved){ 0 };
	return 0;
}

static int find_filter(struct walk *walk, const struct filter_ref *ref,
		       const struct nwfilter_scope *outer, const struct nwfilter **ret_filter,
		       struct error *err)
{
	const struct nwfilter *filter = walk->use->find(walk->use->user, ref->filter);

	if (!filter && !outer)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_FILTER, "there is no filter '%s'",
				 ref->filter);
	if (!filter)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_FILTER,
				 "filter '%s', line %u: there is no filter '%s'",
				 outer->filter->name, ref->line, ref->filter);
	for (const struct nwfilter_scope *scope = outer; scope; scope = scope->outer)
		if (scope->filter == filter)
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "filter '%s', line %u: it refers to '%s', which refers to "
					 "it",
					 outer->filter->name, ref->line, ref->filter);
	*ret_filter = filter;
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): a filter's references; never deeper than DEPTH_MAX */
static int add_filter(struct walk *walk, const struct filter_ref *ref,
		      const struct nwfilter_scope *outer, bool learns, struct error *err)
{
	struct nwfilter_scope scope = { ref, outer, NULL, walk->use->mac, learns };
	const struct nwfilter *filter = NULL;
	int r = find_filter(walk, ref, outer, &filter, err);

	scope.filter = filter;
	walk->depth++;
	if (r == 0 && walk->depth > DEPTH_MAX)
		r = error_set(err, -E2BIG, ERROR_INVALID_ARGUMENT,
			      "filter '%s' is referred to by %d filters, one by the other",
			      ref->filter, DEPTH_MAX);
	for (size_t i = 0; r == 0 && i < filter->n_entries; i++) {
		walk->filter = filter;
		if (filter->entries[i].rule)
			r = nwfilter_scope_resolve(&scope, filter->entries[i].rule, take_instance,
						   walk, err);
		else
			r = add_filter(walk, &filter->entries[i].ref, &scope, learns, err);
	}
	walk->depth--;
	return r;
}

int nwfilter_tree_init(struct nwfilter_tree *tree, const struct nwfilter_use *use, bool learns,
		       struct error *err)
{
	struct walk walk = { .tree = tree, .use = use };

	return add_filter(&walk, use->ref, NULL, learns, err);
}

void nwfilter_tree_done(struct nwfilter_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		nwfilter_resolved_done(&tree->instances[i].resolved);
	free(tree->instances);
	*tree = (struct nwfilter_tree){ 0 };
}

/* --- without variables --- */

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static bool leads_to(const struct nwfilter *from, const char *name, nwfilter_find_func *find,
		     void *user, unsigned depth, size_t *budget)
{
	for (size_t i = 0; i < from->n_entries; i++) {
		const struct filter_ref *ref = &from->entries[i].ref;
		const struct nwfilter *next;

		if (from->entries[i].rule)
			continue;
		if (!strcmp(ref->filter, name))
			return true;
		if (depth >= DEPTH_MAX || !*budget)
			continue;
		(*budget)--;
		next = find(user, ref->filter);
		if (next && leads_to(next, name, find, user, depth + 1, budget))
			return true;
	}
	return false;
}

bool nwfilter_needs(const struct nwfilter *filter, const char *name, nwfilter_find_func *find,
		    void *user)
{
	size_t budget = INSTANCES_MAX;

	return leads_to(filter, name, find, user, 1, &budget);
}

int nwfilter_check_circle(const struct nwfilter *filter, nwfilter_find_func *find, void *user,
			  struct error *err)
{
	for (size_t i = 0; i < filter->n_entries; i++) {
		const struct filter_ref *ref = &filter->entries[i].ref;
		const struct nwfilter *next = filter->entries[i].rule ? NULL
								      : find(user, ref->filter);

		if (next && nwfilter_needs(next, filter->name, find, user))
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "line %u: filter '%s' refers to '%s', which refers to it",
					 ref->line, filter->name, ref->filter);
	}
	return 0;
}
