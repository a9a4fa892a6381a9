/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "kernel/neighbour.h"

enum {
	/* The entry has an address that was right once (include/net/neighbour.h, NUD_VALID). */
	STATES_KNOWN = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT,
};

static int on_attribute(const struct nlattr *attr, void *data)
{
	struct neighbour_view *view = data;

	if (mnl_attr_get_type(attr) == NDA_DST)
		view->address = mnl_attr_get_payload(attr);
	if (mnl_attr_get_type(attr) == NDA_LLADDR && mnl_attr_get_payload_len(attr) == 6)
		view->mac = mnl_attr_get_payload(attr);
	return MNL_CB_OK;
}

static void read_one(const struct nlmsghdr *nlh, neighbour_callback callback, void *userdata)
{
	const struct ndmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct neighbour_view view = { .ifindex = msg->ndm_ifindex, .family = msg->ndm_family };

	if (nlh->nlmsg_type != RTM_NEWNEIGH || !(msg->ndm_state & STATES_KNOWN))
		return;
	mnl_attr_parse(nlh, sizeof(*msg), on_attribute, &view);
	if (view.address && view.mac)
		callback(userdata, &view);
}

int neighbour_dump(struct netlink *nl, neighbour_callback callback, void *userdata,
		   struct error *err)
{
	struct nlmsghdr *nlh = netlink_message(nl, RTM_GETNEIGH, 0);
	const struct nlmsghdr *answer = NULL;
	int r;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
	r = netlink_dump(nl, err);
	if (r < 0) {
		error_prefix(err, "cannot list neighbours: ");
		return r;
	}
	while ((answer = netlink_answer_next(nl, answer)))
		read_one(answer, callback, userdata);
	return 0;
}
