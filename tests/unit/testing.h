/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the unit tests have in common: cmocka with what it needs, and a way to
 * say which error is expected.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/error.h"

/* The error is of that kind and says exactly that; ends it. */
static inline void assert_error(struct error *err, int returned, enum error_kind kind,
				const char *text)
{
	assert_true(returned < 0);
	assert_int_equal(err->code, returned);
	assert_string_equal(error_text(err), text);
	assert_string_equal(error_kind_name(err->kind), error_kind_name(kind));
	error_done(err);
}

/* Nothing was said, and nothing went wrong. */
static inline void assert_success(struct error *err, int returned)
{
	if (returned < 0)
		fail_msg("unexpected error: %s", error_text(err));
	assert_int_equal(err->code, 0);
}
