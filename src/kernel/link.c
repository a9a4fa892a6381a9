/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A new macvlan has to be complete or absent whatever happens to this process,
 * and must be told from other people's links from its first moment. So its
 * creation, its alternative name, all multicast and its IPv6 setting go in one
 * sendmsg(2), and the messages after the first name it by an ifindex that we
 * chose: a name would, when the creation fails because it is taken, hit the
 * other link. Address (udev leaves it alone then), mode and MTU are in the
 * first message; the rest is not taken there (net/core/rtnetlink.c).
 *
 * Those who watch links hear of an alternative name only with the next event,
 * because the kernel sends none for it while a link is down. So the name comes
 * first and what makes an event (a flag, an address) after it.
 *
 * Without IPv6 in the kernel, or on a link too small for it (MTU < 1280), the
 * address generation mode cannot be set (EAFNOSUPPORT): no address is made
 * then either, so this is no failure.
 */
#include <arpa/inet.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/link.h"

enum {
	MAC_SIZE = 6,
};

static uint32_t get_u32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) == 0 ? mnl_attr_get_u32(attr) : 0;
}

static const char *get_string(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(attr) : NULL;
}

static bool is_macvlan_kind(const char *kind)
{
	return !strcmp(kind, "macvtap") || !strcmp(kind, "macvlan");
}

static bool get_bool(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U8) == 0 && mnl_attr_get_u8(attr) != 0;
}

/* BR_STATE_*, linux/if_bridge.h. */
static bool holds_back(uint8_t state)
{
	return state == BR_STATE_LISTENING || state == BR_STATE_LEARNING ||
	       state == BR_STATE_BLOCKING;
}

static void parse_bridge_port(const struct nlattr *data, struct link_view *view)
{
	struct bridge_port_flags *flags = &view->bridge_port;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_BRPORT_ISOLATED:
			flags->isolated = get_bool(attr);
			break;
		case IFLA_BRPORT_MODE:
			flags->hairpin = get_bool(attr);
			break;
		case IFLA_BRPORT_STATE:
			if (mnl_attr_validate(attr, MNL_TYPE_U8) < 0)
				break;
			view->held_back = holds_back(mnl_attr_get_u8(attr));
			view->disabled = mnl_attr_get_u8(attr) == BR_STATE_DISABLED;
			break;
		case IFLA_BRPORT_LEARNING:
			flags->learning = get_bool(attr);
			break;
		case IFLA_BRPORT_UNICAST_FLOOD:
			flags->unicast_flood = get_bool(attr);
			break;
		}
	}
}

/* What the link is as a port of its master. */
static void parse_slave_info(const struct nlattr *info, struct link_view *view)
{
	const struct nlattr *attr, *data = NULL;
	const char *kind = NULL;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_DATA)
			data = attr;
		if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_KIND)
			kind = get_string(attr);
	}
	if (data && kind && !strcmp(kind, "bridge"))
		parse_bridge_port(data, view);
}

static void parse_bridge(const struct nlattr *data, struct link_view *view)
{
	struct bridge_options *options = &view->bridge;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_BR_FORWARD_DELAY:
			options->forward_delay_csec = get_u32(attr);
			break;
		case IFLA_BR_STP_STATE:
			options->stp = get_u32(attr) != 0;
			break;
		case IFLA_BR_VLAN_FILTERING:
			view->filters_vlans = mnl_attr_get_payload_len(attr) == 1 &&
					      mnl_attr_get_u8(attr) != 0;
			break;
		case IFLA_BR_VLAN_DEFAULT_PVID:
			view->knows_vlans = mnl_attr_validate(attr, MNL_TYPE_U16) == 0;
			if (view->knows_vlans)
				view->default_pvid = mnl_attr_get_u16(attr);
			break;
		}
	}
}

static void parse_vxlan(const struct nlattr *data, struct link_view *view)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_VXLAN_ID:
			view->vxlan_id = get_u32(attr);
			break;
		case IFLA_VXLAN_PORT:
			if (mnl_attr_validate(attr, MNL_TYPE_U16) == 0)
				view->vxlan_port = ntohs(mnl_attr_get_u16(attr));
			break;
		}
	}
}

static void parse_tun(const struct nlattr *data, struct link_view *view)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_TUN_NUM_QUEUES:
		case IFLA_TUN_NUM_DISABLED_QUEUES:
			view->n_queues += get_u32(attr);
			break;
		}
	}
}

