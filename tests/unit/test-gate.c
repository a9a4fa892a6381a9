/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing.h"

#include "bus/gate.h"

enum {
	BIG = 70000,
};

/* A client on one side, and what would be sd-bus on the other. */
struct fixture {
	struct gate gate;
	int client; /* what the test writes to */
	int inner;  /* what it reads from */
};

static void fixture_open(struct fixture *fixture, uint64_t message_max)
{
	int outside[2], inside[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, outside), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, inside), 0);
	fixture->client = outside[0];
	fixture->inner = inside[1];
	fixture->gate = (struct gate){
		.client = outside[1],
		.inner = inside[0],
		.message_max = message_max,
	};
}

static void fixture_close(struct fixture *fixture)
{
	close(fixture->gate.client);
	close(fixture->gate.inner);
	close(fixture->client);
	close(fixture->inner);
}

static void say(const struct fixture *fixture, const void *data, size_t size)
{
	assert_int_equal(write(fixture->client, data, size), size);
}

/* What has passed since the last look. */
static void expect_passed(const struct fixture *fixture, const void *data, size_t size)
{
	char got[BIG];
	ssize_t n = recv(fixture->inner, got, sizeof(got), MSG_DONTWAIT);

	assert_int_equal(n < 0 ? 0 : n, size);
	assert_memory_equal(got, data, size);
}

/* Until a message has passed, what is there is at its end, or it fails. */
static int pass_until(struct fixture *fixture)
{
	int r;

	do
		r = gate_pass(&fixture->gate);
	while (r == GATE_PART);
	return r;
}

/* A message with a header of so many bytes of fields, and a body. */
static size_t make_message(unsigned char *message, uint32_t fields, uint32_t body)
{
	const size_t size = 16 + (fields + 7) / 8 * 8 + body;

	memset(message, 0xaa, size);
	memcpy(message, (const uint8_t[]){ 'l', 1, 0, 1 }, 4);
	memcpy(message + 4, &body, 4);
	memcpy(message + 8, &(uint32_t){ 7 }, 4);
	memcpy(message + 12, &fields, 4);
	return size;
}

static size_t count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void lines_pass_one_at_a_time(void **state)
{
	struct fixture f;

	fixture_open(&f, 1000);
	say(&f, "\0AUTH EXTERNAL\r\nDATA\r\nBEG", 25);
	assert_int_equal(gate_pass(&f.gate), GATE_WHOLE);
	expect_passed(&f, "\0AUTH EXTERNAL\r\n", 16);
	assert_true(gate_has_more(&f.gate));
	assert_int_equal(gate_pass(&f.gate), GATE_WHOLE);
	expect_passed(&f, "DATA\r\n", 6);
	/* A part of a line wakes nobody up, and does not pass. */
	assert_false(gate_has_more(&f.gate));
	assert_int_equal(pass_until(&f), GATE_EMPTY);
	expect_passed(&f, "", 0);
	say(&f, "IN\r\n", 4);
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	expect_passed(&f, "BEGIN\r\n", 7);
	fixture_close(&f);
}

static void a_line_without_end_ends_the_connection(void **state)
{
	char line[GATE_LINE_MAX];
	struct fixture f;

	fixture_open(&f, 1000);
	memset(line, 'x', sizeof(line));
	say(&f, line, sizeof(line));
	assert_int_equal(pass_until(&f), -EBADMSG);
	expect_passed(&f, "", 0);
	fixture_close(&f);
}

/* The last line and the first messages often come as one. */
static void what_came_with_the_last_line_is_the_first_message(void **state)
{
	unsigned char data[200] = "BEGIN\r\n";
	struct fixture f;
	size_t size;

	fixture_open(&f, 1000);
	size = make_message(data + 7, 11, 13);
	make_message(data + 7 + size, 8, 0);
	say(&f, data, 7 + size + 20);
	assert_int_equal(gate_pass(&f.gate), GATE_WHOLE);
	expect_passed(&f, "BEGIN\r\n", 7);
	f.gate.running = true;
	assert_true(gate_has_more(&f.gate));
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	expect_passed(&f, data + 7, size);
	assert_int_equal(pass_until(&f), GATE_EMPTY);
	say(&f, data + 7 + size + 20, 4);
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	expect_passed(&f, data + 7 + size, 24);
	fixture_close(&f);
}

