/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filters that vifd knows, by name: those that were defined here, and those
 * that come with vifd, of which a definition of the same name takes the place.
 */
#pragma once

#include "model/nwfilter.h"

struct filter_entry {
	struct nwfilter *defined; /* NULL: none was */
	struct nwfilter *shipped; /* NULL: none is */
};

struct filters {
	struct filter_entry *entries; /* by name */
	size_t n;
};

/* The one that is in force, borrowed; NULL. `filters` is a struct filters: nwfilter_find_func. */
const struct nwfilter *filters_find(void *filters, const char *name);
const struct nwfilter *filter_entry_current(const struct filter_entry *entry);
struct filter_entry *filters_entry(const struct filters *filters, const char *name);

/*
 * Puts it in the place of the one of its name, which goes to *ret_old (NULL: freed; there may be
 * none). Takes it; 0 or -ENOMEM.
 */
int filters_put(struct filters *filters, struct nwfilter *filter, bool shipped,
		struct nwfilter **ret_old);
/* Takes the definition out, for the caller; NULL: there is none. */
struct nwfilter *filters_take(struct filters *filters, const char *name);

void filters_done(struct filters *filters);
