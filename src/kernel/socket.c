/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "kernel/socket.h"
#include "util/cleanup.h"

static void set_option(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

int netlink_socket_open(int protocol, int queue_size, int *ret_fd, uint32_t *ret_portid)
{
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(address);

	if (fd < 0)
		return -errno;
	set_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	set_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	/* Both: the first is bounded by net.core.rmem_max, the second needs CAP_NET_ADMIN. */
	set_option(fd, SOL_SOCKET, SO_RCVBUF, queue_size);
	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, queue_size);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	*ret_portid = address.nl_pid;
	return 0;
}

ssize_t netlink_socket_receive(int fd, void *buffer, size_t size)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buffer, size };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};

	for (;;) {
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (from.nl_pid != 0)
			continue;
		return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
	}
}

int netlink_socket_receive_some(int fd, void *buffers, ssize_t sizes[static NETLINK_RECEIVE_MOST])
{
	struct sockaddr_nl from[NETLINK_RECEIVE_MOST] = { 0 };
	struct mmsghdr messages[NETLINK_RECEIVE_MOST] = { 0 };
	struct iovec iov[NETLINK_RECEIVE_MOST];
	int n;

	for (unsigned i = 0; i < NETLINK_RECEIVE_MOST; i++) {
		iov[i] = (struct iovec){ (char *)buffers + (size_t)i * NETLINK_RECEIVE_SIZE,
					 NETLINK_RECEIVE_SIZE };
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &from[i],
			.msg_namelen = sizeof(from[i]),
			.msg_iov = &iov[i],
			.msg_iovlen = 1,
		};
	}
	do
		n = recvmmsg(fd, messages, NETLINK_RECEIVE_MOST, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		sizes[i] = messages[i].msg_hdr.msg_flags & MSG_TRUNC ? -EMSGSIZE
								     : (ssize_t)messages[i].msg_len;
		if (from[i].nl_pid != 0)
			sizes[i] = 0;
	}
	return n;
}

int netlink_socket_join(int fd, unsigned group)
{
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}
