/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "host/host-ip.h"
#include "host/words.h"
#include "kernel/link-address.h"
#include "kernel/listening.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "model/network-tag.h"
#include "model/port.h"
#include "util/array.h"
#include "util/text.h"

struct reader {
	const struct facts *facts;
	struct host_ip ip;
	bool failed; /* out of memory */
};

static void reader_done(struct reader *reader)
{
	host_ip_done(&reader->ip);
}

static void on_address(void *userdata, const struct link_address *view)
{
	struct reader *reader = userdata;
	struct host_address *address;

	address = array_add(&reader->ip.addresses, &reader->ip.n_addresses, sizeof(*address));
	if (!address) {
		reader->failed = true;
		return;
	}
	*address = (struct host_address){
		.ifindex = view->ifindex,
		.address = words_model_address(view->family, view->bytes),
		.prefix = view->prefix,
	};
}

static int read_ipv6(const char *link, const char *key, int *ret_value, struct error *err)
{
	AUTO_FREE char *name = text_format("net/ipv6/conf/%s/%s", link, key);

	if (!name)
		return error_oom(err);
	return sysctl_read(name, ret_value, err);
}

/* accept_ra: 0 never, 1 while the link does not forward, 2 always. */
static bool is_fragile(const struct facts *facts, const struct route *route)
{
	const struct host_link *link = facts_get(facts, route->ifindex);
	int accept_ra;

	return route->by_ra && route->prefix == 0 && link &&
	       read_ipv6(link->name, "accept_ra", &accept_ra, NULL) == 0 && accept_ra == 1;
}

static void on_route(void *userdata, const struct route *view)
{
	struct reader *reader = userdata;
	struct host_route *route;

	route = array_add(&reader->ip.routes, &reader->ip.n_routes, sizeof(*route));
	if (!route) {
		reader->failed = true;
		return;
	}
	*route = (struct host_route){
		.destination = words_model_address(view->family, view->destination),
		.prefix = view->prefix,
		.ifindex = view->ifindex,
		.metric = view->metric,
		.fragile = is_fragile(reader->facts, view),
	};
	if (view->has_gateway)
		route->gateway = words_model_address(view->family, view->gateway);
}

/* A guest's device, a port of a bridge, whose frames are the bridge's, or one without routers. */
static bool is_no_hosts_own(const struct host_link *link)
{
	return link->loopback || link->is_macvlan || link->master || !strcmp(link->kind, "tun") ||
	       !strcmp(link->kind, "wireguard");
}

/* A link that goes meanwhile has no settings, and its end is told soon. */
static void read_settings(struct reader *reader, const struct host_link *link)
{
	bool is_bridge = !strcmp(link->kind, "bridge");
	int disabled, autoconf, accept_ra;
	struct host_ipv6 *ipv6;

	if (is_no_hosts_own(link) || read_ipv6(link->name, "accept_ra", &accept_ra, NULL) < 0 ||
	    (!is_bridge && accept_ra != 1) ||
	    read_ipv6(link->name, "disable_ipv6", &disabled, NULL) < 0 ||
	    read_ipv6(link->name, "autoconf", &autoconf, NULL) < 0)
		return;
	ipv6 = array_add(&reader->ip.ipv6, &reader->ip.n_ipv6, sizeof(*ipv6));
	if (!ipv6) {
		reader->failed = true;
		return;
	}
	*ipv6 = (struct host_ipv6){
		.ifindex = link->ifindex,
		.disabled = disabled != 0,
		.autoconf = autoconf != 0,
		.accept_ra = accept_ra != 0,
		.hears_routers = accept_ra == 1 && !disabled,
	};
}

static bool reads_as(const char *link, const char *key, int wanted)
{
	int value;

	return read_ipv6(link, key, &value, NULL) == 0 && value == wanted;
}

/* What vifd makes hears no routers: its settings need not be read. */
static bool is_ours(const struct host_link *link)
{
	struct uuid uuid;
	bool ours = false;
	int64_t side;

	for (size_t i = 0; i < link->n_altnames && !ours; i++)
		ours = network_tag_parse(link->altnames[i], &uuid) ||
		       port_tag_parse(link->altnames[i], &uuid, &side);
	return ours;
}

static bool is_deaf(const struct host_link *link)
{
	return !is_no_hosts_own(link) && !is_ours(link) && reads_as(link->name, "accept_ra", 1) &&
	       reads_as(link->name, "forwarding", 1) && reads_as(link->name, "disable_ipv6", 0);
}

int host_ip_find_deaf(const struct facts *facts, int **ret_ifindexes, size_t *ret_n,
		      struct error *err)
{
	AUTO_FREE int *ifindexes = NULL;
	size_t n = 0;

	for (size_t i = 0; i < facts->n_links; i++) {
		int *ifindex;

		if (!is_deaf(&facts->links[i]))
			continue;
		ifindex = array_add(&ifindexes, &n, sizeof(*ifindex));
		if (!ifindex)
			return error_oom(err);
		*ifindex = facts->links[i].ifindex;
	}
	*ret_ifindexes = take_ptr(ifindexes);
	*ret_n = n;
	return 0;
}

static int read_forwarding(struct host_ip *ip, struct error *err)
{
	int value, r;

	r = sysctl_read("net/ipv4/ip_forward", &value, err);
	if (r < 0)
		return r;
	ip->forward_ipv4 = value != 0;
	ip->has_ipv6 = read_ipv6("all", "forwarding", &value, NULL) == 0;
	ip->forward_ipv6 = ip->has_ipv6 && value != 0;
	return 0;
}

int host_ip_read(struct netlink *nl, struct facts *facts, struct error *err)
{
	AUTO(reader_done) struct reader reader = { .facts = facts };
	int r;

	r = read_forwarding(&reader.ip, err);
	if (r == 0)
		r = link_address_dump(nl, on_address, &reader, err);
	if (r == 0)
		r = route_dump(nl, on_route, &reader, err);
	if (r < 0)
		return r;
	for (size_t i = 0; reader.ip.has_ipv6 && i < facts->n_links; i++)
		read_settings(&reader, &facts->links[i]);
	if (reader.failed)
		return error_oom(err);
	host_ip_done(&facts->ip);
	facts->ip = reader.ip;
	facts->has_ip = true;
	reader.ip = (struct host_ip){ 0 };
	return 0;
}

struct socket_reader {
	struct host_sockets sockets;
	bool failed; /* out of memory */
};

static void on_listening(void *userdata, const struct listening *listening)
{
	struct socket_reader *reader = userdata;
	struct host_socket *socket;

	socket = array_add(&reader->sockets.items, &reader->sockets.n, sizeof(*socket));
	if (!socket) {
		reader->failed = true;
		return;
	}
	*socket = (struct host_socket){
		.udp = listening->udp,
		.ipv6_only = listening->ipv6_only,
		.address = words_model_address(listening->family, listening->address),
		.port = listening->port,
		.inode = listening->inode,
	};
}

int host_sockets_read(struct host_sockets *ret_sockets, struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	struct socket_reader reader = { 0 };
	int r = listening_dump(on_listening, &reader, &failure);

	if (r < 0 || reader.failed)
		host_sockets_done(&reader.sockets);
	if (reader.failed)
		return error_oom(err);
	if (r < 0 && r != -ENOENT) {
		error_move(err, &failure);
		return r;
	}
	*ret_sockets = reader.sockets;
	return 0;
}