static void parse_link_info(const struct nlattr *info, struct link_view *view)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, info)
	{
		const char *text;

		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			data = attr;
		if (mnl_attr_get_type(attr) != IFLA_INFO_KIND)
			continue;
		text = get_string(attr);
		view->kind = text ? text : "";
	}
	if (data && !strcmp(view->kind, "bridge"))
		parse_bridge(data, view);
	if (data && !strcmp(view->kind, "vxlan"))
		parse_vxlan(data, view);
	if (data && !strcmp(view->kind, "tun"))
		parse_tun(data, view);
	if (!data || !is_macvlan_kind(view->kind))
		return;
	mnl_attr_for_each_nested(attr, data) if (mnl_attr_get_type(attr) == IFLA_MACVLAN_MODE)
		view->macvlan_mode = get_u32(attr);
}

static void parse_ipv6(const struct nlattr *families, struct link_view *view)
{
	const struct nlattr *family, *attr;

	mnl_attr_for_each_nested(family, families)
	{
		if (mnl_attr_get_type(family) != AF_INET6)
			continue;
		mnl_attr_for_each_nested(attr, family)
		{
			if (mnl_attr_get_type(attr) == IFLA_INET6_ADDR_GEN_MODE &&
			    mnl_attr_validate(attr, MNL_TYPE_U8) == 0)
				view->makes_ipv6 = mnl_attr_get_u8(attr) != IN6_ADDR_GEN_MODE_NONE;
		}
	}
}

static void parse_attr(const struct nlattr *attr, struct link_view *view)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		view->name = get_string(attr);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == MAC_SIZE)
			view->mac = mnl_attr_get_payload(attr);
		break;
	case IFLA_PERM_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == MAC_SIZE)
			view->perm_mac = mnl_attr_get_payload(attr);
		break;
	case IFLA_MTU:
		view->mtu = get_u32(attr);
		break;
	case IFLA_OPERSTATE:
		if (mnl_attr_validate(attr, MNL_TYPE_U8) == 0)
			view->operstate = mnl_attr_get_u8(attr);
		break;
	case IFLA_GROUP:
		view->group = get_u32(attr);
		break;
	case IFLA_LINK:
		view->lower = (int)get_u32(attr);
		break;
	case IFLA_QDISC:
		view->qdisc = get_string(attr) ?: "";
		break;
	case IFLA_LINK_NETNSID:
		view->lower_netnsid = (int)get_u32(attr);
		break;
	case IFLA_MASTER:
		view->master = (int)get_u32(attr);
		break;
	case IFLA_NEW_NETNSID:
		view->new_netnsid = (int)get_u32(attr);
		break;
	case IFLA_NEW_IFINDEX:
		view->new_ifindex = (int)get_u32(attr);
		break;
	case IFLA_AF_SPEC:
		if (view->port_only)
			view->vlans = attr;
		else
			parse_ipv6(attr, view);
		break;
	case IFLA_LINKINFO:
		parse_link_info(attr, view);
		parse_slave_info(attr, view);
		break;
	case IFLA_PROTINFO:
		if (view->port_only)
			parse_bridge_port(attr, view);
		break;
	case IFLA_PROP_LIST:
		view->properties = attr;
		break;
	}
}

bool link_view_parse(const struct nlmsghdr *nlh, struct link_view *ret_view)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct link_view view = {
		.kind = "",
		.qdisc = "",
		.lower_netnsid = -1,
		.new_netnsid = -1,
		.bridge_port = BRIDGE_PORT_FLAGS_INIT,
	};
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK)
		return false;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return false;
	/* Bridges describe their ports in these messages: RTM_DELLINK is "left the bridge". */
	view.port_only = info->ifi_family == AF_BRIDGE && nlh->nlmsg_type == RTM_NEWLINK;
	if (info->ifi_family != AF_UNSPEC && !view.port_only)
		return false;
	view.ifindex = info->ifi_index;
	view.flags = info->ifi_flags;
	view.deleted = nlh->nlmsg_type == RTM_DELLINK;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) parse_attr(attr, &view);
	if (!view.name)
		return false;
	*ret_view = view;
	return true;
}

static const struct nlattr *next_attr(const struct nlattr *nest, const struct nlattr *last)
{
	const struct nlattr *attr = last ? mnl_attr_next(last) : mnl_attr_get_payload(nest);
	const char *end = (const char *)mnl_attr_get_payload(nest) + mnl_attr_get_payload_len(nest);

	return mnl_attr_ok(attr, (int)(end - (const char *)attr)) ? attr : NULL;
}

