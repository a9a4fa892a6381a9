/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs whose tests are files: each holds what goes in, and behind a line what
 * is to come out. UPDATE_GOLDEN=1 writes what came out into the files instead.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case.h"
#include "util/array.h"
#include "util/file.h"

/* The file's text, and where in it that begins which is to be like `got`. */
static inline void golden_compare(const char *path, const char *text, size_t expect_at,
				  const char *got)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *whole = NULL;

	if (!getenv("UPDATE_GOLDEN")) {
		assert_string_equal(got, text + expect_at);
		return;
	}
	assert_true(asprintf(&whole, "%.*s%s", (int)expect_at, text, got) >= 0);
	assert_int_equal(file_write(path, whole, strlen(whole), 0644, false, &err), 0);
}

/* Calls `test` with the path of each case in the folder as its state. No cases are a failure. */
static inline int golden_run(const char *group, const char *folder, CMUnitTestFunction test)
{
	char **paths = case_list(folder);
	struct CMUnitTest *tests = NULL;
	size_t n = 0;
	int failed;

	for (char **path = paths; path && *path; path++) {
		struct CMUnitTest *item = array_add(&tests, &n, sizeof(*item));

		if (!item)
			return 1;
		item->name = strrchr(*path, '/') + 1;
		item->test_func = test;
		item->initial_state = *path;
	}
	if (n == 0) {
		fprintf(stderr, "there are no golden cases in %s\n", folder);
		return 1;
	}
	failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(tests);
	return failed;
}
