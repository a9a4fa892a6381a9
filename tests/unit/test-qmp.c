/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The QMP client against a server that the test itself is: it says what it is
 * told to, byte by byte where that matters. Both ends are in one thread, so that
 * every order of things can be had.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "qmp-server.h"
#include "util/parse.h"
#include "util/text.h"
#include "vmm/qmp.h"
#include "vmm/rx-filter.h"

struct scene {
	struct server server;
	struct qmp *qmp;
	struct qmp_listener listener;
	char told[1 << 12]; /* what the callbacks were told, one line each */
};

static int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	server_open(&s->server);
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	qmp_close(s->qmp);
	server_close(&s->server);
	free(s);
	return 0;
}

static void say(struct scene *s, const char *text)
{
	server_say(&s->server, text);
}

static void expect_heard(struct scene *s, const char *wanted)
{
	server_hear(&s->server);
	assert_string_equal(s->server.heard, wanted);
}

/* --- the client --- */

static bool may_read(const struct scene *s)
{
	struct pollfd poller = { .fd = qmp_fd(s->qmp), .events = POLLIN };

	return poll(&poller, 1, 0) > 0;
}

/* Dispatches until there is nothing more to do; the first failure ends it. */
static int run(struct scene *s, struct error *err)
{
	int r = 0;

	do
		r = qmp_dispatch(s->qmp, err);
	while (r == 0 && (may_read(s) || (qmp_events(s->qmp) & POLLOUT)));
	return r;
}

static void run_well(struct scene *s)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, run(s, &err));
}

static void tell(struct scene *s, const char *what, const char *text)
{
	size_t n = strlen(s->told);

	snprintf(s->told + n, sizeof(s->told) - n, "%s %s\n", what, text);
}

static void tell_json(struct scene *s, const char *what, const json_t *value)
{
	AUTO_FREE char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	tell(s, what, text ?: "-");
}

static void on_reply(void *userdata, const json_t *value, const struct error *error)
{
	assert_true(!value != !error);
	if (error)
		tell(userdata, "error", error_text(error));
	else
		tell_json(userdata, "return", value);
}

static void on_event(void *userdata, const char *name, const json_t *data)
{
	tell_json(userdata, name, data);
}

static void on_failure(void *userdata, const struct error *error)
{
	tell(userdata, "failure", error_text(error));
}

static void expect_told(struct scene *s, const char *wanted)
{
	assert_string_equal(s->told, wanted);
	s->told[0] = '\0';
}

static void execute(struct scene *s, const char *name, int fd)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, qmp_execute(s->qmp, name, json_object(), fd, on_reply, s, &err));
}

static void client_open(struct scene *s)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, qmp_connect(s->server.path, &s->qmp, &err));
	server_accept(&s->server);
	s->listener = (struct qmp_listener){ on_event, on_failure, s, NULL };
}

/* Connected, greeted and in command mode. */
static void client_ready(struct scene *s)
{
	client_open(s);
	say(s, QMP_GREETING);
	run_well(s);
	expect_heard(s, "{\"execute\":\"qmp_capabilities\",\"arguments\":{},\"id\":0}\n");
	say(s, "{\"return\": {}, \"id\": 0}\r\n");
	run_well(s);
	assert_true(qmp_is_idle(s->qmp));
}

/* The sentence with the socket's path in the place of "PATH". */
static void expect_failure(struct scene *s, int code, const char *pattern)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *wanted = NULL;
	const char *at = strstr(pattern, "PATH");

	assert_true(asprintf(&wanted, "%.*s%s%s", (int)(at - pattern), pattern, s->server.path,
			     at + 4) > 0);
	assert_error(&err, run(s, &err), code == -EBUSY ? ERROR_IN_USE : ERROR_SYSTEM, wanted);
	assert_int_equal(qmp_dispatch(s->qmp, NULL), code);
	assert_int_equal(qmp_events(s->qmp), 0);
	assert_int_equal(qmp_waits_since_usec(s->qmp), 0);
}

static void expect_told_path(struct scene *s, const char *pattern)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *wanted = NULL;
	const char *at;

	while ((at = strstr(pattern, "PATH"))) {
		text_add(&text, "%.*s%s", (int)(at - pattern), pattern, s->server.path);
		pattern = at + 4;
	}
	text_add(&text, "%s", pattern);
	assert_int_equal(text_take(&text, &wanted), 0);
	expect_told(s, wanted);
}

/* --- the claims --- */

