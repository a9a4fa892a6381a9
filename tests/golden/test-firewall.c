/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every *.case file in firewall/: networks in, the packet filter out, compared with
 * the text that the file holds. UPDATE_GOLDEN=1 writes what came out into the
 * files instead; the diff is then to be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case.h"
#include "networks.h"
#include "util/array.h"
#include "util/file.h"

static const char expect[] = "--- expect\n";

static char *answer(const char *text)
{
	AUTO(networks_done) struct networks networks = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	char *string = NULL;

	if (networks_read(text, &networks, &err) < 0)
		fail_msg("%s", error_text(&err));
	if (firewall_text(networks.items, networks.n, &string, &err) < 0)
		assert_true(asprintf(&string, "%s: %s\n", error_kind_name(err.kind),
				     error_text(&err)) > 0);
	return string;
}

static void case_is_as_written(void **state)
{
	AUTO_FREE char *text = NULL, *got = NULL, *whole = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	const char *path = *state;
	char *at;
	size_t size;

	if (file_read(path, 1 << 20, &text, &size, &err) < 0)
		fail_msg("%s", error_text(&err));
	at = strstr(text, expect);
	if (!at)
		fail_msg("%s: has no line '--- expect'", path);
	at += strlen(expect);
	got = answer(text);
	if (!getenv("UPDATE_GOLDEN")) {
		assert_string_equal(got, at);
		return;
	}
	assert_true(asprintf(&whole, "%.*s%s", (int)(at - text), text, got) >= 0);
	assert_int_equal(file_write(path, whole, strlen(whole), 0644, false, &err), 0);
}

int main(void)
{
	char **paths = case_list(FIREWALL_FOLDER);
	struct CMUnitTest *tests = NULL;
	size_t n = 0;
	int failed;

	for (char **path = paths; path && *path; path++) {
		struct CMUnitTest *test = array_add(&tests, &n, sizeof(*test));

		if (!test)
			return 1;
		test->name = strrchr(*path, '/') + 1;
		test->test_func = case_is_as_written;
		test->initial_state = *path;
	}
	if (n == 0)
		return 1;
	failed = _cmocka_run_group_tests("firewall", tests, n, NULL, NULL);
	for (char **path = paths; path && *path; path++)
		free(*path);
	free(paths);
	free(tests);
	return failed;
}
