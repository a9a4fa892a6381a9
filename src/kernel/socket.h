/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A netlink socket, bare: what requests and events have in common. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	NETLINK_RECEIVE_SIZE = 32768, /* bytes; the kernel puts no more into one datagram */
	NETLINK_RECEIVE_MOST = 8,
};

/*
 * Opens and binds one, non-blocking to read with netlink_socket_receive().
 * queue_size: bytes of room wanted for what was not read yet. 0 or -errno.
 */
int netlink_socket_open(int protocol, int queue_size, int *ret_fd, uint32_t *ret_portid);

/*
 * One datagram of the kernel; those of other processes are dropped. Its size,
 * or 0 for "nothing there", or -errno: -ENOBUFS means that some were lost.
 * Does not wait.
 */
ssize_t netlink_socket_receive(int fd, void *buffer, size_t size);

/*
 * The same of all that are there, up to so many, by one system call: each has NETLINK_RECEIVE_SIZE
 * of the buffers. How many, with their sizes; less than the most: there were no more. A size is
 * 0 for what is to be left out, or -EMSGSIZE.
 */
int netlink_socket_receive_some(int fd, void *buffers, ssize_t sizes[static NETLINK_RECEIVE_MOST]);

int netlink_socket_join(int fd, unsigned group); /* 0 or -errno */
