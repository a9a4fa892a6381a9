/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostile QUEUE NETNS LINK: a VMM that sends whatever it likes.
 *
 * It holds a port's queue (the number of an fd, with a vnet header of 12 bytes) and sends
 * each frame of hostile.h into it; a packet socket on LINK, in the network namespace
 * NETNS (a path) at the far end of the wire, tells whether it comes out. It prints a
 * line for each that is not as it should be, and how many were tried and passed; its
 * status is 1 where any was not.
 *
 * What it can do to the device without a privilege it does first: another MAC, other
 * offloads.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile.h"
#include "util/cleanup.h"

enum {
	HEADER = 12,
	FRAME_MAX = 2000,
	WAIT_MSEC = 60, /* on a busy machine a frame takes its time */
	HONEST_MSEC = 3000,
	TAIL = 8, /* bytes by which a frame is known again */
	ADDRESSES = 12,
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int open_far_end(const char *netns, const char *link)
{
	AUTO_CLOSE int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int there = open(netns, O_RDONLY | O_CLOEXEC);
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd;

	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0)
		die(netns);
	address.sll_ifindex = (int)if_nametoindex(link);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		die(link);
	if (setns(here, CLONE_NEWNET) < 0)
		die("setns");
	return fd;
}

static void be_hostile(int queue)
{
	const uint8_t other[] = { 0x52, 0x54, 0, 0x77, 0x77, 0x77 };
	struct ifreq request = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };
	int header = HEADER;

	memcpy(request.ifr_hwaddr.sa_data, other, sizeof(other));
	if (ioctl(queue, TUNSETVNETHDRSZ, &header) < 0)
		die("TUNSETVNETHDRSZ");
	(void)ioctl(queue, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN);
	(void)ioctl(queue, SIOCSIFHWADDR, &request);
}

static size_t from_hex(const char *text, uint8_t *bytes)
{
	size_t n = strlen(text) / 2;
	unsigned byte;

	for (size_t i = 0; i < n && sscanf(text + 2 * i, "%2x", &byte) == 1; i++)
		bytes[i] = (uint8_t)byte;
	return n;
}

/* A bridge with br_netfilter drops IPv4 with a wrong checksum by itself. */
static void finish_ipv4(uint8_t *frame, size_t size)
{
	uint8_t *ip = frame + ETH_HLEN;
	uint32_t sum = 0;

	if (size < ETH_HLEN + 20 || frame[12] != 0x08 || frame[13] != 0 || ip[0] != 0x45)
		return;
	for (size_t i = 0; i < 20; i += 2)
		sum += i == 10 ? 0 : (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

/* Has the frame come out within this time? Its outer tag may have been taken out. */
static bool comes_out(int far_end, const uint8_t *frame, size_t size, int msec)
{
	struct pollfd poll_fd = { .fd = far_end, .events = POLLIN };
	uint8_t seen[FRAME_MAX];

	while (poll(&poll_fd, 1, msec) == 1) {
		ssize_t n = read(far_end, seen, sizeof(seen));

		if (n >= ADDRESSES + TAIL && !memcmp(seen, frame, ADDRESSES) &&
		    !memcmp(seen + n - TAIL, frame + size - TAIL, TAIL))
			return true;
	}
	return false;
}

static void drain(int far_end)
{
	uint8_t seen[FRAME_MAX];

	while (read(far_end, seen, sizeof(seen)) > 0)
		;
}

static bool try_row(int queue, int far_end, const struct row *row, bool *ret_passed)
{
	uint8_t bytes[HEADER + FRAME_MAX] = { 0 };
	size_t size = from_hex(row->frame, bytes + HEADER);

	finish_ipv4(bytes + HEADER, size);
	drain(far_end);
	if (write(queue, bytes, HEADER + size) < 0)
		die("write");
	*ret_passed = comes_out(far_end, bytes + HEADER, size, row->rule ? WAIT_MSEC : HONEST_MSEC);
	if (*ret_passed == !row->rule)
		return true;
	printf("%s: %s\n", row->name, *ret_passed ? "passed" : "did not pass");
	return false;
}

int main(int argc, char **argv)
{
	size_t n_passed = 0, n_wrong = 0;
	int queue, far_end;

	if (argc != 4)
		return 2;
	queue = atoi(argv[1]);
	far_end = open_far_end(argv[2], argv[3]);
	be_hostile(queue);
	for (size_t i = 0; i < ARRAY_SIZE(rows) + ARRAY_SIZE(cut_rows); i++) {
		const struct row *row = i < ARRAY_SIZE(rows) ? &rows[i]
							     : &cut_rows[i - ARRAY_SIZE(rows)];
		bool passed = false;

		n_wrong += !try_row(queue, far_end, row, &passed);
		n_passed += passed;
	}
	printf("%zu rows tried, %zu passed, %zu otherwise than they should\n",
	       ARRAY_SIZE(rows) + ARRAY_SIZE(cut_rows), n_passed, n_wrong);
	return n_wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
