/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPv6 addresses are added without duplicate address detection: a bridge that
 * has no port yet has no carrier, detection would not begin before the first
 * guest, and until it ends nobody can bind to the address. What it is good for
 * is not lost: the subnet is the bridge's own, there is nobody before us.
 */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/link-address.h"
#include "util/array.h"

static size_t size_of(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static struct nlmsghdr *link_address_message(struct netlink *nl, uint16_t type, uint16_t flags,
					     const struct link_address *address)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

	info->ifa_family = (uint8_t)address->family;
	info->ifa_prefixlen = (uint8_t)address->prefix;
	info->ifa_index = (unsigned)address->ifindex;
	info->ifa_scope = RT_SCOPE_UNIVERSE;
	mnl_attr_put(nlh, IFA_LOCAL, size_of(address->family), address->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, size_of(address->family), address->bytes);
	return nlh;
}

static int run(struct netlink *nl, const struct link_address *address, const char *name,
	       const char *verb, const char *preposition, struct error *err)
{
	char text[INET6_ADDRSTRLEN] = "";
	int r;

	r = netlink_run(nl, err);
	if (r < 0) {
		inet_ntop(address->family, address->bytes, text, sizeof(text));
		error_prefix(err, "cannot %s address %s/%u %s %s: ", verb, text, address->prefix,
			     preposition, name);
	}
	return r;
}

/* A subnet of two addresses or one has no broadcast address (RFC 3021). */
static void put_broadcast(struct nlmsghdr *nlh, const struct link_address *address)
{
	uint32_t bits;

	if (address->family != AF_INET || address->prefix > 30)
		return;
	memcpy(&bits, address->bytes, sizeof(bits));
	bits |= htonl(UINT32_MAX >> address->prefix);
	mnl_attr_put(nlh, IFA_BROADCAST, sizeof(bits), &bits);
}

int link_address_add(struct netlink *nl, const struct link_address *address, const char *name,
		     struct error *err)
{
	struct nlmsghdr *nlh;

	nlh = link_address_message(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address);
	put_broadcast(nlh, address);
	if (address->family == AF_INET6)
		mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NODAD);
	return run(nl, address, name, "add", "to", err);
}

int link_address_delete(struct netlink *nl, const struct link_address *address, const char *name,
			struct error *err)
{
	link_address_message(nl, RTM_DELADDR, 0, address);
	return run(nl, address, name, "delete", "of", err);
}

/* IFA_LOCAL is the link's own where it differs from IFA_ADDRESS: the other end's then. */
static bool parse(const struct nlmsghdr *nlh, struct link_address *ret_address)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);
	struct link_address address = { 0 };
	const struct nlattr *attr;
	bool found = false, local = false;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return false;
	address.family = info->ifa_family;
	address.prefix = info->ifa_prefixlen;
	address.ifindex = (int)info->ifa_index;
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		unsigned type = mnl_attr_get_type(attr);

		if ((type != IFA_LOCAL && (type != IFA_ADDRESS || local)) ||
		    mnl_attr_get_payload_len(attr) != size_of(address.family))
			continue;
		memcpy(address.bytes, mnl_attr_get_payload(attr), size_of(address.family));
		found = true;
		local = type == IFA_LOCAL;
	}
	*ret_address = address;
	return found;
}

int link_address_dump(struct netlink *nl,
		      void (*callback)(void *userdata, const struct link_address *address),
		      void *userdata, struct error *err)
{
	struct nlmsghdr *request = netlink_message(nl, RTM_GETADDR, 0);
	struct link_address address;
	int r;

	mnl_nlmsg_put_extra_header(request, sizeof(struct ifaddrmsg));
	r = netlink_dump(nl, err);
	if (r < 0) {
		error_prefix(err, "cannot list the host's addresses: ");
		return r;
	}
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));)
		if (parse(nlh, &address))
			callback(userdata, &address);
	return 0;
}

struct found {
	int ifindex; /* whose */
	struct link_address *addresses;
	size_t n;
	bool failed;
};

static void find(void *userdata, const struct link_address *address)
{
	struct found *found = userdata;
	struct link_address *slot;

	if (address->ifindex != found->ifindex)
		return;
	slot = array_add(&found->addresses, &found->n, sizeof(*slot));
	if (slot)
		*slot = *address;
	else
		found->failed = true;
}

int link_address_flush(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	struct found found = { .ifindex = ifindex };
	AUTO_FREE struct link_address *addresses = NULL;
	int r;

	r = link_address_dump(nl, find, &found, err);
	addresses = found.addresses;
	if (r == 0 && found.failed)
		return error_oom(err);
	for (size_t i = 0; r == 0 && i < found.n; i++) {
		AUTO_ERROR struct error failure = ERROR_INIT;

		/* With an address of IPv4 its secondary ones may go. */
		r = link_address_delete(nl, &addresses[i], name, &failure);
		if (r == -EADDRNOTAVAIL)
			r = 0;
		else if (r < 0)
			error_move(err, &failure);
	}
	return r;
}