static void commands_wait_for_the_greeting_and_for_each_other(void **state)
{
	struct scene *s = *state;

	client_open(s);
	execute(s, "first", -1);
	execute(s, "second", -1);
	assert_int_equal(qmp_events(s->qmp), POLLIN);
	run_well(s);
	expect_heard(s, "");
	say(s, QMP_GREETING);
	run_well(s);
	expect_heard(s, "{\"execute\":\"qmp_capabilities\",\"arguments\":{},\"id\":2}\n");
	say(s, "{\"return\": {}, \"id\": 2}\r\n");
	run_well(s);
	expect_heard(s, "{\"execute\":\"first\",\"arguments\":{},\"id\":0}\n");
	run_well(s);
	expect_heard(s, "");
	say(s, "{\"return\": [1], \"id\": 0}\r\n");
	run_well(s);
	expect_told(s, "return [1]\n");
	expect_heard(s, "{\"execute\":\"second\",\"arguments\":{},\"id\":1}\n");
	assert_false(qmp_is_idle(s->qmp));
	say(s, "{\"return\": {}, \"id\": 1}\r\n");
	run_well(s);
	expect_told(s, "return {}\n");
	assert_true(qmp_is_idle(s->qmp));
}

static void answers_may_come_byte_by_byte(void **state)
{
	static const char answer[] = "{\"event\": \"E\", \"data\": {\"a\": \"\xc3\xa9\"}}\r\n"
				     "{\"return\": {}, \"id\": 1}\r\n";
	struct scene *s = *state;

	client_ready(s);
	qmp_listen(s->qmp, &s->listener);
	execute(s, "name", -1);
	run_well(s);
	for (const char *c = answer; *c; c++) {
		const char one[2] = { *c };

		assert_string_equal(s->told,
				    c <= strchr(answer, '\n') ? "" : "E {\"a\":\"\xc3\xa9\"}\n");
		say(s, one);
		run_well(s);
	}
	expect_told(s, "E {\"a\":\"\xc3\xa9\"}\nreturn {}\n");
}

static void a_long_answer_is_taken_whole(void **state)
{
	struct scene *s = *state;
	char *answer = calloc(1, 600000);

	client_ready(s);
	execute(s, "qom-list", -1);
	run_well(s);
	say(s, "{\"return\": \"");
	memset(answer, 'x', 8000);
	for (unsigned i = 0; i < 64; i++) {
		say(s, answer);
		run_well(s);
	}
	say(s, "\", \"id\": 1}\n");
	run_well(s);
	assert_int_equal(strlen(s->told), sizeof(s->told) - 1);
	free(answer);
}

static void an_endless_line_ends_the_connection(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct scene *s = *state;
	char part[8193] = "";
	int r = 0, n = 0;

	client_ready(s);
	memset(part, ' ', sizeof(part) - 1);
	for (; r == 0 && n < 200; n++) {
		say(s, part);
		r = run(s, &err);
	}
	assert_int_equal(r, -EMSGSIZE);
	assert_int_equal(n, (1 << 20) / 8192 + 2);
}

static void a_refusal_is_told_in_qemus_words(void **state)
{
	struct scene *s = *state;

	client_ready(s);
	execute(s, "device_del", -1);
	run_well(s);
	say(s, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Bus 'pcie.0' does not "
	       "support hotplugging\"}, \"id\": 1}\r\n");
	run_well(s);
	expect_told_path(s, "error QEMU at PATH refuses device_del: Bus 'pcie.0' does not support "
			    "hotplugging\n");
	assert_int_equal(qmp_events(s->qmp), POLLIN);
}

static void keep_code(void *userdata, const json_t *value, const struct error *error)
{
	*(int *)userdata = error->code;
}

static void refusals_are_told_apart_by_their_class(void **state)
{
	static const struct {
		const char *class;
		int code;
	} cases[] = {
		{ "\"DeviceNotFound\"", -ENODEV },
		{ "\"CommandNotFound\"", -EOPNOTSUPP },
		{ "\"GenericError\"", -EREMOTEIO },
		{ "7", -EREMOTEIO },
	};
	struct scene *s = *state;

	client_ready(s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *answer = NULL;
		int code = 0;

		assert_int_equal(
			qmp_execute(s->qmp, "x", json_object(), -1, keep_code, &code, NULL), 0);
		run_well(s);
		assert_true(asprintf(&answer, "{\"error\": {\"class\": %s}, \"id\": %zu}\n",
				     cases[i].class, i + 1) > 0);
		say(s, answer);
		run_well(s);
		assert_int_equal(code, cases[i].code);
	}
}

