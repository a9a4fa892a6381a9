/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if_link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "kernel/tc.h"
#include "netns.h"
#include "util/parse.h"
#include "util/text.h"

static const char *name_of(const struct facts *facts, int ifindex)
{
	const struct host_link *link = facts_get(facts, ifindex);

	assert_non_null(link);
	return link->name;
}

static const char *const mode_words[] = {
	[DIRECT_VEPA] = "vepa",
	[DIRECT_BRIDGE] = "bridge",
	[DIRECT_PRIVATE] = "private",
	[DIRECT_PASSTHROUGH] = "passthru",
};
_Static_assert(ARRAY_SIZE(mode_words) == DIRECT_MODE_COUNT, "every mode has its word");

/* `ip link add …` for a link of a kind; the caller frees it. */
static char *command_for(const struct facts *facts, const struct host_link *link)
{
	struct text text = TEXT_INIT;
	char *command;

	text_add(&text, "ip link add %s index %d", link->name, link->ifindex);
	if (link->lower > 0)
		text_add(&text, " link %s", name_of(facts, link->lower));
	text_add(&text, " type %s", link->kind);
	if (link->is_macvlan)
		text_add(&text, " mode %s", link->mode_known ? mode_words[link->mode] : "source");
	if (streq(link->kind, "vxlan"))
		text_add(&text, " id %u dstport %u", link->vxlan_id, link->vxlan_port);
	if (streq(link->kind, "vrf"))
		text_add(&text, " table 100");
	assert_int_equal(text_take(&text, &command), 0);
	return command;
}

static int add_link(const struct facts *facts, const struct host_link *link, struct error *err)
{
	AUTO_FREE char *command = NULL;

	/* A tap cannot be given an ifindex by ip(8). That it is there is what counts. */
	if (!*link->kind || streq(link->kind, "tun")) {
		netns_nic(link->name, link->ifindex);
		return 0;
	}
	if (link->loopback)
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "a namespace has one loopback device, lo");
	command = command_for(facts, link);
	if (!shell_try("%s", command))
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
				 "this kernel has no links of kind %s", link->kind);
	return 0;
}

/* A guest's address, which the bridge knows, is its tap's but for the first byte. */
static void set_bridge_port(const struct host_link *link)
{
	struct mac guest = link->mac;
	char mac[MAC_TEXT_SIZE];

	if (bridge_port_equal(link->bridge_port, (struct bridge_port){ 0 }))
		return;
	shell("bridge link set dev %s isolated %s learning %s flood %s hairpin %s", link->name,
	      link->bridge_port.isolated ? "on" : "off",
	      link->bridge_port.no_learning ? "off" : "on",
	      link->bridge_port.no_flood ? "off" : "on", link->bridge_port.reflects ? "on" : "off");
	guest.bytes[0] = 0x52;
	mac_format(&guest, mac);
	if (link->bridge_port.no_flood)
		shell("bridge fdb add %s dev %s master static", mac, link->name);
}

/* Lower links come first in facts, so what stands on them finds them as they are to be. */
static void set_link(const struct facts *facts, const struct host_link *link)
{
	char mac[MAC_TEXT_SIZE];

	mac_format(&link->mac, mac);
	if (!mac_is_zero(&link->mac))
		shell("ip link set %s address %s", link->name, mac);
	shell("ip link set %s mtu %u", link->name, link->mtu);
	for (size_t i = 0; i < link->n_altnames; i++)
		shell("ip link property add dev %s altname %s", link->name, link->altnames[i]);
	if (link->master > 0)
		shell("ip link set %s master %s", link->name, name_of(facts, link->master));
	if (streq(link->kind, "macvlan") && link->n_altnames > 0)
		shell("ip link set %s allmulticast on arp off addrgenmode none", link->name);
	if (link->up)
		shell("ip link set %s up", link->name);
	set_bridge_port(link);
}

static bool has_port(const struct facts *facts, const struct host_link *bridge)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].master == bridge->ifindex)
			return true;
	return false;
}

/*
 * A bridge has a carrier by a port. (One without changes for good with its
 * first port: it gets its link-local address, and loses one that it made up.)
 */
static void give_carrier(const struct facts *facts, const struct host_link *link)
{
	char port[IFNAMSIZ];

	/* With STP the port would change its state for seconds. */
	if (!streq(link->kind, "bridge") || !link->carrier || link->bridge.stp ||
	    has_port(facts, link))
		return;
	snprintf(port, sizeof(port), "port%d", link->ifindex);
	netns_nic(port, 0);
	shell("ip link set %s up mtu %u master %s", port, link->mtu, link->name);
}

