/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"
#include "util/error.h"
#include "util/plain.h"

static void what_a_terminal_obeys_is_made_visible(void **state)
{
	/* As arrays: clang-tidy finds them in strings, and rightly so. */
	static const char right_to_left[] = { '\xe2', '\x80', '\xae', '\0' };
	static const char isolate[] = { '\xe2', '\x81', '\xa6', '\0' };
	static const struct {
		const char *text, *visible;
	} cases[] = {
		{ "", "" },
		{ "vif0", "vif0" },
		{ "Bücher, 東京, 🖧", "Bücher, 東京, 🖧" },
		{ "\x1b]0;TITLE\x07", "\\x1b]0;TITLE\\x07" },
		{ "a\nvif: b\tc\r", "a\\nvif: b\\tc\\x0d" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b"
		  "31mred",
		  "\\u009b31mred" },
		{ right_to_left, "\\u202e" },
		{ isolate, "\\u2066" },
		{ "a\xe2\x80\xa8z", "a\\u2028z" }, /* line separator */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *plain = plain_format(cases[i].text, "");

		assert_string_equal(plain, cases[i].visible);
		assert_int_equal(plain_is(cases[i].text, ""), !strcmp(plain, cases[i].text));
		assert_true(plain_is(plain, ""));
	}
}

/* D-Bus has no string for them: RFC 3629, sections 3 and 10. */
static void bytes_that_are_no_utf8_are_made_visible(void **state)
{
	static const char *const cases[][2] = {
		{ "x\xff\xfe", "x\\xff\\xfe" },
		{ "\xc3", "\\xc3" },                            /* cut off */
		{ "\xc0\xaf", "\\xc0\\xaf" },                   /* too long for '/' */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* half of a pair */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* behind the last */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *plain = plain_format(cases[i][0], "");

		assert_false(plain_is(cases[i][0], ""));
		assert_string_equal(plain, cases[i][1]);
	}
}

static void a_document_may_break_its_lines(void **state)
{
	AUTO_FREE char *plain = plain_format("<a>\n\t<b/>\x1b\n</a>", "\n\t");

	assert_string_equal(plain, "<a>\n\t<b/>\\x1b\n</a>");
}

static void an_error_is_one_plain_line_whatever_is_put_into_it(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	(void)error_set(&err, -EINVAL, ERROR_IN_USE, "taken by %s", "a\nvif: b");
	error_prefix(&err, "network '%s': ", "\x1b[31m");
	error_suffix(&err, " (%s)", "\xff");
	assert_string_equal(error_text(&err), "network '\\x1b[31m': taken by a\\nvif: b (\\xff)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_terminal_obeys_is_made_visible),
		cmocka_unit_test(bytes_that_are_no_utf8_are_made_visible),
		cmocka_unit_test(a_document_may_break_its_lines),
		cmocka_unit_test(an_error_is_one_plain_line_whatever_is_put_into_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
