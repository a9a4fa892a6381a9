/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/link-counts.h"

static bool parse_counts(const struct nlmsghdr *nlh, struct link_counts *ret_counts)
{
	struct rtnl_link_stats64 stats = { 0 };
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWSTATS ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct if_stats_msg))
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(struct if_stats_msg))
	{
		size_t size = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) != IFLA_STATS_LINK_64)
			continue;
		/* Kernels differ in how much they tell, at the end. */
		memcpy(&stats, mnl_attr_get_payload(attr),
		       size < sizeof(stats) ? size : sizeof(stats));
		*ret_counts = (struct link_counts){ stats.rx_packets, stats.tx_packets,
						    stats.tx_dropped };
		return true;
	}
	return false;
}

int link_counts_get(struct netlink *nl, int ifindex, struct link_counts *ret_counts,
		    struct error *err)
{
	struct nlmsghdr *nlh = netlink_message(nl, RTM_GETSTATS, 0);
	struct if_stats_msg *request = mnl_nlmsg_put_extra_header(nlh, sizeof(*request));
	const struct nlmsghdr *answer;
	int r;

	request->ifindex = (uint32_t)ifindex;
	request->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	r = netlink_run(nl, err);
	if (r < 0) {
		error_prefix(err, "cannot read what has passed link %d: ", ifindex);
		return r;
	}
	answer = netlink_answer_next(nl, NULL);
	if (!answer || !parse_counts(answer, ret_counts))
		return error_set(err, -EBADMSG, ERROR_SYSTEM,
				 "cannot read what has passed link %d: the kernel's answer has no "
				 "counters",
				 ifindex);
	return 0;
}