/* They go into logs and messages of D-Bus. */
static void qemus_words_are_cut_and_made_printable(void **state)
{
	struct scene *s = *state;
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *answer = NULL;
	const char *words;

	client_ready(s);
	execute(s, "x", -1);
	run_well(s);
	text_add(&text, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"a\\nb\\u001b ");
	for (unsigned i = 0; i < 1000; i++)
		text_add(&text, "€");
	text_add(&text, "\"}, \"id\": 1}\n");
	assert_int_equal(text_take(&text, &answer), 0);
	say(s, answer);
	run_well(s);
	words = strstr(s->told, "x: ") + 3;
	assert_memory_equal(words, "a b  €", 8);
	/* 299 bytes would end in the midst of the 99th sign. */
	assert_int_equal(strlen(words), 5 + 98 * 3 + 1);
}

static void a_descriptor_goes_with_its_command(void **state)
{
	struct scene *s = *state;
	struct stat sent, received;
	AUTO_CLOSE int fd = open(s->server.folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	client_ready(s);
	execute(s, "before", -1);
	execute(s, "getfd", fd);
	execute(s, "after", -1);
	for (unsigned i = 1; i <= 3; i++) {
		AUTO_FREE char *answer = NULL;

		run_well(s);
		server_hear(&s->server);
		assert_int_equal(s->server.received >= 0, i == 2);
		if (i == 2) {
			assert_non_null(strstr(s->server.heard, "getfd"));
			assert_int_equal(fstat(s->server.received, &received), 0);
			assert_int_equal(fstat(fd, &sent), 0);
			assert_int_equal(received.st_ino, sent.st_ino);
			close(take_fd(&s->server.received));
		}
		assert_true(asprintf(&answer, "{\"return\": {}, \"id\": %u}\n", i) > 0);
		say(s, answer);
	}
	run_well(s);
	expect_told(s, "return {}\nreturn {}\nreturn {}\n");
}

/* QEMU reads nothing while it works on something long. */
static void a_full_socket_is_waited_for_and_the_descriptor_sent_once(void **state)
{
	struct scene *s = *state;
	AUTO_FREE char *big = calloc(1, 1 << 20);
	AUTO_CLOSE int fd = dup(s->server.listening);
	size_t total = 0, with_fd = 0;

	client_ready(s);
	memset(big, 'x', (1 << 20) - 1);
	assert_int_equal(
		qmp_execute(s->qmp, "getfd", json_pack("{s:s}", "a", big), fd, on_reply, s, NULL),
		0);
	do {
		assert_int_equal(qmp_dispatch(s->qmp, NULL), 0);
		server_hear(&s->server);
		with_fd += s->server.received >= 0;
		closep(&s->server.received);
		s->server.received = -1;
		total += strlen(s->server.heard);
	} while (*s->server.heard);
	assert_int_equal(with_fd, 1);
	assert_int_equal(total, strlen("{'execute':'getfd','arguments':{'a':''},'id':1}\n") +
					(1 << 20) - 1);
	assert_int_equal(qmp_events(s->qmp), POLLIN);
}

static void an_answer_before_the_question_is_none(void **state)
{
	struct scene *s = *state;
	AUTO_FREE char *big = calloc(1, 1 << 20);

	client_ready(s);
	memset(big, 'x', (1 << 20) - 1);
	assert_int_equal(
		qmp_execute(s->qmp, "x", json_pack("{s:s}", "a", big), -1, on_reply, s, NULL), 0);
	assert_int_equal(qmp_dispatch(s->qmp, NULL), 0);
	assert_int_equal(qmp_events(s->qmp), POLLIN | POLLOUT);
	say(s, "{\"return\": {}, \"id\": 1}\n");
	expect_failure(s, -EPROTO,
		       "QEMU at PATH sent something that is neither an answer nor an event");
}

static void events_are_told_in_between(void **state)
{
	struct scene *s = *state;

	client_ready(s);
	qmp_listen(s->qmp, &s->listener);
	assert_false(qmp_is_idle(s->qmp));
	execute(s, "device_del", -1);
	run_well(s);
	say(s, "{\"event\": \"A\"}\r\n{\"return\": {}, \"id\": 1}\r\n"
	       "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"net0\"}}\r\n");
	run_well(s);
	expect_told(s, "A -\nreturn {}\nDEVICE_DELETED {\"device\":\"net0\"}\n");
	qmp_unlisten(s->qmp, &s->listener);
	qmp_unlisten(s->qmp, &s->listener);
	say(s, "{\"event\": \"B\"}\r\n");
	run_well(s);
	expect_told(s, "");
}

struct leaver {
	struct scene *scene;
	struct qmp_listener self, *other;
};

static void unlisten_both(void *userdata, const char *name, const json_t *data)
{
	struct leaver *leaver = userdata;

	tell(leaver->scene, "leaver", name);
	qmp_unlisten(leaver->scene->qmp, &leaver->self);
	qmp_unlisten(leaver->scene->qmp, leaver->other);
}

static void a_listener_may_take_itself_and_the_next_away(void **state)
{
	struct scene *s = *state;
	struct leaver leaver = { s, { unlisten_both, on_failure, &leaver, NULL }, &s->listener };

	client_ready(s);
	qmp_listen(s->qmp, &leaver.self);
	qmp_listen(s->qmp, &s->listener);
	say(s, "{\"event\": \"A\"}\r\n{\"event\": \"B\"}\r\n");
	run_well(s);
	expect_told(s, "leaver A\n");
	assert_true(qmp_is_idle(s->qmp));
}

static void a_forgotten_command_is_answered_to_nobody(void **state)
{
	struct scene *s = *state;
	int other;

	client_ready(s);
	execute(s, "on-its-way", -1);
	run_well(s);
	execute(s, "not-sent", -1);
	assert_int_equal(qmp_execute(s->qmp, "others", json_object(), -1, NULL, &other, NULL), 0);
	qmp_forget(s->qmp, s);
	server_hear(&s->server);
	say(s, "{\"return\": {}, \"id\": 1}\n");
	run_well(s);
	expect_heard(s, "{\"execute\":\"others\",\"arguments\":{},\"id\":3}\n");
	expect_told(s, "");
}

static void a_server_that_dies_is_told_to_all_who_wait(void **state)
{
	struct scene *s = *state;

	client_ready(s);
	qmp_listen(s->qmp, &s->listener);
	execute(s, "device_add", -1);
	execute(s, "set_link", -1);
	run_well(s);
	say(s, "{\"event\": \"SHUTDOWN\"}\r\n{\"return\"");
	server_hang_up(&s->server);
	expect_failure(s, -ECONNRESET,
		       "QEMU at PATH has closed the connection and not answered device_add");
	expect_told_path(
		s, "SHUTDOWN -\n"
		   "error QEMU at PATH has closed the connection and not answered device_add\n"
		   "error QEMU at PATH has closed the connection and not answered device_add\n"
		   "failure QEMU at PATH has closed the connection and not answered device_add\n");
	assert_int_equal(qmp_execute(s->qmp, "x", json_object(), -1, on_reply, s, NULL),
			 -ECONNRESET);
	assert_true(qmp_is_idle(s->qmp));
	expect_told(s, "");
}

static void the_last_words_of_a_server_count(void **state)
{
	struct scene *s = *state;

	client_ready(s);
	execute(s, "quit", -1);
	run_well(s);
	say(s, "{\"return\": {}, \"id\": 1}\n");
	server_hang_up(&s->server);
	expect_failure(s, -ECONNRESET, "QEMU at PATH has closed the connection");
	expect_told(s, "return {}\n");
}

static void a_server_that_does_not_greet_is_found_out(void **state)
{
	struct scene *s = *state;

	client_open(s);
	server_hang_up(&s->server);
	expect_failure(s, -ECONNRESET, "QEMU at PATH has closed the connection without a greeting");
}

static void other_servers_are_found_out(void **state)
{
	static const char *const greetings[] = {
		"QEMU 7.2.22 monitor - type 'help' for more information\r\n",
		"{\"return\": {}}\n",
		"[]\n",
		"\n",
		"{\"QMP\": \n",
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(greetings); i++) {
		client_open(s);
		say(s, greetings[i]);
		expect_failure(s, -EPROTO, "PATH is no QMP socket: it does not greet like one");
		qmp_close(take_ptr(s->qmp));
		server_hang_up(&s->server);
	}
}

static void what_nobody_asked_for_ends_the_connection(void **state)
{
	static const char *const lines[] = {
		"{\"return\": {}, \"id\": 7}\n",
		"{\"return\": {}}\n",
		"{\"error\": {}}\n",
		"{}\n",
		"{\"return\": {}, \"id\": 1}\n{\"return\": {}, \"id\": 1}\n",
		QMP_GREETING,
		"nonsense\n",
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		client_ready(s);
		execute(s, "x", -1);
		run_well(s);
		say(s, lines[i]);
		expect_failure(
			s, -EPROTO,
			"QEMU at PATH sent something that is neither an answer nor an event");
		qmp_close(take_ptr(s->qmp));
		server_hang_up(&s->server);
	}
}

static void a_server_that_refuses_command_mode_is_none(void **state)
{
	struct scene *s = *state;

	client_open(s);
	execute(s, "x", -1);
	say(s, QMP_GREETING);
	run_well(s);
	say(s, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 1}\n");
	expect_failure(s, -EREMOTEIO, "QEMU at PATH refuses qmp_capabilities: no");
	expect_told_path(s, "error QEMU at PATH refuses qmp_capabilities: no\n");
}

static void time_runs_while_qemu_owes_something(void **state)
{
	struct scene *s = *state;
	uint64_t greeting, command;

	client_open(s);
	greeting = qmp_waits_since_usec(s->qmp);
	assert_true(greeting > 0);
	qmp_close(take_ptr(s->qmp));
	server_hang_up(&s->server);
	client_ready(s);
	assert_int_equal(qmp_waits_since_usec(s->qmp), 0);
	execute(s, "x", -1);
	command = qmp_waits_since_usec(s->qmp);
	assert_true(command > greeting);
	run_well(s);
	execute(s, "y", -1);
	assert_int_equal(qmp_waits_since_usec(s->qmp), command);
	usleep(10);
	say(s, "{\"return\": {}, \"id\": 1}\n");
	run_well(s);
	assert_true(qmp_waits_since_usec(s->qmp) > command);
}

static void time_is_over_when_the_caller_says_so(void **state)
{
	struct scene *s = *state;

	client_open(s);
	execute(s, "x", -1);
	qmp_expire(s->qmp);
	expect_told_path(s,
			 "error QEMU at PATH does not greet: it hangs, or serves another client\n");
	expect_failure(s, -ETIMEDOUT,
		       "QEMU at PATH does not greet: it hangs, or serves another client");
	qmp_close(take_ptr(s->qmp));
	server_hang_up(&s->server);
	client_ready(s);
	execute(s, "device_add", -1);
	run_well(s);
	qmp_expire(s->qmp);
	expect_failure(s, -ETIMEDOUT, "QEMU at PATH does not answer device_add");
}

static void close_it(void *userdata, const json_t *value, const struct error *error)
{
	struct scene *s = userdata;

	tell(s, "closing", error ? "in failure" : "in answer");
	qmp_close(take_ptr(s->qmp));
}

static void a_callback_may_close_the_connection(void **state)
{
	struct scene *s = *state;

	for (unsigned failing = 0; failing < 2; failing++) {
		client_ready(s);
		qmp_listen(s->qmp, &s->listener);
		assert_int_equal(qmp_execute(s->qmp, "x", json_object(), -1, close_it, s, NULL), 0);
		execute(s, "y", -1);
		run_well(s);
		if (failing)
			server_hang_up(&s->server);
		else
			say(s, "{\"return\": {}, \"id\": 1}\n{\"event\": \"A\"}\n");
		assert_int_equal(qmp_dispatch(s->qmp, NULL), 0);
		expect_told(s, failing ? "closing in failure\n" : "closing in answer\n");
		server_hang_up(&s->server);
	}
}

static void nobody_there_is_said_with_the_path(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct scene *s = *state;
	AUTO_FREE char *wanted = NULL, *refused = NULL;
	char path[128] = "/";

	close(take_fd(&s->server.listening));
	assert_true(asprintf(&refused, "cannot connect to QEMU at %s: Connection refused",
			     s->server.path) > 0);
	assert_error(&err, qmp_connect(s->server.path, &s->qmp, &err), ERROR_SYSTEM, refused);
	unlink(s->server.path);
	assert_true(asprintf(&wanted, "cannot connect to QEMU at %s: No such file or directory",
			     s->server.path) > 0);
	assert_error(&err, qmp_connect(s->server.path, &s->qmp, &err), ERROR_SYSTEM, wanted);
	memset(path + 1, 'x', 107);
	assert_int_equal(qmp_connect(path, &s->qmp, NULL), -ENAMETOOLONG);
	assert_null(s->qmp);
}

/* QEMU accepts one; the kernel lets two more wait. */
static void clients_that_have_no_room_to_wait_are_refused(void **state)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct qmp *waiting[2] = { NULL }, *late = NULL;
	struct scene *s = *state;
	AUTO_FREE char *wanted = NULL;

	client_ready(s);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(qmp_connect(s->server.path, &waiting[i], NULL), 0);
	assert_true(asprintf(&wanted, "QEMU at %s is in use by other clients", s->server.path) > 0);
	assert_error(&err, qmp_connect(s->server.path, &late, &err), ERROR_IN_USE, wanted);
	assert_null(late);
	/* The next one is served when the first has gone. */
	qmp_close(take_ptr(s->qmp));
	server_hang_up(&s->server);
	s->qmp = waiting[0];
	server_accept(&s->server);
	say(s, QMP_GREETING);
	run_well(s);
	server_hear(&s->server);
	assert_non_null(strstr(s->server.heard, "qmp_capabilities"));
	qmp_close(waiting[1]);
}

