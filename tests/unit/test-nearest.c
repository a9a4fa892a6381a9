/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"
#include "util/nearest.h"

static const char *meant(const char *word, const char *candidate)
{
	struct nearest nearest = { .word = word };

	nearest_try(&nearest, candidate);
	return nearest.name;
}

static void one_slip_of_each_kind_is_seen_through(void **state)
{
	static const char *const words[] = {
		"lst", "lisst", "lint", "lits", "LIST", "lis", "list"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_string_equal(meant(words[i], "list"), "list");
}

static void another_word_is_not_taken_for_a_slip(void **state)
{
	assert_null(meant("show", "list"));
	assert_null(meant("l", "r"));
	assert_null(meant("", "a"));
	assert_null(meant("foo", "stop"));
	assert_null(meant("network fetch", "network list"));
	assert_null(meant("a-word-that-is-longer-than-thirty-two",
			  "a-word-that-is-longer-than-thirty-two"));
}

static void the_nearest_of_several_wins_and_the_first_of_equals(void **state)
{
	struct nearest nearest = { .word = "strat" };

	nearest_try(&nearest, "stat");
	nearest_try(&nearest, "start");
	nearest_try(&nearest, "stop");
	assert_string_equal(nearest.name, "stat");
	nearest = (struct nearest){ .word = "eth10" };
	nearest_try(&nearest, "eth2");
	nearest_try(&nearest, "eth1");
	assert_string_equal(nearest.name, "eth1");
}

static void a_candidate_may_stand_for_another_name(void **state)
{
	struct nearest nearest = { .word = "ifcae" };

	nearest_try_as(&nearest, "iface", "dev");
	assert_string_equal(nearest.name, "dev");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_of_each_kind_is_seen_through),
		cmocka_unit_test(another_word_is_not_taken_for_a_slip),
		cmocka_unit_test(the_nearest_of_several_wins_and_the_first_of_equals),
		cmocka_unit_test(a_candidate_may_stand_for_another_name),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
