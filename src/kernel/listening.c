/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "kernel/listening.h"
#include "kernel/netlink.h"

/* One dump each. A UDP socket that is not connected is in the state of a closed one. */
static const struct {
	uint8_t family, protocol, state;
} tables[] = {
	{ AF_INET, IPPROTO_TCP, TCP_LISTEN },
	{ AF_INET6, IPPROTO_TCP, TCP_LISTEN },
	{ AF_INET, IPPROTO_UDP, TCP_CLOSE },
	{ AF_INET6, IPPROTO_UDP, TCP_CLOSE },
};

static bool parse(const struct nlmsghdr *nlh, size_t table, struct listening *ret_listening)
{
	const struct inet_diag_msg *info = mnl_nlmsg_get_payload(nlh);
	struct listening listening = {
		.family = tables[table].family,
		.udp = tables[table].protocol == IPPROTO_UDP,
	};
	const struct nlattr *attr;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) ||
	    info->idiag_family != tables[table].family)
		return false;
	listening.port = ntohs(info->id.idiag_sport);
	listening.inode = info->idiag_inode;
	memcpy(listening.address, info->id.idiag_src, sizeof(listening.address));
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		if (mnl_attr_get_type(attr) == INET_DIAG_SKV6ONLY &&
		    mnl_attr_get_payload_len(attr) >= 1)
			listening.ipv6_only = mnl_attr_get_u8(attr);
	}
	*ret_listening = listening;
	return listening.port != 0;
}

static int dump(struct netlink *nl, size_t table,
		void (*callback)(void *userdata, const struct listening *listening), void *userdata,
		struct error *err)
{
	struct nlmsghdr *nlh = netlink_message(nl, SOCK_DIAG_BY_FAMILY, 0);
	struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(nlh, sizeof(*request));
	struct listening listening;
	int r;

	request->sdiag_family = tables[table].family;
	request->sdiag_protocol = tables[table].protocol;
	request->idiag_states = 1U << tables[table].state;
	r = netlink_dump(nl, err);
	if (r < 0)
		return r;
	for (nlh = NULL; (nlh = (struct nlmsghdr *)netlink_answer_next(nl, nlh));)
		if (parse(nlh, table, &listening))
			callback(userdata, &listening);
	return 0;
}

int listening_dump(void (*callback)(void *userdata, const struct listening *listening),
		   void *userdata, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	AUTO(netlink_closep) struct netlink *nl = NULL;
	int r = netlink_open(NETLINK_SOCK_DIAG, &nl, &failure);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(tables); i++)
		r = dump(nl, i, callback, userdata, &failure);
	if (r == 0)
		return 0;
	error_prefix(&failure, "cannot list the host's sockets: ");
	error_move(err, &failure);
	return r;
}
