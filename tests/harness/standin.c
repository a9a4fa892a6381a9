/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * standin MAC ADDRESS QUEUES [ASKED]: a guest without a VMM.
 *
 * It holds the queues of a tap or macvtap as a VMM does (header size, offloads,
 * never blocking) and is a tiny machine behind them: it answers ARP and pings
 * for its address. So a ping from the far end of the wire shows that frames
 * pass in both directions, unspoilt by a wrong header. QUEUES are numbers of
 * fds, "3:4", or the name of a tap to be opened.
 *
 * Where ASKED is given it asks for that address too, fifty times a second by
 * ARP, and prints "answer from MAC" for each answer: that is how a test sees
 * whom the guest's frames reach.
 *
 * A queue whose tap has been deleted is an error to read and to poll; a VMM goes
 * on reading it, and so does this.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	QUEUES_MAX = 16,
	FRAME_MAX = 65550,
	HEADER_SIZE = 12, /* bytes; virtio 1.0's */
	PATIENCE_MSEC = 20,
};

struct machine {
	struct ether_addr mac;
	struct in_addr address;
	struct in_addr asked; /* 0.0.0.0: none */
	struct pollfd queues[QUEUES_MAX];
	nfds_t n_queues;
};

/* What lies in a queue: the header, then the frame. */
struct packet {
	uint8_t header[HEADER_SIZE];
	union {
		uint8_t bytes[FRAME_MAX];
		struct ether_header ethernet;
	};
} __attribute__((packed));

struct ping {
	struct ether_header ethernet;
	struct iphdr ip;
	struct icmphdr icmp;
} __attribute__((packed));

struct arp {
	struct ether_header ethernet;
	struct ether_arp arp;
} __attribute__((packed));

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int open_by_name(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		die(name);
	return fd;
}

