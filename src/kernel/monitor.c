/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When the queue overflows the kernel drops the newest events and keeps the
 * old ones. Those would come to the caller after its fresh dump: a link that
 * they call present may have gone, and the event that says so is among the
 * lost. So they are dropped too. Each event that comes later is newer than the dump,
 * or tells again what the dump has.
 */
#include <linux/rtnetlink.h>

#include "kernel/monitor.h"
#include "kernel/socket.h"

enum {
	QUEUE_SIZE = 8 << 20, /* bytes; some thousands of events, each charged by its buffer */
};

struct monitor {
	int fd;
	char *buffers; /* NETLINK_RECEIVE_MOST of NETLINK_RECEIVE_SIZE */
	bool address_gone;
};

int monitor_open(struct monitor **ret_monitor, struct error *err)
{
	AUTO(monitor_closep) struct monitor *monitor = calloc(1, sizeof(*monitor));
	uint32_t portid;
	int r;

	if (!monitor)
		return error_oom(err);
	monitor->fd = -1;
	monitor->buffers = malloc((size_t)NETLINK_RECEIVE_MOST * NETLINK_RECEIVE_SIZE);
	if (!monitor->buffers)
		return error_oom(err);
	r = netlink_socket_open(NETLINK_ROUTE, QUEUE_SIZE, &monitor->fd, &portid);
	if (r == 0)
		r = netlink_socket_join(monitor->fd, RTNLGRP_LINK);
	if (r == 0)
		r = netlink_socket_join(monitor->fd, RTNLGRP_IPV4_IFADDR);
	if (r == 0)
		r = netlink_socket_join(monitor->fd, RTNLGRP_IPV6_IFADDR);
	if (r == 0)
		r = netlink_socket_join(monitor->fd, RTNLGRP_TC);
	if (r < 0)
		return error_system(err, r, "cannot listen to the kernel's link events");
	*ret_monitor = take_ptr(monitor);
	return 0;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	closep(&monitor->fd);
	free(monitor->buffers);
	free(monitor);
}

int monitor_fd(const struct monitor *monitor)
{
	return monitor->fd;
}

bool monitor_take_address_gone(struct monitor *monitor)
{
	bool gone = monitor->address_gone;

	monitor->address_gone = false;
	return gone;
}

static bool tc_has_changed(const struct nlmsghdr *nlh, struct link_view *view)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);

	if ((nlh->nlmsg_type != RTM_DELTFILTER && nlh->nlmsg_type != RTM_DELQDISC &&
	     nlh->nlmsg_type != RTM_DELTCLASS && nlh->nlmsg_type != RTM_NEWTCLASS) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*tc))
		return false;
	*view = (struct link_view){ .ifindex = tc->tcm_ifindex, .tc_changed = true };
	return true;
}

static bool address_parse_event(const struct nlmsghdr *nlh, struct link_view *view)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);

	if ((nlh->nlmsg_type != RTM_NEWADDR && nlh->nlmsg_type != RTM_DELADDR) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return false;
	*view = (struct link_view){
		.ifindex = (int)info->ifa_index,
		.family = info->ifa_family,
		.address_new = nlh->nlmsg_type == RTM_NEWADDR,
		.address_gone = nlh->nlmsg_type == RTM_DELADDR,
	};
	return true;
}

static void call_back(struct monitor *monitor, const void *datagram, int size,
		      link_callback callback, void *userdata)
{
	const struct nlmsghdr *nlh = datagram;
	struct link_view view;

	for (; mnl_nlmsg_ok(nlh, size); nlh = mnl_nlmsg_next(nlh, &size)) {
		monitor->address_gone |= nlh->nlmsg_type == RTM_DELADDR;
		if (tc_has_changed(nlh, &view) || address_parse_event(nlh, &view) ||
		    link_view_parse(nlh, &view))
			callback(userdata, &view);
	}
}

static void drop_queued(struct monitor *monitor)
{
	ssize_t n;

	do
		n = netlink_socket_receive(monitor->fd, monitor->buffers, NETLINK_RECEIVE_SIZE);
	while (n > 0 || n == -ENOBUFS || n == -EMSGSIZE);
}

/* How many datagrams were read, or -errno. */
static int read_some(struct monitor *monitor, link_callback callback, void *userdata)
{
	ssize_t sizes[NETLINK_RECEIVE_MOST];
	int n = netlink_socket_receive_some(monitor->fd, monitor->buffers, sizes);

	for (int i = 0; i < n; i++) {
		if (sizes[i] < 0)
			return (int)sizes[i];
		call_back(monitor, monitor->buffers + (size_t)i * NETLINK_RECEIVE_SIZE,
			  (int)sizes[i], callback, userdata);
	}
	return n;
}

int monitor_read(struct monitor *monitor, link_callback callback, void *userdata, struct error *err)
{
	int n;

	do
		n = read_some(monitor, callback, userdata);
	while (n == NETLINK_RECEIVE_MOST);
	if (n == -ENOBUFS || n == -EMSGSIZE) {
		drop_queued(monitor);
		monitor->address_gone = true;
		return error_set(err, -ENOBUFS, ERROR_SYSTEM, "link events were lost");
	}
	return n < 0 ? error_system(err, n, "cannot read the kernel's link events") : 0;
}
