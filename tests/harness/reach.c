/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who reaches whom, between network namespaces of `ip netns`.
 *
 *	reach < PROBES	a probe a line:
 *
 *	NAME PROTOCOL FROM ADDRESS[%DEVICE] PORT TO ADDRESS PORT[:PORT]
 *
 * PROTOCOL is tcp, udp, icmp or once (udp, no answer wanted: multicast and broadcast).
 * From ADDRESS ("-": any) and PORT (0: any) in namespace FROM something is sent
 * to ADDRESS and PORT, in the hope that it arrives in namespace TO, there at the port
 * behind the colon. For each a line "NAME: VERDICT":
 *
 *	passed from ADDRESS port WHICH[, no answer]
 *	rejected			the sender was told so
 *	lost
 *
 * With icmp the port is the echo's number. ADDRESS is what the receiver sees. WHICH is
 * "kept", or the range that the port was moved to. All sockets are this process's: a
 * socket stays in the namespace in which it was made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAIT_MSEC = 300, /* for what comes at once or never */
	TEXT = 64,
};

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct probe {
	char name[TEXT], protocol[8];
	char from[TEXT], to[TEXT]; /* namespaces */
	char device[TEXT];
	int family;
	union address source, target, listen;
	uint64_t cookie;
};

static void die(const char *what)
{
	printf("reach: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static socklen_t size_of(const union address *address)
{
	return address->sa.sa_family == AF_INET6 ? sizeof(address->in6) : sizeof(address->in);
}

static uint16_t port_of(const union address *address)
{
	return ntohs(address->sa.sa_family == AF_INET6 ? address->in6.sin6_port
						       : address->in.sin_port);
}

static void address_set(union address *address, int family, const char *text, unsigned port)
{
	memset(address, 0, sizeof(*address));
	address->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		address->in6.sin6_port = htons((uint16_t)port);
		if (text && inet_pton(family, text, &address->in6.sin6_addr) != 1)
			die(text);
	} else {
		address->in.sin_port = htons((uint16_t)port);
		if (text && inet_pton(family, text, &address->in.sin_addr) != 1)
			die(text);
	}
}

static void enter(const char *name)
{
	char path[2 * TEXT];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path);
	close(fd);
}

static int socket_in(const char *name, int family, int type, int protocol)
{
	int fd, on = 1;

	enter(name);
	fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	return fd;
}

static int sender(const struct probe *probe, int type, int protocol)
{
	int fd = socket_in(probe->from, probe->family, type, protocol);

	if (*probe->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, probe->device,
					 (socklen_t)strlen(probe->device)) < 0)
		die(probe->device);
	if (bind(fd, &probe->source.sa, size_of(&probe->source)) < 0)
		die("bind the sender");
	return fd;
}

static int receiver(const struct probe *probe, int type)
{
	int fd = socket_in(probe->to, probe->family, type, 0);

	if (bind(fd, &probe->listen.sa, size_of(&probe->listen)) < 0)
		die("bind the receiver");
	return fd;
}

static bool readable(int fd, int msec)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };

	return poll(&item, 1, msec) > 0;
}

static void say(const struct probe *probe, const char *verdict)
{
	printf("%s: %s\n", probe->name, verdict);
}

static const char *port_range(uint16_t sent, uint16_t seen)
{
	if (sent == seen)
		return "kept";
	if (seen >= 500 && seen <= 1000)
		return "500-1000";
	return seen >= 1024 ? "1024-65535" : "1-1023";
}

static void say_passed(const struct probe *probe, const union address *seen, int sender_fd,
		       bool answered)
{
	union address own = { .sa.sa_family = AF_UNSPEC };
	socklen_t size = sizeof(own);
	char text[INET6_ADDRSTRLEN];
	const void *bytes = seen->sa.sa_family == AF_INET6 ? (const void *)&seen->in6.sin6_addr
							   : (const void *)&seen->in.sin_addr;

	inet_ntop(seen->sa.sa_family, bytes, text, sizeof(text));
	printf("%s: passed from %s", probe->name, text);
	if (sender_fd >= 0) {
		getsockname(sender_fd, &own.sa, &size);
		printf(" port %s", port_range(port_of(&own), port_of(seen)));
	}
	printf("%s\n", answered ? "" : ", no answer");
}

static bool is_refusal(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
	       error == EACCES;
}

/* --- udp ------------------------------------------------------------------------- */

/* From the address that it was sent to, which is not always the one that routing would choose. */
static void answer(int fd, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		void *data = CMSG_DATA(c);

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = data;

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo *info = data;

			info->ipi6_ifindex = 0;
		}
	}
	msg->msg_flags = 0;
	if (sendmsg(fd, msg, 0) < 0 && !is_refusal(errno))
		die("answer");
}