static void add_queue(struct machine *machine, int fd)
{
	int size = HEADER_SIZE;

	if (machine->n_queues == QUEUES_MAX) {
		errno = E2BIG;
		die("queues");
	}
	if (ioctl(fd, TUNSETVNETHDRSZ, &size) < 0)
		die("TUNSETVNETHDRSZ");
	if (ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)
		die("TUNSETOFFLOAD");
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die("O_NONBLOCK");
	machine->queues[machine->n_queues++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void open_queues(struct machine *machine, char *text)
{
	char *end = text;

	if (*text < '0' || *text > '9') {
		add_queue(machine, open_by_name(text));
		return;
	}
	for (; *text; text = *end ? end + 1 : end)
		add_queue(machine, (int)strtol(text, &end, 10));
}

/* Sent by the first queue. What cannot be sent is lost, as on any wire. */
static void send_frame(const struct machine *machine, struct packet *packet, size_t size)
{
	memset(packet->header, 0, sizeof(packet->header));
	if (write(machine->queues[0].fd, packet, sizeof(packet->header) + size) < 0)
		return;
}

static void ask(const struct machine *machine, struct in_addr asked)
{
	static struct packet packet;
	struct arp *request = (struct arp *)packet.bytes;

	memset(request, 0, sizeof(*request));
	memset(request->ethernet.ether_dhost, 0xff, ETH_ALEN);
	memcpy(request->ethernet.ether_shost, &machine->mac, ETH_ALEN);
	request->ethernet.ether_type = htons(ETHERTYPE_ARP);
	request->arp.arp_hrd = htons(ARPHRD_ETHER);
	request->arp.arp_pro = htons(ETHERTYPE_IP);
	request->arp.arp_hln = ETH_ALEN;
	request->arp.arp_pln = sizeof(machine->address);
	request->arp.arp_op = htons(ARPOP_REQUEST);
	memcpy(request->arp.arp_sha, &machine->mac, ETH_ALEN);
	memcpy(request->arp.arp_spa, &machine->address, sizeof(machine->address));
	memcpy(request->arp.arp_tpa, &asked, sizeof(asked));
	send_frame(machine, &packet, ETH_ZLEN);
}

static void answer_arp(const struct machine *machine, struct packet *packet)
{
	struct arp *arp = (struct arp *)packet->bytes;

	memcpy(arp->ethernet.ether_dhost, arp->arp.arp_sha, ETH_ALEN);
	memcpy(arp->ethernet.ether_shost, &machine->mac, ETH_ALEN);
	arp->arp.arp_op = htons(ARPOP_REPLY);
	memcpy(arp->arp.arp_tha, arp->arp.arp_sha, ETH_ALEN);
	memcpy(arp->arp.arp_tpa, arp->arp.arp_spa, sizeof(machine->address));
	memcpy(arp->arp.arp_sha, &machine->mac, ETH_ALEN);
	memcpy(arp->arp.arp_spa, &machine->address, sizeof(machine->address));
	send_frame(machine, packet, ETH_ZLEN);
}

static void take_arp(const struct machine *machine, struct packet *packet)
{
	struct arp *arp = (struct arp *)packet->bytes;

	if (memcmp(arp->arp.arp_tpa, &machine->address, sizeof(machine->address)) != 0)
		return;
	if (arp->arp.arp_op == htons(ARPOP_REQUEST))
		answer_arp(machine, packet);
	else if (arp->arp.arp_op == htons(ARPOP_REPLY) &&
		 !memcmp(arp->arp.arp_spa, &machine->asked, sizeof(machine->asked)))
		printf("answer from %s\n", ether_ntoa((struct ether_addr *)arp->arp.arp_sha));
}

/* Only the type changes, from 8 to 0, in the high byte of the first word: RFC 1624. */
static void answer_ping(const struct machine *machine, struct packet *packet, size_t size)
{
	struct ping *ping = (struct ping *)packet->bytes;
	uint32_t sum;

	if (ping->ip.protocol != IPPROTO_ICMP || ping->ip.ihl != 5 ||
	    ping->ip.daddr != machine->address.s_addr || ping->icmp.type != ICMP_ECHO)
		return;
	sum = ntohs(ping->icmp.checksum) + (ICMP_ECHO << 8);
	ping->icmp.checksum = htons((uint16_t)(sum + (sum >> 16)));
	ping->icmp.type = ICMP_ECHOREPLY;
	ping->ip.daddr = ping->ip.saddr;
	ping->ip.saddr = machine->address.s_addr;
	memcpy(ping->ethernet.ether_dhost, ping->ethernet.ether_shost, ETH_ALEN);
	memcpy(ping->ethernet.ether_shost, &machine->mac, ETH_ALEN);
	send_frame(machine, packet, size);
}

static void take_frames(const struct machine *machine, int queue)
{
	static struct packet packet;
	ssize_t size;

	while ((size = read(queue, &packet, sizeof(packet))) >= 0) {
		size_t n = (size_t)size - sizeof(packet.header);

		if (packet.ethernet.ether_type == htons(ETHERTYPE_ARP) && n >= sizeof(struct arp))
			take_arp(machine, &packet);
		if (packet.ethernet.ether_type == htons(ETHERTYPE_IP) && n >= sizeof(struct ping))
			answer_ping(machine, &packet, n);
	}
}

int main(int argc, char **argv)
{
	struct machine machine = { 0 };

	if (argc < 4 || argc > 5 || !ether_aton_r(argv[1], &machine.mac) ||
	    !inet_aton(argv[2], &machine.address) ||
	    (argc == 5 && !inet_aton(argv[4], &machine.asked))) {
		fprintf(stderr, "usage: standin MAC ADDRESS QUEUES [ASKED]\n");
		return 2;
	}
	open_queues(&machine, argv[3]);
	ask(&machine, machine.address); /* as a guest says that it is there; never again */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (;;) {
		if (machine.asked.s_addr)
			ask(&machine, machine.asked);
		if (poll(machine.queues, machine.n_queues, PATIENCE_MSEC) < 0)
			die("poll");
		for (nfds_t i = 0; i < machine.n_queues; i++)
			take_frames(&machine, machine.queues[i].fd);
		if (machine.queues[0].revents & POLLERR)
			usleep(PATIENCE_MSEC * 1000);
	}
}
