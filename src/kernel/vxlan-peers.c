/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An address may have several hosts only where it is all zero; of another the host is replaced. So
 * what is new is entered first, and what is left over goes afterwards.
 */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel/vxlan-peers.h"
#include "util/array.h"

enum {
	MAC_SIZE = 6,
};

struct entry {
	const uint8_t *mac, *address;
	size_t address_size;
};

static size_t size_of(int family)
{
	return family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static int on_attribute(const struct nlattr *attr, void *data)
{
	struct entry *entry = data;

	if (mnl_attr_get_type(attr) == NDA_LLADDR && mnl_attr_get_payload_len(attr) == MAC_SIZE)
		entry->mac = mnl_attr_get_payload(attr);
	if (mnl_attr_get_type(attr) == NDA_DST) {
		entry->address = mnl_attr_get_payload(attr);
		entry->address_size = mnl_attr_get_payload_len(attr);
	}
	return MNL_CB_OK;
}

/* Is it one that somebody entered there? */
static bool read_entry(const struct nlmsghdr *nlh, int ifindex, int family,
		       struct vxlan_peer *ret_peer)
{
	const struct ndmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct entry entry = { 0 };

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg) ||
	    msg->ndm_ifindex != ifindex || !(msg->ndm_flags & NTF_SELF) ||
	    !(msg->ndm_state & NUD_PERMANENT))
		return false;
	mnl_attr_parse(nlh, sizeof(*msg), on_attribute, &entry);
	if (!entry.mac || entry.address_size != size_of(family))
		return false;
	*ret_peer = (struct vxlan_peer){ 0 };
	memcpy(ret_peer->mac, entry.mac, MAC_SIZE);
	memcpy(ret_peer->address, entry.address, entry.address_size);
	return true;
}

/* The kernel takes this header for a dump of one device's (rtnl_fdb_dump()). */
static int dump(struct netlink *nl, int ifindex, int family, struct vxlan_peer **ret, size_t *ret_n,
		struct error *err)
{
	struct nlmsghdr *request = netlink_message(nl, RTM_GETNEIGH, 0);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	int r;

	info->ifi_family = AF_BRIDGE;
	info->ifi_index = ifindex;
	r = netlink_dump(nl, err);
	for (const struct nlmsghdr *nlh = NULL; r == 0 && (nlh = netlink_answer_next(nl, nlh));) {
		struct vxlan_peer peer, *slot;

		if (!read_entry(nlh, ifindex, family, &peer))
			continue;
		slot = array_add(ret, ret_n, sizeof(*slot));
		if (!slot)
			return error_oom(err);
		*slot = peer;
	}
	return r;
}

static bool has(const struct vxlan_peer *peers, size_t n, const struct vxlan_peer *peer)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(&peers[i], peer, sizeof(*peer)))
			return true;
	return false;
}

static bool is_for_all(const struct vxlan_peer *peer)
{
	static const uint8_t zero[MAC_SIZE];

	return !memcmp(peer->mac, zero, sizeof(zero));
}

static int change(struct netlink *nl, uint16_t type, int ifindex, int family,
		  const struct vxlan_peer *peer, struct error *err)
{
	uint16_t flags = is_for_all(peer) ? NLM_F_APPEND : NLM_F_REPLACE;
	struct nlmsghdr *nlh = netlink_message(
		nl, type, type == RTM_NEWNEIGH ? (uint16_t)(NLM_F_CREATE | flags) : 0);
	struct ndmsg *msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));

	msg->ndm_family = AF_BRIDGE;
	msg->ndm_ifindex = ifindex;
	msg->ndm_flags = NTF_SELF;
	msg->ndm_state = NUD_NOARP | NUD_PERMANENT;
	mnl_attr_put(nlh, NDA_LLADDR, MAC_SIZE, peer->mac);
	mnl_attr_put(nlh, NDA_DST, size_of(family), peer->address);
	return netlink_run(nl, err);
}

/* Of an address whose host was replaced the old one is gone already. */
static int drop(struct netlink *nl, int ifindex, int family, const struct vxlan_peer *peer,
		struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r = change(nl, RTM_DELNEIGH, ifindex, family, peer, &failure);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		error_move(err, &failure);
	return r;
}

static bool is_replaced(const struct vxlan_peer *peers, size_t n, const struct vxlan_peer *old)
{
	for (size_t i = 0; i < n; i++)
		if (!is_for_all(old) && !memcmp(peers[i].mac, old->mac, MAC_SIZE))
			return true;
	return false;
}

int vxlan_peers_set(struct netlink *nl, int ifindex, const char *name, int family,
		    const struct vxlan_peer *peers, size_t n, struct error *err)
{
	AUTO_FREE struct vxlan_peer *old = NULL;
	size_t n_old = 0;
	int r = dump(nl, ifindex, family, &old, &n_old, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (!has(old, n_old, &peers[i]))
			r = change(nl, RTM_NEWNEIGH, ifindex, family, &peers[i], err);
	for (size_t i = 0; r == 0 && i < n_old; i++)
		if (!has(peers, n, &old[i]) && !is_replaced(peers, n, &old[i]))
			r = drop(nl, ifindex, family, &old[i], err);
	if (r < 0)
		error_prefix(err, "cannot tell %s where to send frames to: ", name);
	return r;
}