bool bridge_vlan_next(const struct link_view *view, const struct nlattr **at,
		      struct bridge_vlans *ret_vlans)
{
	uint16_t first = 0;

	while (view->vlans && (*at = next_attr(view->vlans, *at))) {
		const struct bridge_vlan_info *info = mnl_attr_get_payload(*at);

		if (mnl_attr_get_type(*at) != IFLA_BRIDGE_VLAN_INFO ||
		    mnl_attr_get_payload_len(*at) < sizeof(*info))
			continue;
		if (info->flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
			first = info->vid;
			continue;
		}
		*ret_vlans = (struct bridge_vlans){
			.first = info->flags & BRIDGE_VLAN_INFO_RANGE_END ? first : info->vid,
			.last = info->vid,
			.pvid = info->flags & BRIDGE_VLAN_INFO_PVID,
			.untagged = info->flags & BRIDGE_VLAN_INFO_UNTAGGED,
		};
		return true;
	}
	return false;
}

const char *link_view_altname(const struct link_view *view, unsigned i)
{
	const struct nlattr *attr;

	if (!view->properties)
		return NULL;
	mnl_attr_for_each_nested(attr,
				 view->properties) if (mnl_attr_get_type(attr) == IFLA_ALT_IFNAME &&
						       i-- == 0) return get_string(attr);
	return NULL;
}

/* The next message of the request, about one link. */
static struct nlmsghdr *link_message(struct netlink *nl, uint16_t type, uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh = netlink_message(nl, type, flags);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = ifindex;
	return nlh;
}

static struct ifinfomsg *message_info(struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload(nlh);
}

int link_dump(struct netlink *nl, link_callback callback, void *userdata, struct error *err)
{
	struct nlmsghdr *request = link_message(nl, RTM_GETLINK, 0, 0);
	int r;

	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = netlink_dump(nl, err);
	if (r < 0) {
		error_prefix(err, "cannot list the host's links: ");
		return r;
	}
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));) {
		struct link_view view;

		if (link_view_parse(nlh, &view))
			callback(userdata, &view);
	}
	return 0;
}

int link_dump_ports(struct netlink *nl, link_callback callback, void *userdata, struct error *err)
{
	struct nlmsghdr *request = link_message(nl, RTM_GETLINK, 0, 0);
	int r;

	message_info(request)->ifi_family = AF_BRIDGE;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
	r = netlink_dump(nl, err);
	if (r < 0) {
		error_prefix(err, "cannot list the ports of the host's bridges: ");
		return r;
	}
	for (const struct nlmsghdr *nlh = NULL; (nlh = netlink_answer_next(nl, nlh));) {
		struct link_view view;

		if (link_view_parse(nlh, &view) && view.port_only)
			callback(userdata, &view);
	}
	return 0;
}

int link_get(struct netlink *nl, int ifindex, struct link_view *ret_view, struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_GETLINK, 0, ifindex);
	const struct nlmsghdr *answer;
	int r;

	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = netlink_run(nl, err);
	if (r < 0) {
		error_prefix(err, "cannot look at link %d: ", ifindex);
		return r;
	}
	answer = netlink_answer_next(nl, NULL);
	if (!answer || !link_view_parse(answer, ret_view))
		return error_set(err, -EBADMSG, ERROR_SYSTEM,
				 "cannot look at link %d: the kernel's answer is no link", ifindex);
	return 0;
}

static void put_altname(struct netlink *nl, int ifindex, const char *altname)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL,
					    ifindex);
	struct nlattr *list = mnl_attr_nest_start(nlh, IFLA_PROP_LIST);

	mnl_attr_put_strz(nlh, IFLA_ALT_IFNAME, altname);
	mnl_attr_nest_end(nlh, list);
}

static void put_no_ipv6(struct netlink *nl, int ifindex)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);
	struct nlattr *families = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(nlh, AF_INET6);

	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, families);
}

static void put_flags(struct netlink *nl, int ifindex, unsigned flags, unsigned change)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);

	message_info(nlh)->ifi_flags = flags;
	message_info(nlh)->ifi_change = change;
}

