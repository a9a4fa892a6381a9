/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets that wait for others, as the kernel tells them, in a namespace without others. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kernel/listening.h"
#include "netns.h"
#include "util/cleanup.h"

enum {
	SEEN_MAX = 16,
};

static struct {
	struct listening items[SEEN_MAX];
	unsigned n;
} seen;

static void on_listening(void *userdata, const struct listening *listening)
{
	assert_true(seen.n < SEEN_MAX);
	seen.items[seen.n++] = *listening;
}

static void look(void)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	seen.n = 0;
	if (listening_dump(on_listening, NULL, &err) < 0)
		fail_msg("%s", error_text(&err));
}

static int bound(int family, int type, const char *address, uint16_t port)
{
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(family, address,
				   family == AF_INET6 ? (void *)&at6.sin6_addr : &at.sin_addr),
			 1);
	assert_return_code(family == AF_INET6 ? bind(fd, (struct sockaddr *)&at6, sizeof(at6))
					      : bind(fd, (struct sockaddr *)&at, sizeof(at)),
			   errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(fd, 1), errno);
	return fd;
}

static void expect(int fd, int family, bool udp, const char *address, uint16_t port)
{
	struct stat info;
	char text[INET6_ADDRSTRLEN];

	assert_return_code(fstat(fd, &info), errno);
	for (unsigned i = 0; i < seen.n; i++) {
		const struct listening *listening = &seen.items[i];

		if (listening->inode != info.st_ino)
			continue;
		assert_int_equal(listening->family, family);
		assert_int_equal(listening->udp, udp);
		assert_int_equal(listening->port, port);
		inet_ntop(family, listening->address, text, sizeof(text));
		assert_string_equal(text, address);
		return;
	}
	fail_msg("port %u is not told", port);
}

static void listening_and_unconnected_sockets_are_told_and_no_others(void **state)
{
	AUTO_CLOSE int any = bound(AF_INET, SOCK_STREAM, "0.0.0.0", 22);
	AUTO_CLOSE int one = bound(AF_INET, SOCK_STREAM, "127.0.0.1", 80);
	AUTO_CLOSE int any6 = bound(AF_INET6, SOCK_STREAM, "::", 443);
	AUTO_CLOSE int udp = bound(AF_INET, SOCK_DGRAM, "127.0.0.1", 53);
	AUTO_CLOSE int udp6 = bound(AF_INET6, SOCK_DGRAM, "::1", 5353);
	AUTO_CLOSE int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_return_code(connect(client, (struct sockaddr *)&at, sizeof(at)), errno);
	look();
	expect(any, AF_INET, false, "0.0.0.0", 22);
	expect(one, AF_INET, false, "127.0.0.1", 80);
	expect(any6, AF_INET6, false, "::", 443);
	expect(udp, AF_INET, true, "127.0.0.1", 53);
	expect(udp6, AF_INET6, true, "::1", 5353);
	assert_int_equal(seen.n, 5);
}

static void a_socket_for_ipv6_alone_says_so(void **state)
{
	AUTO_CLOSE int both = bound(AF_INET6, SOCK_STREAM, "::", 24);
	AUTO_CLOSE int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(23) };
	int yes = 1;

	assert_return_code(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)), errno);
	assert_return_code(bind(fd, (struct sockaddr *)&at, sizeof(at)), errno);
	assert_return_code(listen(fd, 1), errno);
	assert_return_code(both, errno);
	look();
	assert_int_equal(seen.n, 2);
	for (unsigned i = 0; i < seen.n; i++)
		assert_int_equal(seen.items[i].ipv6_only, seen.items[i].port == 23);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(listening_and_unconnected_sockets_are_told_and_no_others,
				       netns_setup),
		cmocka_unit_test_setup(a_socket_for_ipv6_alone_says_so, netns_setup),
	};

	netns_require();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
