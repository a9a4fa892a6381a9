/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"
#include "util/text.h"

static void a_formatted_text_is_the_callers(void **state)
{
	AUTO_FREE char *text = text_format("%s: %d of %s", "vif0", 3, "red");

	assert_string_equal(text, "vif0: 3 of red");
}

/* No locale has a character for half of a surrogate pair, so printf(3) fails. */
static void a_text_that_cannot_be_made_is_null(void **state)
{
	static const wchar_t impossible[] = { 0xd800, 0 };

	assert_null(text_format("%ls", impossible));
}

static void a_text_that_grew_is_taken_whole_or_not_at_all(void **state)
{
	static const wchar_t impossible[] = { 0xd800, 0 };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *string = NULL;

	text_add(&text, "%s", "vif0");
	text_add(&text, "-%u", 1);
	assert_int_equal(text_take(&text, &string), 0);
	assert_string_equal(string, "vif0-1");
	text_add(&text, "%s", "vif0");
	text_add(&text, "%ls", impossible);
	text_add(&text, "%s", "behind it");
	assert_int_equal(text_take(&text, &string), -ENOMEM);
	assert_string_equal(string, "vif0-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_formatted_text_is_the_callers),
		cmocka_unit_test(a_text_that_cannot_be_made_is_null),
		cmocka_unit_test(a_text_that_grew_is_taken_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
