/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's side of a QMP socket, for tests that are both ends in one thread:
 * it says what it is told to say, and what it hears can be looked at.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "testing.h"

#define QMP_GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"

struct server {
	char folder[32], path[64];
	int listening, fd; /* -1 */
	int received;      /* a descriptor that came with what was heard; -1 */
	char heard[1 << 16];
};

static inline void server_open(struct server *s)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(s->folder, "/tmp/test-qmp-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->path, sizeof(s->path), "%s/qmp", s->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", s->path);
	s->fd = s->received = -1;
	s->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listening, (struct sockaddr *)&address, sizeof(address)), 0);
	/* QEMU has the same backlog. */
	assert_int_equal(listen(s->listening, 1), 0);
}

static inline void server_close(struct server *s)
{
	closep(&s->fd);
	closep(&s->listening);
	closep(&s->received);
	unlink(s->path);
	rmdir(s->folder);
}

static inline void server_accept(struct server *s)
{
	s->fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC);
	assert_true(s->fd >= 0);
}

static inline void server_hang_up(struct server *s)
{
	closep(&s->fd);
	s->fd = -1;
}

static inline void server_say(struct server *s, const char *text)
{
	assert_int_equal(send(s->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Takes in what the client has sent until now, with the descriptor that came with it. */
static inline void server_hear(struct server *s)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec data = { s->heard, sizeof(s->heard) - 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(s->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	s->heard[n > 0 ? n : 0] = '\0';
	if (n <= 0 || !CMSG_FIRSTHDR(&message))
		return;
	closep(&s->received);
	memcpy(&s->received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	assert_int_equal(CMSG_FIRSTHDR(&message)->cmsg_len, CMSG_LEN(sizeof(int)));
}
