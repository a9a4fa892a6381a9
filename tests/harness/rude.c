/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rude WHAT [N]: a client of vifd without manners, and without a library that would give it some.
 *
 *	unread N	asks N times and reads no answer
 *	doctor N	asks for Doctor N times and reads no answer
 *	check N		asks for Check, N times; prints how many it was answered
 *	slow N		Check of N bytes that take long to read, without end
 *	monitors N	N connections that subscribe and read nothing
 *	connect N	N connections; prints how many were served, and how many told why not
 *	silent N	N connections that never say a word
 *	endless		a message of 100 MiB, as much of it as is taken
 *	large N		a message with a document of N bytes; prints what is answered
 *	descriptors N	N descriptors, with a good message; prints what becomes of it
 *
 * Those that print do so when they have done it; then each stays until its parent ends.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	MESSAGE_SIZE = 4 * 1024 * 1024,
	DESCRIPTORS_MAX = 200,
	PATIENCE_MSEC = 20000,
};

static unsigned char message[MESSAGE_SIZE];
static uint32_t serial;

/* --- messages, little endian --------------------------------------------------- */

struct writer {
	unsigned char *data;
	size_t size;
};

static void put_pad(struct writer *w, size_t alignment)
{
	while (w->size % alignment)
		w->data[w->size++] = 0;
}

static void put_number(struct writer *w, uint32_t number)
{
	put_pad(w, 4);
	memcpy(w->data + w->size, &number, 4);
	w->size += 4;
}

static void put_string(struct writer *w, const char *text)
{
	size_t length = strlen(text);

	put_number(w, (uint32_t)length);
	memcpy(w->data + w->size, text, length + 1);
	w->size += length + 1;
}

static void put_field(struct writer *w, unsigned char code, char type, const char *value)
{
	put_pad(w, 8);
	w->data[w->size++] = code;
	w->data[w->size++] = 1;
	w->data[w->size++] = (unsigned char)type;
	w->data[w->size++] = 0;
	if (type != 'g') {
		put_string(w, value);
		return;
	}
	w->data[w->size++] = (unsigned char)strlen(value);
	memcpy(w->data + w->size, value, strlen(value) + 1);
	w->size += strlen(value) + 1;
}

/* A call; the body comes behind it. body_size: what the header says of that. */
static struct writer call(const char *interface, const char *member, const char *signature,
			  size_t body_size)
{
	struct writer w = { message, 0 };
	uint32_t fields;

	memcpy(message, (const uint8_t[]){ 'l', 1, 0, 1 }, 4);
	w.size = 4;
	put_number(&w, (uint32_t)body_size);
	put_number(&w, ++serial);
	put_number(&w, 0);
	put_field(&w, 1, 'o', "/io/github/vifd");
	put_field(&w, 2, 's', interface);
	put_field(&w, 3, 's', member);
	if (*signature)
		put_field(&w, 8, 'g', signature);
	fields = (uint32_t)(w.size - 16);
	memcpy(message + 12, &fields, 4);
	put_pad(&w, 8);
	return w;
}

static struct writer vifd_call(const char *member)
{
	return call("io.github.vifd.Manager", member, "", 0);
}

/* Elements with as many attributes as they may have: to compare these is what takes long. */
static char *slow_document(size_t size)
{
	enum { ATTRIBUTES = 900 };
	char *text = malloc(size + 64), *at = text;

	at += sprintf(at, "<interface type='ethernet' xmlns:x='u:x'>");
	while ((size_t)(at - text) + 20 < size) {
		at += sprintf(at, "<x:a");
		for (unsigned i = 0; i < ATTRIBUTES && (size_t)(at - text) + 20 < size; i++)
			at += sprintf(at, " x:a%u=''", i);
		at += sprintf(at, "/>");
	}
	memset(at, ' ', size - (size_t)(at - text));
	text[size] = '\0';
	return text;
}

/* Check of a document; ss, each with its length and its end, and an empty a{sv}. */
static struct writer check_call(const char *document)
{
	const size_t length = strlen(document);
	struct writer w;

	w = call("io.github.vifd.Manager", "Check", "ssa{sv}",
		 (4 + length + 1 + 3) / 4 * 4 + 4 + 1 + 1 + 2 + 4 + 4);
	put_string(&w, document);
	put_string(&w, "x");
	put_number(&w, 0);
	put_number(&w, 0);
	return w;
}

/* --- the socket ------------------------------------------------------------------ */

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", getenv("VIFD_RUNTIME_DIR"));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

