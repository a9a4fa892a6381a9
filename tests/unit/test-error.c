/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

static void a_line_becomes_a_place_in_the_document_that_it_is_of(void **state)
{
	struct error err = ERROR_INIT;
	int r;

	r = error_set(&err, -EINVAL, ERROR_INVALID_ARGUMENT, "line 12: <mtu> is too large");
	error_place(&err, "guest.xml");
	assert_error(&err, r, ERROR_INVALID_ARGUMENT, "guest.xml:12: <mtu> is too large");
}

static void a_sentence_without_a_line_stays_as_it_is(void **state)
{
	static const char *const sentences[] = {
		"network 'red' does not exist",
		"line 12 is too long",
		"line : odd",
		"network 'line 3: red' does not exist",
	};

	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		struct error err = ERROR_INIT;
		int r = error_set(&err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s", sentences[i]);

		error_place(&err, "guest.xml");
		assert_error(&err, r, ERROR_INVALID_ARGUMENT, sentences[i]);
	}
}

static void no_error_is_placed_nowhere(void **state)
{
	struct error err = ERROR_INIT;

	error_place(&err, "guest.xml");
	assert_int_equal(err.code, 0);
	error_place(NULL, "guest.xml");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_becomes_a_place_in_the_document_that_it_is_of),
		cmocka_unit_test(a_sentence_without_a_line_stays_as_it_is),
		cmocka_unit_test(no_error_is_placed_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