static void put_macvlan_info(struct nlmsghdr *nlh, const char *kind, unsigned mode)
{
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	struct nlattr *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, mode);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static void put_macvlan(struct netlink *nl, int ifindex, const struct macvlan_spec *spec)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifindex);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, spec->name);
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)spec->lower);
	if (spec->mac)
		mnl_attr_put(nlh, IFLA_ADDRESS, MAC_SIZE, spec->mac);
	if (spec->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
	put_macvlan_info(nlh, spec->kind, spec->mode);
}

/*
 * The last message of the request is put_no_ipv6(). Was this the only one that
 * failed, and for a reason that is none?
 */
static bool only_ipv6_is_absent(const struct netlink *nl, unsigned message)
{
	return netlink_failed(nl) == (int)message &&
	       netlink_message_error(nl, message) == -EAFNOSUPPORT;
}

/* Runs a request whose message `ipv6` is put_no_ipv6(). */
static int run_with_ipv6(struct netlink *nl, unsigned ipv6, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = netlink_run(nl, &failure);
	if (r < 0 && only_ipv6_is_absent(nl, ipv6))
		return 0;
	if (r < 0)
		error_move(err, &failure);
	return r;
}

/* What keeps the host's stack off a guest's device: as many messages as it returns. */
static unsigned put_silence(struct netlink *nl, int ifindex, const struct macvlan_spec *spec)
{
	const unsigned flags = strcmp(spec->kind, "macvlan") ? IFF_ALLMULTI
							     : IFF_ALLMULTI | IFF_NOARP;

	if (spec->host_ip)
		return 0;
	put_flags(nl, ifindex, flags, flags);
	put_no_ipv6(nl, ifindex);
	return 2;
}

int link_add_macvlan(struct netlink *nl, const struct macvlan_spec *spec, int *ret_ifindex,
		     struct error *err)
{
	int ifindex = netlink_reserve_ifindex(nl);
	unsigned n = 1;
	int r;

	put_macvlan(nl, ifindex, spec);
	if (spec->altname) {
		put_altname(nl, ifindex, spec->altname);
		n++;
	}
	n += put_silence(nl, ifindex, spec);
	r = spec->host_ip ? netlink_run(nl, err) : run_with_ipv6(nl, n - 1, err);
	if (r < 0) {
		if (netlink_message_error(nl, 0) == 0)
			(void)link_delete(nl, ifindex, spec->name, NULL);
		error_prefix(err, "cannot create %s %s on %s: ", spec->kind, spec->name,
			     spec->lower_name);
		return r;
	}
	*ret_ifindex = ifindex;
	return 0;
}

static void put_bridge(struct netlink *nl, int ifindex, const struct bridge_spec *spec)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	struct nlattr *info, *data;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, spec->name);
	mnl_attr_put(nlh, IFLA_ADDRESS, MAC_SIZE, spec->mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_BR_FORWARD_DELAY, spec->options.forward_delay_csec);
	mnl_attr_put_u32(nlh, IFLA_BR_STP_STATE, spec->options.stp);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

/*
 * The MTU comes in a message of its own: a bridge keeps what was set, but not
 * what it was made with (net/bridge/br_device.c br_change_mtu).
 */
int link_add_bridge(struct netlink *nl, const struct bridge_spec *spec, int *ret_ifindex,
		    struct error *err)
{
	int ifindex = netlink_reserve_ifindex(nl), r;

	put_bridge(nl, ifindex, spec);
	if (spec->altname)
		put_altname(nl, ifindex, spec->altname);
	if (spec->mtu)
		mnl_attr_put_u32(link_message(nl, RTM_SETLINK, 0, ifindex), IFLA_MTU, spec->mtu);
	r = netlink_run(nl, err);
	if (r < 0) {
		if (netlink_message_error(nl, 0) == 0)
			(void)link_delete(nl, ifindex, spec->name, NULL);
		error_prefix(err, "cannot create bridge %s: ", spec->name);
		return r;
	}
	*ret_ifindex = ifindex;
	return 0;
}

