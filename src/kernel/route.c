/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/route.h"

static size_t size_of(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static void put_route(struct netlink *nl, uint16_t type, uint16_t flags, const struct route *route)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct rtmsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

	info->rtm_family = (uint8_t)route->family;
	info->rtm_dst_len = (uint8_t)route->prefix;
	info->rtm_table = RT_TABLE_MAIN;
	info->rtm_protocol = RTPROT_STATIC;
	info->rtm_scope = route->has_gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	info->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, size_of(route->family), route->destination);
	if (route->has_gateway)
		mnl_attr_put(nlh, RTA_GATEWAY, size_of(route->family), route->gateway);
	mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)route->ifindex);
	if (route->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
}

static int run(struct netlink *nl, const struct route *route, const char *name, const char *verb,
	       struct error *err)
{
	char to[INET6_ADDRSTRLEN] = "", gateway[INET6_ADDRSTRLEN] = "";
	int r;

	r = netlink_run(nl, err);
	if (r == 0)
		return 0;
	inet_ntop(route->family, route->destination, to, sizeof(to));
	if (route->has_gateway)
		inet_ntop(route->family, route->gateway, gateway, sizeof(gateway));
	error_prefix(err, "cannot %s route to %s/%u%s%s by %s: ", verb, to, route->prefix,
		     *gateway ? " via " : "", gateway, name);
	return r;
}

int route_add(struct netlink *nl, const struct route *route, const char *name, struct error *err)
{
	put_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
	return run(nl, route, name, "add", err);
}

int route_delete(struct netlink *nl, const struct route *route, const char *name, struct error *err)
{
	put_route(nl, RTM_DELROUTE, 0, route);
	return run(nl, route, name, "delete", err);
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) == 0 ? mnl_attr_get_u32(attr) : 0;
}

static bool get_address(const struct nlattr *attr, int family, uint8_t *ret_bytes)
{
	if (mnl_attr_get_payload_len(attr) != size_of(family))
		return false;
	memcpy(ret_bytes, mnl_attr_get_payload(attr), size_of(family));
	return true;
}

static void parse_attr(const struct nlattr *attr, struct route *route, uint32_t *table)
{
	const struct rtnexthop *hop;

	switch (mnl_attr_get_type(attr)) {
	case RTA_TABLE:
		*table = get_u32(attr);
		break;
	case RTA_DST:
		(void)get_address(attr, route->family, route->destination);
		break;
	case RTA_GATEWAY:
		route->has_gateway = get_address(attr, route->family, route->gateway);
		break;
	case RTA_OIF:
		route->ifindex = (int)get_u32(attr);
		break;
	case RTA_PRIORITY:
		route->metric = get_u32(attr);
		break;
	case RTA_MULTIPATH:
		hop = mnl_attr_get_payload(attr);
		if (mnl_attr_get_payload_len(attr) >= sizeof(*hop))
			route->ifindex = hop->rtnh_ifindex;
		break;
	}
}

static bool parse(const struct nlmsghdr *nlh, int family, struct route *ret_route)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(nlh);
	struct route route = { .family = family };
	const struct nlattr *attr;
	uint32_t table;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) ||
	    info->rtm_family != family || info->rtm_type != RTN_UNICAST ||
	    (info->rtm_flags & RTM_F_CLONED))
		return false;
	table = info->rtm_table;
	route.prefix = info->rtm_dst_len;
	route.by_ra = info->rtm_protocol == RTPROT_RA;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) parse_attr(attr, &route, &table);
	*ret_route = route;
	return table == RT_TABLE_MAIN;
}

static int dump_family(struct netlink *nl, int family,
		       void (*callback)(void *userdata, const struct route *route), void *userdata,
		       struct error *err)
{
	struct nlmsghdr *request = netlink_message(nl, RTM_GETROUTE, 0);
	struct rtmsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	struct route route;
	int r;

	info->rtm_family = (uint8_t)family;
	r = netlink_dump(nl, err);
	if (r < 0)
		return r;
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));)
		if (parse(nlh, family, &route))
			callback(userdata, &route);
	return 0;
}

int route_dump(struct netlink *nl, void (*callback)(void *userdata, const struct route *route),
	       void *userdata, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = dump_family(nl, AF_INET, callback, userdata, &failure);
	if (r == 0)
		r = dump_family(nl, AF_INET6, callback, userdata, &failure);
	if (r == 0 || r == -EOPNOTSUPP) /* a kernel without IPv6 */
		return 0;
	error_prefix(&failure, "cannot list the host's routes: ");
	error_move(err, &failure);
	return r;
}
