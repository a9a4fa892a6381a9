/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "kernel/announce.h"

enum {
	FRAME_SIZE = 60, /* bytes; the least of Ethernet, without its checksum */
	MAC_SIZE = 6,
	IP_SIZE = 4,
	VNET_HDR_MAX = 64, /* bytes; the kernel's own are up to 24 */
};

struct rarp {
	struct ethhdr ethernet;
	struct arphdr arp;
	uint8_t sender_mac[MAC_SIZE];
	uint8_t sender_ip[IP_SIZE];
	uint8_t target_mac[MAC_SIZE];
	uint8_t target_ip[IP_SIZE];
} __attribute__((packed));

static void make_frame(const uint8_t mac[static MAC_SIZE], uint8_t ret_frame[static FRAME_SIZE])
{
	struct rarp rarp = {
		.ethernet.h_proto = htons(ETH_P_RARP),
		.arp.ar_hrd = htons(ARPHRD_ETHER),
		.arp.ar_pro = htons(ETH_P_IP),
		.arp.ar_hln = MAC_SIZE,
		.arp.ar_pln = IP_SIZE,
		.arp.ar_op = htons(ARPOP_RREQUEST),
	};

	memset(rarp.ethernet.h_dest, 0xff, MAC_SIZE);
	memcpy(rarp.ethernet.h_source, mac, MAC_SIZE);
	memcpy(rarp.sender_mac, mac, MAC_SIZE);
	memcpy(rarp.target_mac, mac, MAC_SIZE);
	memset(ret_frame, 0, FRAME_SIZE);
	memcpy(ret_frame, &rarp, sizeof(rarp));
}

/* What a frame has before it on this queue; 0 = nothing. */
static int get_header_size(int fd, int *ret_size)
{
	struct ifreq request = { 0 };
	int size = 0;

	if (ioctl(fd, TUNGETIFF, &request) < 0)
		return -errno;
	if (request.ifr_flags & IFF_VNET_HDR && ioctl(fd, TUNGETVNETHDRSZ, &size) < 0)
		return -errno;
	if (size < 0 || size > VNET_HDR_MAX)
		return -EINVAL;
	*ret_size = size;
	return 0;
}

/*
 * The file is the VMM's, and whether a write waits is the VMM's choice. For one
 * that would wait there is RWF_NOWAIT, which taps of older kernels (6.1) refuse.
 */
static ssize_t write_now(int fd, const struct iovec *parts, int n)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_NONBLOCK)
		return writev(fd, parts, n);
	return pwritev2(fd, parts, n, -1, RWF_NOWAIT);
}

static int write_frame(int fd, const uint8_t mac[static MAC_SIZE])
{
	uint8_t header[VNET_HDR_MAX] = { 0 }, frame[FRAME_SIZE];
	struct iovec parts[2] = { { header, 0 }, { frame, sizeof(frame) } };
	int size = 0, r;

	r = get_header_size(fd, &size);
	if (r < 0)
		return r;
	make_frame(mac, frame);
	parts[0].iov_len = (size_t)size;
	return write_now(fd, parts, 2) < 0 ? -errno : 0;
}

int announce_by_queue(int fd, const uint8_t mac[static 6], struct error *err)
{
	int r = write_frame(fd, mac);

	return r < 0 ? error_system(err, r, "cannot send in the guest's place") : 0;
}

/* Protocol 0: it receives nothing. */
int announce_open(int *ret_fd, struct error *err)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_system(err, -errno, "cannot open a packet socket");
	*ret_fd = fd;
	return 0;
}

int announce_by_link(int fd, int ifindex, const char *name, const uint8_t mac[static 6],
		     struct error *err)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_RARP),
		.sll_ifindex = ifindex,
	};
	uint8_t frame[FRAME_SIZE];

	make_frame(mac, frame);
	if (sendto(fd, frame, sizeof(frame), 0, (const struct sockaddr *)&address,
		   sizeof(address)) < 0)
		return error_system(err, -errno, "cannot announce a guest on %s", name);
	return 0;
}
