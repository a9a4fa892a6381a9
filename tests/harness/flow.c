/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A TCP connection that carries data both ways for as long as a test likes.
 *
 *	flow serve ADDRESS PORT FILE	takes one connection and sends back all that comes. FILE
 *					has the number of bytes so far, for others to look at.
 *	flow call ADDRESS PORT		calls it, and sends numbers that it knows until SIGTERM.
 *					Each byte that comes back has to be the one that was sent.
 *
 * Both end with a line "BYTES bytes, sum SUM" and status 0, or with what went
 * wrong and 1. No more than a few packets are under way at a time: so bytes
 * that are counted on one end have passed in both directions but for those, and
 * the kernel tries again every fifth of a second instead of ever more rarely
 * (tcp_stream_is_thin()): the connection goes on soon after the wire does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CHUNK = 1000, /* bytes, one packet */
	WINDOW = 3 * CHUNK,
	PAUSE_USEC = 10000, /* between chunks: a guest is emulated, and others want to run too */
	COUNT_WIDTH = 20,
};

struct flow {
	int socket;
	uint64_t n_sent, n_received;
	uint64_t sum; /* of what was received: FNV-1a */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* The byte at this place of what is sent: without a period that a lost packet could hide in. */
static uint8_t byte_at(uint64_t place)
{
	uint64_t x = place * 0x9e3779b97f4a7c15;

	return (uint8_t)(x >> 56 ^ x >> 24);
}

static struct flow flow_new(int socket)
{
	int yes = 1;

	if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) < 0 ||
	    setsockopt(socket, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &yes, sizeof(yes)) < 0)
		die("setsockopt");
	return (struct flow){ .socket = socket, .sum = 0xcbf29ce484222325 };
}

static void flow_take(struct flow *flow, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		flow->sum = (flow->sum ^ bytes[i]) * 0x100000001b3;
	flow->n_received += n;
}

static void flow_send(struct flow *flow, const uint8_t *bytes, size_t n)
{
	if (send(flow->socket, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("send");
	flow->n_sent += n;
}

static int flow_end(const struct flow *flow)
{
	printf("%llu bytes, sum %016llx\n", (unsigned long long)flow->n_received,
	       (unsigned long long)flow->sum);
	return EXIT_SUCCESS;
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in result = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
	};

	errno = EINVAL;
	if (!inet_aton(address, &result.sin_addr))
		die(address);
	return result;
}

static void write_count(int file, uint64_t count)
{
	char text[COUNT_WIDTH + 2];
	int n = snprintf(text, sizeof(text), "%*llu\n", COUNT_WIDTH, (unsigned long long)count);

	if (pwrite(file, text, (size_t)n, 0) != n)
		die("FILE");
}

static int serve(const char *address, const char *port, const char *path)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), file, yes = 1;
	struct sockaddr_in here = address_of(address, port);
	uint8_t bytes[WINDOW];
	struct flow flow;
	ssize_t n;

	file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (file < 0)
		die(path);
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(listener, 1) < 0)
		die("listen");
	write_count(file, 0);
	flow = flow_new(accept(listener, NULL, NULL));
	while ((n = recv(flow.socket, bytes, sizeof(bytes), 0)) > 0) {
		flow_take(&flow, bytes, (size_t)n);
		flow_send(&flow, bytes, (size_t)n);
		write_count(file, flow.n_received);
	}
	if (n < 0)
		die("recv");
	return flow_end(&flow);
}

static void send_more(struct flow *flow)
{
	uint8_t bytes[CHUNK];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte_at(flow->n_sent + i);
	flow_send(flow, bytes, sizeof(bytes));
}

/* False at the end of what comes. */
static bool check_more(struct flow *flow)
{
	uint8_t bytes[WINDOW];
	ssize_t n = recv(flow->socket, bytes, sizeof(bytes), 0);

	if (n < 0)
		die("recv");
	for (ssize_t i = 0; i < n; i++) {
		uint64_t place = flow->n_received + (uint64_t)i;

		if (bytes[i] == byte_at(place))
			continue;
		printf("byte %llu came back as another\n", (unsigned long long)place);
		exit(EXIT_FAILURE);
	}
	flow_take(flow, bytes, (size_t)n);
	return n > 0;
}

static bool is_readable(int socket)
{
	struct pollfd waiting = { socket, POLLIN, 0 };

	return poll(&waiting, 1, 0) > 0;
}

static int call(const char *address, const char *port)
{
	struct sockaddr_in there = address_of(address, port);
	struct flow flow = flow_new(socket(AF_INET, SOCK_STREAM, 0));

	if (connect(flow.socket, (struct sockaddr *)&there, sizeof(there)) < 0)
		die("connect");
	while (!stopped) {
		if (flow.n_sent - flow.n_received < WINDOW)
			send_more(&flow);
		usleep(PAUSE_USEC);
		if (is_readable(flow.socket) && !check_more(&flow))
			break;
	}
	shutdown(flow.socket, SHUT_WR);
	while (check_more(&flow))
		;
	if (flow.n_received != flow.n_sent) {
		printf("%llu of %llu bytes came back\n", (unsigned long long)flow.n_received,
		       (unsigned long long)flow.n_sent);
		return EXIT_FAILURE;
	}
	return flow_end(&flow);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	if (argc == 5 && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(argv[1], "call"))
		return call(argv[2], argv[3]);
	fprintf(stderr, "usage: flow serve ADDRESS PORT FILE | flow call ADDRESS PORT\n");
	return 2;
}