static void probe_udp(const struct probe *probe, bool with_answer)
{
	int in = receiver(probe, SOCK_DGRAM), out = sender(probe, SOCK_DGRAM, 0), on = 1;
	union address seen = { .sa.sa_family = AF_UNSPEC };
	uint64_t data = probe->cookie;
	union {
		char bytes[256];
		struct cmsghdr aligned;
	} control;
	struct iovec iov = { &data, sizeof(data) };
	struct msghdr msg = { .msg_name = &seen,
			      .msg_namelen = sizeof(seen),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	bool answered = !with_answer;

	if (probe->family == AF_INET6)
		setsockopt(in, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	else
		setsockopt(in, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (with_answer && connect(out, &probe->target.sa, size_of(&probe->target)) < 0)
		die("connect");
	if (sendto(out, &data, sizeof(data), 0, with_answer ? NULL : &probe->target.sa,
		   with_answer ? 0 : size_of(&probe->target)) < 0 &&
	    !is_refusal(errno))
		die("send");
	/* A refusal makes the sender readable: not waited for longer than the packet itself. */
	for (int waited = 0; waited < WAIT_MSEC; waited += 10) {
		if (readable(in, 10) || (with_answer && readable(out, 0)))
			break;
	}
	if (recvmsg(in, &msg, 0) > 0) {
		if (with_answer) {
			answer(in, &msg);
			answered = readable(out, WAIT_MSEC) &&
				   recv(out, &data, sizeof(data), 0) == sizeof(data);
		}
		say_passed(probe, &seen, out, answered);
	} else if (with_answer && recv(out, &data, sizeof(data), 0) < 0 && is_refusal(errno)) {
		say(probe, "rejected");
	} else {
		say(probe, "lost");
	}
	close(in);
	close(out);
}

/* --- tcp ------------------------------------------------------------------------- */

static void probe_tcp(const struct probe *probe)
{
	int in = receiver(probe, SOCK_STREAM), out = sender(probe, SOCK_STREAM, 0), error = 0;
	struct pollfd items[2] = { { .fd = in, .events = POLLIN },
				   { .fd = out, .events = POLLOUT } };
	union address seen = { .sa.sa_family = AF_UNSPEC };
	socklen_t size = sizeof(error), seen_size = sizeof(seen);
	int peer;

	if (listen(in, 1) < 0)
		die("listen");
	if (connect(out, &probe->target.sa, size_of(&probe->target)) < 0 && errno != EINPROGRESS)
		die("connect");
	poll(items, 2, WAIT_MSEC);
	peer = readable(in, 10) ? accept(in, &seen.sa, &seen_size) : -1;
	if (peer >= 0) {
		say_passed(probe, &seen, out, true);
		close(peer);
	} else {
		getsockopt(out, SOL_SOCKET, SO_ERROR, &error, &size);
		say(probe, is_refusal(error) ? "rejected" : "lost");
	}
	close(in);
	close(out);
}

/* --- icmp ------------------------------------------------------------------------ */

struct echo {
	uint8_t type, code;
	uint16_t sum, id, sequence;
	uint64_t cookie;
} __attribute__((packed));

static uint16_t checksum(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* The type of the next message with the cookie in it, within the time; -1 if none comes. */
static int icmp_next(int fd, const struct probe *probe, int msec, union address *ret_seen)
{
	while (readable(fd, msec)) {
		uint8_t packet[1500], *message = packet;
		socklen_t size = sizeof(*ret_seen);
		ssize_t n = recvfrom(fd, packet, sizeof(packet), 0, &ret_seen->sa, &size);

		if (n <= 0 || !memmem(packet, (size_t)n, &probe->cookie, sizeof(probe->cookie)))
			continue;
		if (probe->family == AF_INET)
			message += (packet[0] & 15) * 4;
		return *message;
	}
	return -1;
}

static void probe_icmp(const struct probe *probe)
{
	bool six = probe->family == AF_INET6;
	int protocol = six ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	int request = six ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	int reply = six ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	int in = socket_in(probe->to, probe->family, SOCK_RAW, protocol);
	int out = sender(probe, SOCK_RAW, protocol), type;
	struct echo echo = { .type = (uint8_t)request,
			     .id = htons((uint16_t)probe->cookie),
			     .cookie = probe->cookie };
	union address seen, from;

	if (!six)
		echo.sum = checksum(&echo, sizeof(echo));
	if (sendto(out, &echo, sizeof(echo), 0, &probe->target.sa, size_of(&probe->target)) < 0)
		die("send an echo request");
	do
		type = icmp_next(out, probe, WAIT_MSEC, &from);
	while (type == request);
	/* By now it is there, if it has come. */
	if (icmp_next(in, probe, 0, &seen) == request)
		say_passed(probe, &seen, -1, type == reply);
	else
		say(probe, type < 0 ? "lost" : "rejected");
	close(in);
	close(out);
}

static void parse(const char *line, struct probe *probe)
{
	char source[TEXT], target[TEXT], *device;
	unsigned source_port, target_port, listen_port = 0;

	if (sscanf(line, "%63s %7s %63s %63s %u %63s %63s %u:%u", probe->name, probe->protocol,
		   probe->from, source, &source_port, probe->to, target, &target_port,
		   &listen_port) < 8) {
		errno = EINVAL;
		die(line);
	}
	device = strchr(source, '%');
	if (device)
		*device++ = '\0';
	snprintf(probe->device, sizeof(probe->device), "%s", device ? device : "");
	probe->family = strchr(target, ':') ? AF_INET6 : AF_INET;
	/* So that conntrack takes no echo for one of an earlier probe. */
	probe->cookie = 0x7265616368000000 + target_port;
	if (!strcmp(probe->protocol, "icmp"))
		source_port = target_port = 0;
	address_set(&probe->source, probe->family, strcmp(source, "-") != 0 ? source : NULL,
		    source_port);
	address_set(&probe->target, probe->family, target, target_port);
	address_set(&probe->listen, probe->family, NULL, listen_port ? listen_port : target_port);
}

int main(void)
{
	struct probe probe;
	char line[512];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		parse(line, &probe);
		if (!strcmp(probe.protocol, "tcp"))
			probe_tcp(&probe);
		else if (!strcmp(probe.protocol, "icmp"))
			probe_icmp(&probe);
		else
			probe_udp(&probe, !strcmp(probe.protocol, "udp"));
	}
	return EXIT_SUCCESS;
}
