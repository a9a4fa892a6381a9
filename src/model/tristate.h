/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* yes, no, or nothing said: then a more general place decides. */
#pragma once

enum tristate {
	TRISTATE_UNSET,
	TRISTATE_YES,
	TRISTATE_NO,
	TRISTATE_COUNT,
};

const char *tristate_name(enum tristate value);                 /* "yes", "no"; NULL for unset */
int tristate_parse(const char *text, enum tristate *ret_value); /* "yes" or "no"; 0 or -EINVAL */

/* The first of the two that says anything. */
static inline enum tristate tristate_or(enum tristate first, enum tristate second)
{
	return first != TRISTATE_UNSET ? first : second;
}