static void messages_pass_one_at_a_time_in_whatever_pieces_they_come(void **state)
{
	unsigned char data[1000];
	size_t first = make_message(data, 100, 50), second = make_message(data + first, 17, 0);

	for (size_t piece = 1; piece < first + second; piece += 7) {
		struct fixture f;
		unsigned whole = 0;

		fixture_open(&f, 1000);
		f.gate.running = true;
		for (size_t at = 0; at < first + second; at += piece) {
			size_t left = first + second - at;

			say(&f, data + at, piece < left ? piece : left);
			while (pass_until(&f) == GATE_WHOLE)
				whole++;
		}
		assert_int_equal(whole, 2);
		expect_passed(&f, data, first + second);
		fixture_close(&f);
	}
}

static void of_a_message_that_is_too_long_the_header_passes(void **state)
{
	AUTO_FREE unsigned char *data = malloc(BIG + 100);
	unsigned char cut[16 + 16];
	struct fixture f;
	size_t size, next;

	fixture_open(&f, 1000);
	f.gate.running = true;
	size = make_message(data, 10, BIG);
	next = make_message(data + size, 8, 5);
	memcpy(cut, data, sizeof(cut));
	memset(cut + 4, 0, 4);
	say(&f, data, size + next);
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	assert_true(f.gate.cut);
	expect_passed(&f, cut, sizeof(cut));
	/* The next one is read as if nothing had been. */
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	assert_false(f.gate.cut);
	expect_passed(&f, data + size, next);
	fixture_close(&f);
}

static void the_longest_message_that_is_allowed_passes_whole(void **state)
{
	unsigned char data[1001];
	struct fixture f;

	fixture_open(&f, 1000);
	f.gate.running = true;
	assert_int_equal(make_message(data, 16, 1000 - 32), 1000);
	say(&f, data, 1000);
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	assert_false(f.gate.cut);
	expect_passed(&f, data, 1000);
	make_message(data, 16, 1001 - 32);
	say(&f, data, 1001);
	assert_int_equal(pass_until(&f), GATE_WHOLE);
	assert_true(f.gate.cut);
	fixture_close(&f);
}

static void headers_that_cannot_be_end_the_connection(void **state)
{
	unsigned char data[16];
	struct fixture f;

	fixture_open(&f, 1000);
	f.gate.running = true;
	make_message(data, 0, 0);
	data[0] = 'x'; /* no byte order */
	say(&f, data, sizeof(data));
	assert_int_equal(pass_until(&f), -EBADMSG);
	fixture_close(&f);
	fixture_open(&f, 1000);
	f.gate.running = true;
	make_message(data, 0, 0);
	memset(data + 12, 0xff, 4); /* 4 GiB of fields: those cannot be thrown away */
	say(&f, data, sizeof(data));
	assert_int_equal(pass_until(&f), -EBADMSG);
	fixture_close(&f);
}

static void send_descriptors(int socket, const void *data, size_t size, int n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(8 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)data, size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	int fds[8] = { 0 };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	assert_int_equal(sendmsg(socket, &message, 0), size);
}

static void descriptors_end_the_connection_and_none_stays(void **state)
{
	unsigned char data[200];
	size_t size = make_message(data, 8, 100);

	/* With a line, with a header, in the middle of a body. */
	for (unsigned when = 0; when < 3; when++) {
		struct fixture f;
		size_t before;

		fixture_open(&f, 1000);
		before = count_descriptors();
		f.gate.running = when > 0;
		if (when == 2) {
			say(&f, data, 50);
			assert_int_equal(pass_until(&f), GATE_EMPTY);
		}
		send_descriptors(f.client, when == 0 ? (void *)"DATA\r\n" : data + when * 25,
				 when == 0 ? 6 : size - 100, 8);
		assert_int_equal(pass_until(&f), -EBADMSG);
		assert_int_equal(count_descriptors(), before);
		fixture_close(&f);
	}
}

static void the_end_of_the_client_is_the_end_of_the_connection(void **state)
{
	struct fixture f;

	for (unsigned running = 0; running < 2; running++) {
		fixture_open(&f, 1000);
		f.gate.running = running;
		assert_int_equal(gate_pass(&f.gate), GATE_EMPTY);
		assert_int_equal(shutdown(f.client, SHUT_WR), 0);
		assert_int_equal(pass_until(&f), -ECONNRESET);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_pass_one_at_a_time),
		cmocka_unit_test(a_line_without_end_ends_the_connection),
		cmocka_unit_test(what_came_with_the_last_line_is_the_first_message),
		cmocka_unit_test(messages_pass_one_at_a_time_in_whatever_pieces_they_come),
		cmocka_unit_test(of_a_message_that_is_too_long_the_header_passes),
		cmocka_unit_test(the_longest_message_that_is_allowed_passes_whole),
		cmocka_unit_test(headers_that_cannot_be_end_the_connection),
		cmocka_unit_test(descriptors_end_the_connection_and_none_stays),
		cmocka_unit_test(the_end_of_the_client_is_the_end_of_the_connection),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