static void set_bridge(const struct host_link *link)
{
	if (link->filters_vlans)
		shell("ip link set %s type bridge vlan_filtering 1", link->name);
	shell("ip link set %s type bridge stp_state %d && ip link set %s type bridge forward_delay "
	      "%u",
	      link->name, link->bridge.stp, link->name, link->bridge.delay_csec);
}

static void add_address(const struct facts *facts, const struct host_address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(&address->address, text);
	shell("ip address add %s/%u dev %s%s", text, address->prefix,
	      name_of(facts, address->ifindex),
	      address->address.family == AF_INET6 ? " nodad" : "");
}

/* The kernel has those that come with addresses already. */
static void add_route(const struct facts *facts, const struct host_route *route)
{
	char text[ADDRESS_TEXT_SIZE], via[ADDRESS_TEXT_SIZE];

	address_format(&route->destination, text);
	address_format(&route->gateway, via);
	if (shell_try("ip route get %s oif %s fibmatch | grep -q '^%s/%u '", text,
		      name_of(facts, route->ifindex), text, route->prefix))
		return;
	shell("ip route add %s/%u %s %s dev %s metric %u", text, route->prefix, *via ? "via" : "",
	      via, name_of(facts, route->ifindex), route->metric);
}

static void set_ipv6(const struct facts *facts, const struct host_ipv6 *ipv6)
{
	shell("cd /proc/sys/net/ipv6/conf/%s && echo %d >disable_ipv6 && echo %d >autoconf && "
	      "echo %d >accept_ra",
	      name_of(facts, ipv6->ifindex), ipv6->disabled, ipv6->autoconf, ipv6->accept_ra);
}

static int build_ip(const struct facts *facts, struct error *err)
{
	const struct host_ip *ip = &facts->ip;

	if (!facts->has_ip)
		return 0;
	if (!ip->has_ipv6 && shell_try("test -e /proc/sys/net/ipv6"))
		return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED, "this kernel has IPv6");
	shell("echo %d >/proc/sys/net/ipv4/ip_forward", ip->forward_ipv4);
	if (ip->has_ipv6)
		shell("echo %d >/proc/sys/net/ipv6/conf/all/forwarding", ip->forward_ipv6);
	for (size_t i = 0; i < ip->n_ipv6; i++)
		set_ipv6(facts, &ip->ipv6[i]);
	for (size_t i = 0; i < ip->n_addresses; i++)
		add_address(facts, &ip->addresses[i]);
	for (size_t i = 0; i < ip->n_routes; i++)
		add_route(facts, &ip->routes[i]);
	return 0;
}

/* Taps are wired to the host's sides of their ports as vifd has it. */
static void wire_ports(const struct facts *facts)
{
	struct netlink *nl;

	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, NULL), 0);
	for (size_t i = 0; i < facts->n_links; i++) {
		const struct host_link *tap = &facts->links[i], *side;
		char tag[ALTNAME_SIZE];

		if (!streq(tap->kind, "tun") || tap->n_altnames == 0)
			continue;
		snprintf(tag, sizeof(tag), "%.*s-0", ALTNAME_SIZE - 3, tap->altnames[0]);
		side = facts_find(facts, tag);
		if (side)
			assert_int_equal(tc_wire(nl, tap->ifindex, tap->name, side->ifindex,
						 side->name, NULL),
					 0);
	}
	netlink_close(nl);
}

static bool bridges_filter_vlans(void)
{
	return shell_try("ip link add vlans0 type bridge vlan_filtering 1 && "
			 "ip -d link show dev vlans0 | grep -q 'vlan_filtering 1'; "
			 "s=$?; ip link del vlans0 2>/dev/null; exit $s");
}

int host_build(const struct facts *facts, struct error *err)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].knows_vlans && !bridges_filter_vlans())
			return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
					 "bridges of this kernel do not filter VLANs");
	for (size_t i = 0; i < facts->n_links; i++) {
		int r = add_link(facts, &facts->links[i], err);

		if (r < 0)
			return r;
		if (streq(facts->links[i].kind, "bridge"))
			set_bridge(&facts->links[i]);
		set_link(facts, &facts->links[i]);
	}
	for (size_t i = 0; i < facts->n_links; i++)
		give_carrier(facts, &facts->links[i]);
	wire_ports(facts);
	return build_ip(facts, err);
}