/* Set up last: IPv6 gives addresses to a link that comes up. */
int link_add_ifb(struct netlink *nl, const char *name, const char *altname, int *ret_ifindex,
		 struct error *err)
{
	int ifindex = netlink_reserve_ifindex(nl), r;
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	AUTO_ERROR struct error failure = ERROR_INIT;
	struct nlattr *info;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "ifb");
	mnl_attr_nest_end(nlh, info);
	put_altname(nl, ifindex, altname);
	put_no_ipv6(nl, ifindex);
	put_flags(nl, ifindex, IFF_UP, IFF_UP);
	r = run_with_ipv6(nl, 2, &failure);
	if (r < 0 && netlink_message_error(nl, 0) == 0)
		(void)link_delete(nl, ifindex, name, NULL);
	if (r == -EOPNOTSUPP)
		return error_set(err, r, ERROR_NOT_SUPPORTED,
				 "cannot create ifb %s: this kernel has no such device (modprobe "
				 "ifb)",
				 name);
	if (r < 0) {
		error_prefix(&failure, "cannot create ifb %s: ", name);
		error_move(err, &failure);
		return r;
	}
	*ret_ifindex = ifindex;
	return 0;
}

int link_filter_vlans(struct netlink *nl, int ifindex, const char *name, bool on, struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINK, 0, ifindex);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;
	int r;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u8(nlh, IFLA_BR_VLAN_FILTERING, on);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot let bridge %s filter VLANs: ", name);
	return r;
}

static size_t address_size(int family)
{
	return family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

/* An unspecified group says nothing but of what family the others are. */
static void put_vxlan(struct netlink *nl, int ifindex, const struct vxlan_spec *spec)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	static const struct in6_addr any;
	struct nlattr *info, *data;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, spec->name);
	if (spec->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vxlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_VXLAN_ID, spec->id);
	mnl_attr_put_u16(nlh, IFLA_VXLAN_PORT, htons(spec->port));
	mnl_attr_put_u8(nlh, IFLA_VXLAN_LEARNING, spec->learning);
	if (spec->lower)
		mnl_attr_put_u32(nlh, IFLA_VXLAN_LINK, (uint32_t)spec->lower);
	if (spec->group || spec->family == AF_INET6)
		mnl_attr_put(nlh, spec->family == AF_INET6 ? IFLA_VXLAN_GROUP6 : IFLA_VXLAN_GROUP,
			     address_size(spec->family),
			     spec->group ? (const void *)spec->group : &any);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

int link_add_vxlan(struct netlink *nl, const struct vxlan_spec *spec, int *ret_ifindex,
		   struct error *err)
{
	int ifindex = netlink_reserve_ifindex(nl), r;
	AUTO_ERROR struct error failure = ERROR_INIT;

	put_vxlan(nl, ifindex, spec);
	put_altname(nl, ifindex, spec->altname);
	put_no_ipv6(nl, ifindex);
	r = run_with_ipv6(nl, 2, &failure);
	if (r < 0 && netlink_message_error(nl, 0) == 0)
		(void)link_delete(nl, ifindex, spec->name, NULL);
	if (r == -EOPNOTSUPP)
		return error_set(err, r, ERROR_NOT_SUPPORTED,
				 "cannot create vxlan %s: this kernel has no such device (modprobe "
				 "vxlan)",
				 spec->name);
	if (r < 0) {
		error_prefix(&failure, "cannot create vxlan %s: ", spec->name);
		error_move(err, &failure);
		return r;
	}
	*ret_ifindex = ifindex;
	return 0;
}

/* One option a message, because the bounds of the delay depend on what STP is by then. */
static void put_bridge_option(struct netlink *nl, int ifindex, uint16_t type, uint32_t value)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_NEWLINK, 0, ifindex);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, type, value);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

int link_set_bridge(struct netlink *nl, int ifindex, const char *name,
		    const struct bridge_options *options, struct error *err)
{
	int r;

	put_bridge_option(nl, ifindex, IFLA_BR_STP_STATE, options->stp);
	put_bridge_option(nl, ifindex, IFLA_BR_FORWARD_DELAY, options->forward_delay_csec);
	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot change bridge %s: ", name);
	return r;
}

int link_setup(struct netlink *nl, int ifindex, const char *name, const struct link_setup *setup,
	       struct error *err)
{
	struct nlmsghdr *nlh;
	unsigned n = 1;
	int r;

	if (setup->altname) {
		put_altname(nl, ifindex, setup->altname);
		n++;
	}
	nlh = link_message(nl, RTM_SETLINK, 0, ifindex);
	if (setup->mac)
		mnl_attr_put(nlh, IFLA_ADDRESS, MAC_SIZE, setup->mac);
	if (setup->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, setup->mtu);
	if (setup->no_arp) {
		message_info(nlh)->ifi_flags = IFF_NOARP;
		message_info(nlh)->ifi_change = IFF_NOARP;
	}
	if (setup->no_ipv6)
		put_no_ipv6(nl, ifindex);
	r = run_with_ipv6(nl, n, err);
	if (r < 0)
		error_prefix(err, "cannot prepare %s: ", name);
	return r;
}

