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

/* What it quotes may have a megabyte; it is for people, and for a log. */
static void a_sentence_has_a_bound_whatever_it_quotes(void **state)
{
	struct error err = ERROR_INIT;
	char name[5000];

	for (size_t i = 0; i < sizeof(name) - 2; i += 2) {
		name[i] = "é"[0];
		name[i + 1] = "é"[1];
	}
	strcpy(name + sizeof(name) - 2, "x");
	error_set(&err, -EINVAL, ERROR_INVALID_ARGUMENT, "<a b='%s'> is not there", name);
	error_prefix(&err, "network '%s': ", name);
	assert_true(strlen(err.text) <= 1003);
	assert_memory_equal(err.text, "network 'éé", strlen("network 'éé"));
	assert_non_null(strstr(err.text, "é…é"));
	assert_non_null(strstr(err.text, "éx'> is not there"));
	assert_null(strchr(err.text, '\\'));
	error_done(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_becomes_a_place_in_the_document_that_it_is_of),
		cmocka_unit_test(a_sentence_without_a_line_stays_as_it_is),
		cmocka_unit_test(no_error_is_placed_nowhere),
		cmocka_unit_test(a_sentence_has_a_bound_whatever_it_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
