/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TCP through a port, as much as goes.
 *
 *	load guest NETNS TAP FDS [plain]
 *		is a guest whose machine is the network namespace: holds a port's queues
 *		(3, 3:4) as a VMM does, and carries frames between them and the tap TAP that
 *		it makes there, large ones (GSO) whole; or plain: none. Prints "ready".
 *	load sink ADDRESS PORT FILE
 *		takes connections; FILE has the number of bytes that came so far, and the
 *		microseconds of CLOCK_MONOTONIC then.
 *	load send ADDRESS PORT FLOWS
 *		so many connections, each as fast as it goes
 *
 * Each until SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	HEADER = 12, /* bytes; virtio 1.0's */
	FRAME_MAX = HEADER + 65550,
	QUEUES_MAX = 16,
	FLOWS_MAX = 64,
	CHUNK = 128 << 10,
	TELL_USEC = 20000,
	LINE_SIZE = 64,
};

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* --- guest --- */

static void queue_setup(int fd, bool plain)
{
	int size = HEADER;

	if (ioctl(fd, TUNSETVNETHDRSZ, &size) < 0)
		die("TUNSETVNETHDRSZ");
	if (ioctl(fd, TUNSETOFFLOAD, plain ? 0 : TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)
		die("TUNSETOFFLOAD");
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		die("O_NONBLOCK");
}

static void enter(const char *netns)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path);
	close(fd);
}

static int make_tap(const char *name, bool plain)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		die(name);
	queue_setup(fd, plain);
	return fd;
}

/* All that is there; what the other side has no room for is lost, as in a NIC. */
static void carry(int from, int to)
{
	static uint8_t frame[FRAME_MAX];
	ssize_t n;

	while ((n = read(from, frame, sizeof(frame))) > 0)
		(void)!write(to, frame, (size_t)n);
}

static _Noreturn void guest(char **arguments, bool plain)
{
	struct pollfd fds[QUEUES_MAX + 1];
	nfds_t n = 1;

	for (char *fd; n <= QUEUES_MAX && (fd = strsep(&arguments[2], ":"));) {
		fds[n] = (struct pollfd){ .fd = atoi(fd), .events = POLLIN };
		queue_setup(fds[n++].fd, plain);
	}
	enter(arguments[0]);
	fds[0] = (struct pollfd){ .fd = make_tap(arguments[1], plain), .events = POLLIN };
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, n, -1) < 0)
			die("poll");
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents & POLLIN)
				carry(fds[i].fd, fds[i ? 0 : 1].fd);
		/* One that was deleted, until it is made again: see standin.c. */
		if (fds[1].revents & (POLLERR | POLLHUP))
			usleep(TELL_USEC);
	}
}

/* --- TCP --- */

static struct sockaddr_in address_of(char **arguments)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)atoi(arguments[1])) };

	if (inet_pton(AF_INET, arguments[0], &address.sin_addr) != 1)
		die(arguments[0]);
	return address;
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* In place, always of the same length: who reads it meets no half of a line. */
static void tell(int file, uint64_t bytes)
{
	char line[LINE_SIZE];
	int n = snprintf(line, sizeof(line), "%020llu %020llu\n", (unsigned long long)bytes,
			 (unsigned long long)now_usec());

	if (pwrite(file, line, (size_t)n, 0) != n)
		die("file");
}

static _Noreturn void sink(char **arguments)
{
	struct sockaddr_in address = address_of(arguments);
	int file = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct pollfd fds[FLOWS_MAX + 1] = { { .events = POLLIN } };
	uint64_t bytes = 0, told = 0;
	static uint8_t chunk[CHUNK];
	nfds_t n = 1;
	int yes = 1;

	fds[0].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (file < 0 || fds[0].fd < 0 ||
	    setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(fds[0].fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fds[0].fd, FLOWS_MAX) < 0)
		die("sink");
	tell(file, 0);
	for (;;) {
		if (poll(fds, n, -1) < 0)
			die("poll");
		for (nfds_t i = 1; i < n; i++) {
			ssize_t got = fds[i].revents ? read(fds[i].fd, chunk, sizeof(chunk)) : 0;

			bytes += got > 0 ? (uint64_t)got : 0;
			if (fds[i].revents && got <= 0) {
				close(fds[i].fd);
				fds[i--] = fds[--n];
			}
		}
		if (fds[0].revents && n <= FLOWS_MAX) {
			fds[n] = (struct pollfd){ .fd = accept(fds[0].fd, NULL, NULL),
						  .events = POLLIN };
			n += fds[n].fd >= 0;
		}
		if (now_usec() >= told + TELL_USEC) {
			told = now_usec();
			tell(file, bytes);
		}
	}
}

static _Noreturn void send_all(char **arguments)
{
	struct sockaddr_in address = address_of(arguments);
	struct pollfd fds[FLOWS_MAX];
	static const uint8_t chunk[CHUNK];
	nfds_t n = (nfds_t)atoi(arguments[2]);

	for (nfds_t i = 0; i < n && i < FLOWS_MAX; i++) {
		fds[i] = (struct pollfd){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
					  .events = POLLOUT };
		if (fds[i].fd < 0 ||
		    connect(fds[i].fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		    fcntl(fds[i].fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
			die(arguments[0]);
	}
	for (;;) {
		if (poll(fds, n, -1) < 0)
			die("poll");
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents && write(fds[i].fd, chunk, sizeof(chunk)) < 0 &&
			    errno != EAGAIN)
				die("write");
	}
}

int main(int argc, char **argv)
{
	char **arguments = argv + 2;

	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "guest"))
		guest(arguments, argc == 6);
	if (argc == 5 && !strcmp(argv[1], "sink"))
		sink(arguments);
	if (argc == 5 && !strcmp(argv[1], "send"))
		send_all(arguments);
	fputs("usage: load guest NETNS TAP FDS [plain] | sink ADDRESS PORT FILE | send ADDRESS "
	      "PORT "
	      "FLOWS\n",
	      stderr);
	return 2;
}
