/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/packet.h"
#include "util/cleanup.h"

enum {
	VLAN_MASK = 0xfff,
};

int packet_open(int ifindex, const char *name, int *ret_fd, struct error *err)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	AUTO_CLOSE int fd = -1;
	const int on = 1;

	/* Protocol 0: until it is bound it hears nothing, rather than all links. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_system(err, -errno, "cannot open a packet socket");
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_system(err, -errno, "cannot listen on %s", name);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int take(int fd, const struct packet_mreq *request)
{
	int r = setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, sizeof(*request));

	return r < 0 ? -errno : 0;
}

int packet_take(int fd, int ifindex, const uint8_t mac[static 6])
{
	struct packet_mreq request = {
		.mr_ifindex = ifindex,
		.mr_type = mac[0] & 1 ? PACKET_MR_MULTICAST : PACKET_MR_UNICAST,
		.mr_alen = ETH_ALEN,
	};

	memcpy(request.mr_address, mac, ETH_ALEN);
	return take(fd, &request);
}

int packet_take_all(int fd, int ifindex)
{
	return take(fd,
		    &(struct packet_mreq){ .mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC });
}

int packet_send(int fd, const uint8_t *frame, size_t size)
{
	return send(fd, frame, size, 0) < 0 ? -errno : 0;
}

static unsigned vlan_of(struct msghdr *message)
{
	const struct tpacket_auxdata *data;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		data = (const void *)CMSG_DATA(c);
		if (data->tp_status & TP_STATUS_VLAN_VALID)
			return data->tp_vlan_tci & VLAN_MASK;
	}
	return 0;
}

ssize_t packet_receive(int fd, uint8_t *frame, size_t room, unsigned *ret_vlan)
{
	union {
		struct cmsghdr header; /* for its alignment */
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec part = { frame, room };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &message, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENETDOWN ? 0 : -errno;
	*ret_vlan = vlan_of(&message);
	return n;
}