static int say(int fd, const void *data, size_t size)
{
	return send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

static int hear(int fd, void *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct pollfd wait = { fd, POLLIN, 0 };
		ssize_t n;

		if (poll(&wait, 1, PATIENCE_MSEC) != 1)
			return -1;
		n = recv(fd, (char *)data + at, size - at, 0);
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

/* -1 where it is hung up on. */
static int introduce(int fd)
{
	static const char lines_said[] = "\0AUTH ANONYMOUS\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
	char c = 0;

	if (say(fd, lines_said, sizeof(lines_said) - 1) < 0)
		return -1;
	for (unsigned lines = 0; lines < 2; lines += c == '\n')
		if (hear(fd, &c, 1) < 0)
			return -1;
	return 0;
}

static int meet(void)
{
	int fd = dial();

	if (fd >= 0 && introduce(fd) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The type of the answer: 2, or 3 for an error, whose sentence is in `text`. -1: none. */
static int answer(int fd, char text[static 256])
{
	unsigned char header[16];
	uint32_t body, fields, length;

	if (hear(fd, header, sizeof(header)) < 0)
		return -1;
	memcpy(&body, header + 4, 4);
	memcpy(&fields, header + 12, 4);
	if (hear(fd, message, (fields + 7) / 8 * 8) < 0 || hear(fd, message, body) < 0)
		return -1;
	memcpy(&length, message, 4);
	if (header[1] == 3)
		snprintf(text, 256, "%.*s", (int)length, message + 4);
	return header[1];
}

/* --- what it does ------------------------------------------------------------------ */

static void stay(void) __attribute__((noreturn));
static void stay(void)
{
	fflush(stdout);
	for (;;)
		pause();
}

static void ask_unread(const char *interface, const char *member, unsigned n)
{
	int fd = meet();

	for (unsigned i = 0; fd >= 0 && i < n; i++) {
		struct writer w = call(interface, member, "", 0);

		if (say(fd, w.data, w.size) < 0)
			break;
	}
	stay();
}

static void ask_check(const char *document, unsigned n)
{
	unsigned answered = 0;
	int fd = meet();
	char text[256];

	for (unsigned i = 0; i < n; i++) {
		struct writer w = check_call(document);
		int kind;

		if (say(fd, w.data, w.size) < 0)
			break;
		kind = answer(fd, text);
		if (kind < 0)
			break;
		answered += kind == 2;
	}
	printf("%u\n", answered);
	stay();
}

static void monitors(unsigned n)
{
	unsigned served = 0;
	char text[256];

	for (unsigned i = 0; i < n; i++) {
		struct writer w = vifd_call("Subscribe");
		int fd = meet();

		served += fd >= 0 && say(fd, w.data, w.size) == 0 && answer(fd, text) == 2;
	}
	printf("%u\n", served);
	stay();
}

static void connections(unsigned n)
{
	unsigned served = 0, told = 0;
	char text[256] = "", why[256] = "";

	for (unsigned i = 0; i < n; i++) {
		struct writer w = call("org.freedesktop.DBus.Peer", "Ping", "", 0);
		int fd = meet(), kind;

		if (fd < 0 || say(fd, w.data, w.size) < 0)
			continue;
		kind = answer(fd, text);
		served += kind == 2;
		told += kind == 3;
		if (kind == 3)
			strcpy(why, text);
	}
	printf("%u served, %u told: %s\n", served, told, why);
	stay();
}

static void silent(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		(void)dial();
	puts("silent");
	stay();
}

static void endless(void)
{
	struct writer w = call("io.github.vifd.Manager", "Check", "ssa{sv}", 100 << 20);
	int fd = meet();
	size_t left = 100 << 20;

	(void)say(fd, w.data, w.size);
	memset(message, 'x', sizeof(message));
	while (left > sizeof(message) && say(fd, message, sizeof(message)) == 0)
		left -= sizeof(message);
	puts("endless");
	stay();
}

static void large(unsigned size)
{
	struct writer w = check_call(slow_document(size));
	int fd = meet(), kind;
	char text[256] = "";

	kind = say(fd, w.data, w.size) < 0 ? -1 : answer(fd, text);
	printf("%s%s\n", kind == 2 ? "answered" : kind == 3 ? "refused: " : "hung up", text);
	if (kind < 0)
		stay();
	/* It may ask again. */
	w = vifd_call("ListNetworks");
	puts(say(fd, w.data, w.size) == 0 && answer(fd, text) == 2 ? "goes on" : "does not go on");
	stay();
}

static void descriptors(unsigned n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	} control = { 0 };
	struct writer w = vifd_call("ListNetworks");
	struct iovec iov = { w.data, w.size };
	struct msghdr envelope = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	int fd = meet();
	char text[256];

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(n *
					   sizeof(int)); /* of the standard input, all of them */
	puts(sendmsg(fd, &envelope, MSG_NOSIGNAL) < 0 ? "not sent"
	     : answer(fd, text) < 0                   ? "hung up"
						      : "answered");
	stay();
}

int main(int argc, char **argv)
{
	const struct rlimit many = { 4000, 4000 };
	const char *what = argc > 1 ? argv[1] : "";
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

	(void)setrlimit(RLIMIT_NOFILE, &many);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(what, "unread"))
		ask_unread("org.freedesktop.DBus.Introspectable", "Introspect", n);
	if (!strcmp(what, "doctor"))
		ask_unread("io.github.vifd.Manager", "Doctor", n);
	if (!strcmp(what, "check"))
		ask_check("<interface type='ethernet'/>", n);
	if (!strcmp(what, "slow"))
		ask_check(slow_document(n), ~0U);
	if (!strcmp(what, "monitors"))
		monitors(n);
	if (!strcmp(what, "connect"))
		connections(n);
	if (!strcmp(what, "silent"))
		silent(n);
	if (!strcmp(what, "endless"))
		endless();
	if (!strcmp(what, "large"))
		large(n);
	if (!strcmp(what, "descriptors") && n <= DESCRIPTORS_MAX)
		descriptors(n);
	fprintf(stderr, "rude: see the source\n");
	return 2;
}
