/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every *.case file: its host and interface in, the decision out, compared
 * with the text that the file holds. UPDATE_GOLDEN=1 writes what came out into
 * the files instead; the diff is then to be read.
 */
#include "golden.h"

static char *network_answer(const struct test_case *test)
{
	AUTO(network_freep) struct network *network = NULL; /* the plan borrows of it */
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct text text = TEXT_INIT;
	char *string = NULL;

	if (case_decide_network(test, &network, &resolution, &err) < 0) {
		text_add(&text, "%s: %s\n", error_kind_name(err.kind), error_text(&err));
	} else {
		text_add(&text, "%s%s", resolution.summary, resolution.warnings ?: "");
		plan_print(&resolution.plan, &text);
	}
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

static void add_actual(const struct test_case *test, struct text *text)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *xml = NULL;

	if (case_place(test, &xml, &err) < 0)
		text_add(text, "%s: %s\n", error_kind_name(err.kind), error_text(&err));
	else
		text_add(text, "%s", xml);
}

static void add_reach(const struct test_case *test, const struct resolution *resolution,
		      struct text *text)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *reach = NULL;

	if (case_reach(test, resolution, &reach, &err) < 0)
		fail_msg("%s", error_text(&err));
	text_add(text, "%s", reach);
}

static char *answer(const struct test_case *test)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct text text = TEXT_INIT;
	char *string = NULL;

	if (test->shows_actual)
		add_actual(test, &text);
	if (case_decide(test, &resolution, &err) < 0) {
		text_add(&text, "%s: %s\n", error_kind_name(err.kind), error_text(&err));
	} else {
		if (test->shows_reach)
			add_reach(test, &resolution, &text);
		text_add(&text, "%s", resolution.summary);
		if (*test->retarget)
			text_add(&text, "%s\n",
				 resolution.effect.cuts || resolution.held_back ? "with a cut"
										: "without a cut");
		text_add(&text, "mtu %u\n", resolution.mtu);
		plan_print(&resolution.plan, &text);
	}
	assert_int_equal(text_take(&text, &string), 0);
	return string;
}

static void case_is_as_written(void **state)
{
	AUTO_CASE struct test_case test = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *got = NULL;
	const char *path = *state;

	if (case_load(path, &test, &err) < 0)
		fail_msg("%s", error_text(&err));
	got = test.verb == CASE_PLUG ? answer(&test) : network_answer(&test);
	golden_compare(path, test.text, test.expect_at, got);
}

int main(int argc, char **argv)
{
	return golden_run("golden", argc > 1 ? argv[1] : GOLDEN_FOLDER, case_is_as_written);
}