/* Runs a request of one message. */
static int run_one(struct netlink *nl, struct error *err, const char *what, const char *name)
{
	int r;

	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot %s %s: ", what, name);
	return r;
}

int link_set_mac(struct netlink *nl, int ifindex, const char *name, const uint8_t mac[static 6],
		 struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);

	mnl_attr_put(nlh, IFLA_ADDRESS, MAC_SIZE, mac);
	return run_one(nl, err, "set the address of", name);
}

int link_set_name(struct netlink *nl, int ifindex, const char *name, const char *new_name,
		  struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, new_name);
	return run_one(nl, err, "set the name of", name);
}

int link_set_mtu(struct netlink *nl, int ifindex, const char *name, unsigned mtu, struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);

	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return run_one(nl, err, "set the mtu of", name);
}

/* The message has to name the kind; without NLM_F_CREATE it changes what is there or nothing. */
int link_set_macvlan_mode(struct netlink *nl, int ifindex, const char *name, unsigned mode,
			  struct error *err)
{
	struct link_view view;
	struct nlmsghdr *nlh;
	int r;

	r = link_get(nl, ifindex, &view, err);
	if (r < 0)
		return r;
	if (!is_macvlan_kind(view.kind))
		return error_set(err, -EMEDIUMTYPE, ERROR_DEVICE_UNSUITABLE,
				 "cannot change the mode of %s: it is no macvlan", name);
	nlh = link_message(nl, RTM_NEWLINK, 0, ifindex);
	put_macvlan_info(nlh, view.kind, mode);
	return run_one(nl, err, "change the mode of", name);
}

static bool is_vxlan(struct netlink *nl, int ifindex)
{
	struct link_view view;

	return link_get(nl, ifindex, &view, NULL) == 0 && !strcmp(view.kind, "vxlan");
}

int link_set_up(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	int r;

	put_flags(nl, ifindex, IFF_UP, IFF_UP);
	r = run_one(nl, err, "set up", name);
	if (r == -EADDRINUSE)
		error_prefix(err,
			     is_vxlan(nl, ifindex)
				     ? "the UDP port of %s is another program's: "
				     : "the MAC address of %s is in use on its host interface: ",
			     name);
	return r;
}

int link_set_down(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	put_flags(nl, ifindex, 0, IFF_UP);
	return run_one(nl, err, "set down", name);
}

int link_set_master(struct netlink *nl, int ifindex, const char *name, int master,
		    const char *master_name, struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);
	int r;

	mnl_attr_put_u32(nlh, IFLA_MASTER, (uint32_t)master);
	r = netlink_run(nl, err);
	if (r < 0)
		error_prefix(err, "cannot make %s a port of %s: ", name, master_name);
	return r;
}

int link_clear_master(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);

	mnl_attr_put_u32(nlh, IFLA_MASTER, 0);
	return run_one(nl, err, "clear the master of", name);
}

int link_disable_ipv6(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	int r;

	put_no_ipv6(nl, ifindex);
	r = run_with_ipv6(nl, 0, err);
	if (r < 0)
		error_prefix(err, "cannot turn off IPv6 addresses of %s: ", name);
	return r;
}

int link_set_group(struct netlink *nl, int ifindex, const char *name, unsigned group,
		   struct error *err)
{
	struct nlmsghdr *nlh = link_message(nl, RTM_SETLINK, 0, ifindex);

	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	return run_one(nl, err, "set the group of", name);
}

int link_delete(struct netlink *nl, int ifindex, const char *name, struct error *err)
{
	link_message(nl, RTM_DELLINK, 0, ifindex);
	return run_one(nl, err, "delete", name);
}

int link_delete_group(struct netlink *nl, unsigned group, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	struct nlmsghdr *nlh = link_message(nl, RTM_DELLINK, 0, 0);
	int r;

	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	r = netlink_run(nl, &failure);
	if (r == -ENODEV)
		return 0;
	if (r < 0) {
		error_prefix(&failure, "cannot delete the links of group %u: ", group);
		error_move(err, &failure);
	}
	return r;
}
