/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry of a bridge's table is "static" by NUD_NOARP: known for good, on
 * this port. NUD_PERMANENT, which sounds alike, makes the address one of the
 * bridge itself, and what is sent to it goes up the host's stack
 * (fdb_add_entry() in net/bridge/br_fdb.c).
 */
#include <linux/if_bridge.h>
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

enum {
	/* VLANs are told by 8 bytes each, a range by two of that. */
	RANGES_PER_MESSAGE = (NETLINK_MESSAGE_MAX - 256) / 16,
	VLAN_LAST = 4094,
};

static void put_info(struct nlmsghdr *nlh, uint16_t vid, uint16_t flags)
{
	const struct bridge_vlan_info info = { .vid = vid, .flags = flags };

	mnl_attr_put(nlh, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
}

static void put_range(struct nlmsghdr *nlh, const struct bridge_vlans *vlans)
{
	uint16_t flags = 0;

	if (vlans->pvid)
		flags |= BRIDGE_VLAN_INFO_PVID;
	if (vlans->untagged)
		flags |= BRIDGE_VLAN_INFO_UNTAGGED;
	if (vlans->first == vlans->last) {
		put_info(nlh, vlans->first, flags);
		return;
	}
	put_info(nlh, vlans->first, flags | BRIDGE_VLAN_INFO_RANGE_BEGIN);
	put_info(nlh, vlans->last, flags | BRIDGE_VLAN_INFO_RANGE_END);
}

/* type: RTM_SETLINK adds them, RTM_DELLINK takes them away; those that are not there too. */
static void put_vlans(struct netlink *nl, uint16_t type, int ifindex,
		      const struct bridge_vlans *vlans, size_t n)
{
	for (size_t done = 0; done < n; done += RANGES_PER_MESSAGE) {
		struct nlmsghdr *nlh = netlink_message(nl, type, 0);
		struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
		struct nlattr *spec;

		info->ifi_family = AF_BRIDGE;
		info->ifi_index = ifindex;
		spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
		for (size_t i = done; i < n && i < done + RANGES_PER_MESSAGE; i++)
			put_range(nlh, &vlans[i]);
		mnl_attr_nest_end(nlh, spec);
	}
}

/* What is between the ranges, before the first and behind the last: at most n + 1. */
static size_t find_others(const struct bridge_vlans *vlans, size_t n, struct bridge_vlans *others)
{
	uint16_t next = 1;
	size_t n_others = 0;

	for (size_t i = 0; i < n; i++) {
		if (vlans[i].first > next)
			others[n_others++] = (struct bridge_vlans){
				.first = next,
				.last = (uint16_t)(vlans[i].first - 1),
			};
		next = (uint16_t)(vlans[i].last + 1);
	}
	if (next <= VLAN_LAST)
		others[n_others++] = (struct bridge_vlans){ .first = next, .last = VLAN_LAST };
	return n_others;
}

int bridge_port_set_vlans(struct netlink *nl, int ifindex, const char *name,
			  const struct bridge_vlans *vlans, size_t n, struct error *err)
{
	AUTO_FREE struct bridge_vlans *others = calloc(n + 1, sizeof(*others));
	int r;

	if (!others)
		return error_oom(err);
	put_vlans(nl, RTM_SETLINK, ifindex, vlans, n);
	put_vlans(nl, RTM_DELLINK, ifindex, others, find_others(vlans, n, others));
	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot set the VLANs of %s at its bridge: ", name);
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
