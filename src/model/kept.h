/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What vifd does not act on but gives back: nothing of a definition is lost.
 *
 * A kept element is stored as its XML text, under the path of its parent
 * inside the document ("" for a child of the root, "driver" for a child or an
 * attribute of <driver>). A kept attribute has the same form with `value` set
 * instead of `xml`.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"

struct kept {
	char *parent;  /* "" or the name of the child of the root that held it */
	char *name;    /* of the element or attribute */
	char *xml;     /* the element, without surrounding white space; or NULL */
	bool verbatim; /* its line breaks are the author's: not to be indented anew */
	char *value;   /* the attribute's value; or NULL */
	bool matters;  /* one cannot serve what it belongs to without acting on it */
	unsigned line;
};

struct kept_list {
	struct kept *items;
	size_t n;
};

/* Copies its arguments; xml or value is NULL. 0 or -ENOMEM. */
int kept_add_element(struct kept_list *list, const char *parent, const char *name, const char *xml,
		     bool verbatim, unsigned line);
int kept_add_attribute(struct kept_list *list, const char *parent, const char *name,
		       const char *value, unsigned line);

/* The value of a kept attribute; NULL if there is none such. */
const char *kept_value(const struct kept_list *list, const char *parent, const char *name);

/*
 * Replaces what `to` holds of that parent by what `from` does, which has none of
 * it then. 0, or -ENOMEM with both as they were.
 */
int kept_take(struct kept_list *to, struct kept_list *from, const char *parent);

void kept_done(struct kept_list *list);
