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

static void a_text_may_be_longer_than_the_room_that_it_began_with(void **state)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *string = NULL, *expected = calloc(1, 40001);

	for (unsigned i = 0; i < 2000; i++) {
		text_add(&text, "%08u", i);
		text_put(&text, "twelve bytes, and more", 12);
		snprintf(expected + (size_t)20 * i, 21, "%08utwelve bytes", i);
	}
	text_add(&text, "%s", expected);
	assert_int_equal(text.size, 80000);
	assert_int_equal(text_take(&text, &string), 0);
	assert_int_equal(strlen(string), 80000);
	assert_memory_equal(string, expected, 40000);
	assert_string_equal(string + 40000, expected);
}

static void a_text_to_which_nothing_was_added_is_empty(void **state)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *string = NULL;

	assert_int_equal(text_take(&text, &string), 0);
	assert_string_equal(string, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_formatted_text_is_the_callers),
		cmocka_unit_test(a_text_that_cannot_be_made_is_null),
		cmocka_unit_test(a_text_that_grew_is_taken_whole_or_not_at_all),
		cmocka_unit_test(a_text_may_be_longer_than_the_room_that_it_began_with),
		cmocka_unit_test(a_text_to_which_nothing_was_added_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
