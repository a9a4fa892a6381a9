/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/address.h"

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}
