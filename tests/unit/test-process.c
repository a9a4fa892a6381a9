/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "services/process.h"
#include "testing.h"

static void a_process_that_has_ended_is_told_as_that(void **state)
{
	struct error err = ERROR_INIT;
	uint64_t start_time;
	int pidfd, r;

	r = process_open(0x3fffffff, &pidfd, &start_time, &err);
	assert_error(&err, r, ERROR_INVALID_ARGUMENT, "there is no process 1073741823");
}

/* Without a descriptor left nobody can look, which is not the same as that nothing is there. */
static void a_process_that_cannot_be_looked_at_is_not_told_to_have_ended(void **state)
{
	struct rlimit old, none;
	struct error err = ERROR_INIT;
	uid_t uid;
	int next = dup(STDIN_FILENO), r;

	assert_true(next >= 0 && getrlimit(RLIMIT_NOFILE, &old) == 0);
	close(next);
	none = (struct rlimit){ (rlim_t)next, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = process_uid(getpid(), &uid, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(r, -EMFILE);
	assert_string_equal(strrchr(err.text, ':'), ": Too many open files");
	error_done(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_has_ended_is_told_as_that),
		cmocka_unit_test(a_process_that_cannot_be_looked_at_is_not_told_to_have_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
