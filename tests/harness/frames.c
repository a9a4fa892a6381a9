/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet socket with PACKET_VNET_HDR gives and takes the same header as a
 * queue, and so tells a frame that came whole from one that was cut. The kernel
 * takes the outer VLAN tag out of what comes in; PACKET_AUXDATA has it, and it
 * is put back here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "frames.h"

enum {
	MAC_SIZE = 6,
	TAG_SIZE = 4,
	HEADER_MAX = 64,
	SEGMENT_SIZE = 1448, /* bytes of payload */
	PATIENCE_MSEC = 1000,
	SILENCE_MSEC = 200,
	RECEIVE_QUEUE = 64 << 20,
};

const uint8_t frame_guest[6] = { 0x52, 0x54, 0x00, 0x11, 0x22, 0x33 };
const uint8_t frame_peer[6] = { 0x52, 0x54, 0x00, 0x99, 0x99, 0x99 };
const uint8_t frame_stranger[6] = { 0x52, 0x54, 0x00, 0x77, 0x77, 0x77 };
const uint8_t frame_broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
const uint8_t frame_multicast[6] = { 0x01, 0x00, 0x5e, 0x01, 0x02, 0x03 };

static void put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t put_addresses(struct frame *frame, const uint8_t *to, const uint8_t *from)
{
	memcpy(frame->bytes, to, MAC_SIZE);
	memcpy(frame->bytes + MAC_SIZE, from, MAC_SIZE);
	return 2 * MAC_SIZE;
}

void frame_make(struct frame *frame, const uint8_t *to, const uint8_t *from, unsigned n_tags,
		size_t size, uint32_t number)
{
	size_t at;

	*frame = (struct frame){ .size = size };
	at = put_addresses(frame, to, from);
	for (unsigned i = 0; i < n_tags; i++, at += TAG_SIZE) {
		put_u16(frame->bytes + at, i + 1 < n_tags ? ETH_P_8021AD : ETH_P_8021Q);
		put_u16(frame->bytes + at + 2, (uint16_t)(100 + i));
	}
	put_u16(frame->bytes + at, FRAME_TYPE);
	memcpy(frame->bytes + at + 2, &number, sizeof(number));
	for (at += 2 + sizeof(number); at < size; at++)
		frame->bytes[at] = (uint8_t)at;
}

/* Of a header whose own checksum is 0; RFC 1071. */
static uint16_t ip_checksum(const struct iphdr *ip)
{
	const uint8_t *bytes = (const uint8_t *)ip;
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(*ip); i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

void frame_make_gso(struct frame *frame, const uint8_t *to, const uint8_t *from, size_t size)
{
	const size_t headers = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr);
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)(size - ETH_HLEN)),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		.saddr = htonl(0x0a090001),
		.daddr = htonl(0x0a090002),
	};
	struct tcphdr tcp = { .source = htons(1000), .dest = htons(2000), .doff = 5, .ack = 1 };
	size_t at;

	ip.check = htons(ip_checksum(&ip));
	*frame = (struct frame){ .size = size };
	frame->vnet = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)headers,
		.gso_size = SEGMENT_SIZE,
		.csum_start = ETH_HLEN + sizeof(ip),
		.csum_offset = offsetof(struct tcphdr, check),
	};
	at = put_addresses(frame, to, from);
	put_u16(frame->bytes + at, ETH_P_IP);
	memcpy(frame->bytes + ETH_HLEN, &ip, sizeof(ip));
	memcpy(frame->bytes + ETH_HLEN + sizeof(ip), &tcp, sizeof(tcp));
	for (at = headers; at < size; at++)
		frame->bytes[at] = (uint8_t)at;
}

static void set_option(int socket, int level, int option, int value)
{
	assert_return_code(setsockopt(socket, level, option, &value, sizeof(value)), errno);
}

static int open_packet(const char *link, uint16_t protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(link),
	};

	assert_return_code(fd, errno);
	set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1);
	set_option(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_QUEUE);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	return fd;
}

int frames_open(const char *link)
{
	return open_packet(link, ETH_P_ALL);
}

/* A socket of one type is a protocol of the stack, behind tc, bridges and macvtaps. */
int frames_open_stack(const char *link)
{
	return open_packet(link, FRAME_TYPE);
}

