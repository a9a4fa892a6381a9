/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values from text, which is right: each ends the test where it is not. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/address.h"

static inline struct address address_of(const char *text)
{
	struct address address = { 0 };

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

/* The caller's. */
static inline char *text_copy(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	return copy;
}
