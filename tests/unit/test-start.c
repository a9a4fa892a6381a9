/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting vifd, with shell scripts and this program itself in its place. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include <cmocka.h>

#include "cli/start.h"
#include "util/file.h"

struct place {
	char dir[32];
	char program[64];
	char runtime[64];
	char log[96];
	struct error err;
};

/* A folder with a program that is this script. */
static void place_open(struct place *place, const char *script)
{
	AUTO_FREE char *text = NULL;

	*place = (struct place){ .dir = "/tmp/vif-start-XXXXXX" };
	assert_non_null(mkdtemp(place->dir));
	snprintf(place->program, sizeof(place->program), "%s/vifd", place->dir);
	snprintf(place->runtime, sizeof(place->runtime), "%s/run", place->dir);
	snprintf(place->log, sizeof(place->log), "%s/vifd.log", place->runtime);
	assert_true(asprintf(&text, "#!/bin/sh\n%s\n", script) > 0);
	assert_int_equal(file_write(place->program, text, strlen(text), 0755, false, NULL), 0);
	assert_int_equal(setenv("VIFD", place->program, 1), 0);
}

static void place_close(struct place *place)
{
	(void)unlink(place->log);
	(void)unlink(place->program);
	assert_int_equal(rmdir(place->runtime), 0);
	assert_int_equal(rmdir(place->dir), 0);
	error_done(&place->err);
}
#define AUTO_PLACE AUTO(place_close)

static void the_last_line_of_its_log_is_in_the_error(void **state)
{
	AUTO_PLACE struct place place;

	place_open(&place, "echo first >&2; echo 'cannot listen: no room' >&2; exit 1");
	assert_int_equal(daemon_start(place.runtime, &place.err), -ECONNREFUSED);
	assert_string_equal(error_text(&place.err), "vifd does not start: cannot listen: no room");
	assert_int_equal(place.err.kind, ERROR_UNREACHABLE);
}

static void what_an_earlier_one_said_is_not_blamed_on_this_one(void **state)
{
	AUTO_PLACE struct place place;

	place_open(&place, "exit 1");
	assert_int_equal(mkdir(place.runtime, 0755), 0);
	assert_int_equal(file_write(place.log, "old\n", 4, 0640, false, NULL), 0);
	assert_int_equal(daemon_start(place.runtime, &place.err), -ECONNREFUSED);
	assert_string_equal(error_text(&place.err), "vifd does not start: it ended without a word");
}

static void one_that_leaves_quietly_has_found_another(void **state)
{
	AUTO_PLACE struct place place;

	place_open(&place, "exit 75");
	assert_int_equal(daemon_start(place.runtime, &place.err), 0);
}

static void a_caller_that_ignores_its_children_is_no_hindrance(void **state)
{
	AUTO_PLACE struct place place;

	place_open(&place, "exit 75");
	assert_true(signal(SIGCHLD, SIG_IGN) == SIG_DFL);
	assert_int_equal(daemon_start(place.runtime, &place.err), 0);
	assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN); /* and finds it as it was */
}

static void one_that_is_killed_did_not_start(void **state)
{
	AUTO_PLACE struct place place;

	place_open(&place, "kill -9 $$");
	assert_int_equal(daemon_start(place.runtime, &place.err), -ECONNREFUSED);
}

static void a_program_that_cannot_be_run_is_named(void **state)
{
	AUTO_PLACE struct place place;
	AUTO_FREE char *wanted = NULL;

	place_open(&place, "exit 75");
	assert_int_equal(chmod(place.program, 0644), 0);
	assert_int_equal(daemon_start(place.runtime, &place.err), -ECONNREFUSED);
	assert_true(asprintf(&wanted, "vifd does not start: cannot run %s: Permission denied",
			     place.program) > 0);
	assert_string_equal(error_text(&place.err), wanted);
}

/* Tells what it was given, and leaves. */
static int fake_tell(char **argv)
{
	for (int fd = 0; fd < 64; fd++) {
		char link[32], target[128];
		ssize_t size;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, target, sizeof(target));
		if (size > 0)
			(void)fprintf(stderr, "%d %.*s\n", fd, (int)size, target);
	}
	(void)fprintf(stderr, "%s %s %s\n", getenv("LISTEN_FDS") ?: "-", argv[1], argv[2] ?: "-");
	return EX_TEMPFAIL;
}

/* This program again, as a vifd that says READY=1: from itself, or from a child. */
static int fake_run(const char *role)
{
	pid_t child = strcmp(role, "ready") ? fork() : 0;

	if (child > 0) {
		(void)waitpid(child, NULL, 0);
		(void)fprintf(stderr, "not me\n");
		return 3;
	}
	(void)sd_notify(0, "STATUS=up\nREADY=1");
	return child == 0 && !strcmp(role, "ready") ? (int)poll(NULL, 0, 200) + 3 : 0;
}

static void place_open_fake(struct place *place, const char *role)
{
	AUTO_FREE char *self = realpath("/proc/self/exe", NULL);

	place_open(place, "exit 75");
	assert_non_null(self);
	assert_int_equal(setenv("VIFD", self, 1), 0);
	assert_int_equal(setenv("FAKE_VIFD", role, 1), 0);
}

/* Somebody may wait for the end of a pipe that the caller holds. */
static void it_holds_nothing_of_the_callers(void **state)
{
	AUTO_PLACE struct place place;
	AUTO_FREE char *said = NULL, *wanted = NULL;
	size_t size;
	int pipe_fds[2];

	place_open_fake(&place, "tell");
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(setenv("LISTEN_FDS", "1", 1), 0);
	assert_int_equal(daemon_start(place.runtime, &place.err), 0);
	assert_int_equal(unsetenv("LISTEN_FDS"), 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	assert_int_equal(file_read(place.log, 4096, &said, &size, NULL), 0);
	assert_true(asprintf(&wanted,
			     "0 /dev/null\n1 /dev/null\n2 %s\n- --idle-exit=10 "
			     "--log-file=%s\n",
			     place.log, place.log) > 0);
	assert_string_equal(said, wanted);
}

static void one_that_says_ready_is_started_though_it_goes_on(void **state)
{
	AUTO_PLACE struct place place;

	place_open_fake(&place, "ready");
	assert_int_equal(daemon_start(place.runtime, &place.err), 0);
}

static void a_ready_from_another_process_does_not_count(void **state)
{
	AUTO_PLACE struct place place;

	place_open_fake(&place, "child");
	assert_int_equal(daemon_start(place.runtime, &place.err), -ECONNREFUSED);
	assert_string_equal(error_text(&place.err), "vifd does not start: not me");
}

int main(int argc, char **argv)
{
	const char *role = getenv("FAKE_VIFD");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_line_of_its_log_is_in_the_error),
		cmocka_unit_test(what_an_earlier_one_said_is_not_blamed_on_this_one),
		cmocka_unit_test(one_that_leaves_quietly_has_found_another),
		cmocka_unit_test(a_caller_that_ignores_its_children_is_no_hindrance),
		cmocka_unit_test(one_that_is_killed_did_not_start),
		cmocka_unit_test(a_program_that_cannot_be_run_is_named),
		cmocka_unit_test(it_holds_nothing_of_the_callers),
		cmocka_unit_test(one_that_says_ready_is_started_though_it_goes_on),
		cmocka_unit_test(a_ready_from_another_process_does_not_count),
	};

	if (role)
		return strcmp(role, "tell") ? fake_run(role) : fake_tell(argv);
	return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