/* QEMU 7.2's words, shortened; and what is none. */
static void the_address_of_a_guest_is_read(void **state)
{
	static const char good[] = "[{\"name\": \"vif0\", \"main-mac\": \"52:54:00:aa:00:11\", "
				   "\"vlan\": \"normal\", \"multicast-table\": []}]";
	static const char *const bad[] = {
		"[]",
		"{}",
		"[{\"name\": \"vif0\"}]",
		"[{\"main-mac\": 7}]",
		"[{\"main-mac\": \"52:54:00:aa:00\"}]",
		"[[]]",
	};
	static const struct mac wanted = { { 0x52, 0x54, 0, 0xaa, 0, 0x11 } };
	json_t *answer = json_loads(good, 0, NULL);
	struct mac mac = { 0 };

	(void)state;
	assert_int_equal(vmm_rx_filter_mac(answer, &mac, NULL), 0);
	assert_true(mac_equal(&mac, &wanted));
	json_decref(answer);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		answer = json_loads(bad[i], 0, NULL);
		assert_int_equal(vmm_rx_filter_mac(answer, &mac, NULL), -EBADMSG);
		json_decref(answer);
	}
}

static void the_event_of_another_nic_is_not_taken_for_this_one(void **state)
{
	json_t *data = json_loads("{\"name\": \"vif0\", \"path\": \"/machine\"}", 0, NULL);

	(void)state;
	assert_true(vmm_rx_filter_has_changed("NIC_RX_FILTER_CHANGED", data, "vif0"));
	assert_false(vmm_rx_filter_has_changed("NIC_RX_FILTER_CHANGED", data, "vif1"));
	assert_false(vmm_rx_filter_has_changed("DEVICE_DELETED", data, "vif0"));
	assert_false(vmm_rx_filter_has_changed("NIC_RX_FILTER_CHANGED", NULL, "vif0"));
	json_decref(data);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		CLAIM(commands_wait_for_the_greeting_and_for_each_other),
		CLAIM(answers_may_come_byte_by_byte),
		CLAIM(a_long_answer_is_taken_whole),
		CLAIM(an_endless_line_ends_the_connection),
		CLAIM(a_refusal_is_told_in_qemus_words),
		CLAIM(refusals_are_told_apart_by_their_class),
		CLAIM(qemus_words_are_cut_and_made_printable),
		CLAIM(a_descriptor_goes_with_its_command),
		CLAIM(a_full_socket_is_waited_for_and_the_descriptor_sent_once),
		CLAIM(an_answer_before_the_question_is_none),
		CLAIM(events_are_told_in_between),
		CLAIM(a_listener_may_take_itself_and_the_next_away),
		CLAIM(a_forgotten_command_is_answered_to_nobody),
		CLAIM(a_server_that_dies_is_told_to_all_who_wait),
		CLAIM(the_last_words_of_a_server_count),
		CLAIM(a_server_that_does_not_greet_is_found_out),
		CLAIM(other_servers_are_found_out),
		CLAIM(what_nobody_asked_for_ends_the_connection),
		CLAIM(a_server_that_refuses_command_mode_is_none),
		CLAIM(time_runs_while_qemu_owes_something),
		CLAIM(time_is_over_when_the_caller_says_so),
		CLAIM(a_callback_may_close_the_connection),
		CLAIM(nobody_there_is_said_with_the_path),
		CLAIM(clients_that_have_no_room_to_wait_are_refused),
		cmocka_unit_test(the_address_of_a_guest_is_read),
		cmocka_unit_test(the_event_of_another_nic_is_not_taken_for_this_one),
	};

	return cmocka_run_group_tests_name("qmp", tests, NULL, NULL);
}
