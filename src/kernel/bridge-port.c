/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry of a bridge's table is "static" by NUD_NOARP: known for good, on
 * this port. NUD_PERMANENT, which sounds alike, makes the address one of the
 * bridge itself, and what is sent to it goes up the host's stack
 * (fdb_add_entry() in net/bridge/br_fdb.c).
 */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/bridge-port.h"

enum {
	MAC_SIZE = 6,
};

int bridge_port_set(struct netlink *nl, int ifindex, const char *name,
		    const struct bridge_port_flags *flags, struct error *err)
{
	struct nlmsghdr *nlh = netlink_message(nl, RTM_SETLINK, 0);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	struct nlattr *port;
	int r;

	info->ifi_family = AF_BRIDGE;
	info->ifi_index = ifindex;
	port = mnl_attr_nest_start(nlh, IFLA_PROTINFO);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_ISOLATED, flags->isolated);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_LEARNING, flags->learning);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_UNICAST_FLOOD, flags->unicast_flood);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_MODE, flags->hairpin);
	if (!flags->learning)
		mnl_attr_put(nlh, IFLA_BRPORT_FLUSH, 0, NULL);
	mnl_attr_nest_end(nlh, port);
	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot set what the bridge of %s does with it: ", name);
	return r;
}

static void put_entry(struct netlink *nl, uint16_t type, uint16_t flags, int ifindex,
		      const uint8_t mac[static MAC_SIZE])
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct ndmsg *entry = mnl_nlmsg_put_extra_header(nlh, sizeof(*entry));

	entry->ndm_family = AF_BRIDGE;
	entry->ndm_ifindex = ifindex;
	entry->ndm_flags = NTF_MASTER;
	entry->ndm_state = NUD_NOARP;
	mnl_attr_put(nlh, NDA_LLADDR, MAC_SIZE, mac);
}

int bridge_port_add_address(struct netlink *nl, int ifindex, const char *name,
			    const uint8_t mac[static MAC_SIZE], struct error *err)
{
	int r;

	put_entry(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, ifindex, mac);
	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot tell the bridge of %s its guest's address: ", name);
	return r;
}

int bridge_port_delete_address(struct netlink *nl, int ifindex, const char *name,
			       const uint8_t mac[static MAC_SIZE], struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	put_entry(nl, RTM_DELNEIGH, 0, ifindex, mac);
	r = netlink_run(nl, &failure);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		error_prefix(&failure, "cannot take %s's address out of its bridge: ", name);
		error_move(err, &failure);
	}
	return r;
}