unsigned frames_count(int socket)
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);

	assert_return_code(getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &stats, &size), errno);
	return stats.tp_packets;
}

void queue_send(int queue, int header, const struct frame *frame)
{
	uint8_t before[HEADER_MAX] = { 0 };
	struct iovec parts[2] = {
		{ before, (size_t)header },
		{ (void *)frame->bytes, frame->size },
	};

	memcpy(before, &frame->vnet, sizeof(frame->vnet));
	assert_int_equal(writev(queue, parts, 2), header + (ssize_t)frame->size);
}

static bool is_of_the_test(const struct frame *frame)
{
	const uint8_t *from = frame->bytes + MAC_SIZE;

	return frame->size > ETH_HLEN &&
	       (!memcmp(from, frame_guest, MAC_SIZE) || !memcmp(from, frame_peer, MAC_SIZE));
}

static bool wait_for(int fd, int msec)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, msec) == 1;
}

static bool receive_from_queue(int queue, int header, struct frame *frame, int msec)
{
	uint8_t before[HEADER_MAX];
	struct iovec parts[2] = {
		{ before, (size_t)header },
		{ frame->bytes, sizeof(frame->bytes) },
	};

	while (wait_for(queue, msec)) {
		ssize_t n = readv(queue, parts, 2);

		if (n < header)
			continue;
		frame->size = (size_t)(n - header);
		frame->vnet = (struct virtio_net_hdr){ 0 };
		if (header >= (int)sizeof(frame->vnet))
			memcpy(&frame->vnet, before, sizeof(frame->vnet));
		if (is_of_the_test(frame))
			return true;
	}
	return false;
}

bool queue_receive(int queue, int header, struct frame *ret_frame)
{
	return receive_from_queue(queue, header, ret_frame, PATIENCE_MSEC);
}

bool queue_is_silent(int queue, int header)
{
	static struct frame frame;

	return !receive_from_queue(queue, header, &frame, SILENCE_MSEC);
}

void link_send(int socket, const struct frame *frame)
{
	struct iovec parts[2] = {
		{ (void *)&frame->vnet, sizeof(frame->vnet) },
		{ (void *)frame->bytes, frame->size },
	};
	ssize_t n = writev(socket, parts, 2);

	assert_int_equal(n, (ssize_t)(sizeof(frame->vnet) + frame->size));
}

static void put_tag_back(struct frame *frame, const struct tpacket_auxdata *aux)
{
	uint8_t *at = frame->bytes + 2 * MAC_SIZE;

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID))
		return;
	memmove(at + TAG_SIZE, at, frame->size - 2 * MAC_SIZE);
	put_u16(at, aux->tp_vlan_tpid);
	put_u16(at + 2, aux->tp_vlan_tci);
	frame->size += TAG_SIZE;
}

static bool receive_from_link(int socket, struct frame *frame, int msec)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec parts[2] = {
		{ &frame->vnet, sizeof(frame->vnet) },
		{ frame->bytes, sizeof(frame->bytes) - TAG_SIZE },
	};

	while (wait_for(socket, msec)) {
		struct msghdr message = {
			.msg_iov = parts,
			.msg_iovlen = 2,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(socket, &message, 0);
		const struct cmsghdr *about;

		if (n < (ssize_t)sizeof(frame->vnet))
			continue;
		frame->size = (size_t)n - sizeof(frame->vnet);
		about = CMSG_FIRSTHDR(&message);
		if (about && about->cmsg_type == PACKET_AUXDATA)
			put_tag_back(frame, (const void *)CMSG_DATA(about));
		if (is_of_the_test(frame))
			return true;
	}
	return false;
}

bool link_receive(int socket, struct frame *ret_frame)
{
	return receive_from_link(socket, ret_frame, PATIENCE_MSEC);
}

bool link_is_silent(int socket)
{
	static struct frame frame;

	return !receive_from_link(socket, &frame, SILENCE_MSEC);
}

void queue_setup(int queue, int header)
{
	int send_room = INT32_MAX;

	assert_return_code(ioctl(queue, TUNSETVNETHDRSZ, &header), errno);
	assert_return_code(ioctl(queue, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6),
			   errno);
	assert_return_code(ioctl(queue, TUNSETSNDBUF, &send_room), errno);
}
