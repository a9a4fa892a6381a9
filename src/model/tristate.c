/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/tristate.h"
#include "util/cleanup.h"
#include "util/parse.h"

static const char *const names[] = {
	[TRISTATE_YES] = "yes",
	[TRISTATE_NO] = "no",
};
_Static_assert(ARRAY_SIZE(names) == TRISTATE_COUNT, "every value has a name");

const char *tristate_name(enum tristate value)
{
	return names[value];
}

int tristate_parse(const char *text, enum tristate *ret_value)
{
	int value = name_index(names, TRISTATE_COUNT, text);

	if (value < 0)
		return value;
	*ret_value = value;
	return 0;
}
