/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A single route says little: 0.0.0.0/1 beside 128.0.0.0/1 is a default route, and so are
 * four that are a quarter each, in as many networks. So shares of all addresses are added up, of
 * all networks; private ones (10.0.0.0/8, fc00::/7) are well below the bound.
 *
 * The kernel takes the narrowest route. So one that is wider than what the host has leaves that
 * alone, and one that lies within it takes a part.
 */
#include "resolve/collision.h"
#include "resolve/takeover.h"

static const char with_force[] = "root can have that all the same, with --force";

/* Of 2^32. */
enum {
	SHARE_BITS = 32,
	SHARE_MAX_BITS = SHARE_BITS - 6, /* a 64th of all addresses */
};

/* --- forwarded ports ---------------------------------------------------------- */

static bool is_forwarded_already(const struct network *former, const struct port_forward *forward)
{
	for (size_t i = 0; former && i < former->n_forwards; i++)
		if (port_forward_clash(&former->forwards[i], forward))
			return true;
	return false;
}

static int check_other(const struct port_forward *forward, const struct network *other,
		       struct error *err)
{
	for (size_t i = 0; i < other->n_forwards; i++)
		if (port_forward_clash(forward, &other->forwards[i]))
			return error_set(err, -EADDRINUSE, ERROR_IN_USE,
					 "port %u of this host is forwarded to a guest of network "
					 "'%s' already",
					 forward->port, other->name);
	return 0;
}

static int check_socket(const struct network_request *request, const struct port_forward *forward,
			const struct host_socket *socket, struct text *said, struct error *err)
{
	const char *holder = socket->holder ? socket->holder : "a process";
	char guest[ADDRESS_TEXT_SIZE];

	address_format(&forward->to, guest);
	if (!request->force)
		return error_set(err, -EADDRINUSE, ERROR_IN_USE,
				 "port %u (%s) is served by this host itself, by %s; %s",
				 forward->port, forward_protocol_name(forward->protocol), holder,
				 with_force);
	text_add(said, "port %u (%s) leads to %s from now on, and no longer to %s\n", forward->port,
		 forward_protocol_name(forward->protocol), guest, holder);
	return 0;
}

static int check_sockets(const struct network_request *request, const struct port_forward *forward,
			 struct text *said, struct error *err)
{
	for (size_t i = 0; request->sockets && i < request->sockets->n; i++)
		if (port_forward_takes(forward, &request->sockets->items[i]))
			return check_socket(request, forward, &request->sockets->items[i], said,
					    err);
	return 0;
}

int takeover_check_forwards(const struct network_request *request, struct text *said,
			    struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < request->network->n_forwards; i++) {
		const struct port_forward *forward = &request->network->forwards[i];

		for (size_t j = 0; r == 0 && j < request->n_active; j++)
			r = check_other(forward, request->active[j], err);
		if (r == 0 && !is_forwarded_already(request->former, forward))
			r = check_sockets(request, forward, said, err);
	}
	return r;
}

/* --- ways to others -------------------------------------------------------------- */

static uint64_t share_of(const struct address *address, unsigned prefix, int family)
{
	return address->family == family && prefix <= SHARE_BITS ? 1ULL << (SHARE_BITS - prefix)
								 : 0;
}

static uint64_t share_of_network(const struct network *network, int family)
{
	uint64_t share = 0;

	for (size_t i = 0; i < network->n_ips; i++)
		share += share_of(&network->ips[i].address, network->ips[i].prefix, family);
	for (size_t i = 0; i < network->n_routes; i++)
		share += share_of(&network->routes[i].address, network->routes[i].prefix, family);
	return share;
}

/* The widest of its routes, or of its subnets, if one is wider. */
static struct subnet_text widest(const struct network *network, int family)
{
	const struct address *address = NULL;
	unsigned prefix = 129;

	for (size_t i = 0; i < network->n_routes; i++)
		if (network->routes[i].address.family == family &&
		    network->routes[i].prefix < prefix) {
			address = &network->routes[i].address;
			prefix = network->routes[i].prefix;
		}
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].address.family == family && network->ips[i].prefix < prefix) {
			address = &network->ips[i].address;
			prefix = network->ips[i].prefix;
		}
	return address ? subnet_text(address, prefix) : (struct subnet_text){ "" };
}

/* Not once it is so, with networks that were started by force. */
static int check_share(const struct network_request *request, int family, struct text *said,
		       struct error *err)
{
	uint64_t own = share_of_network(request->network, family), others = 0;
	const uint64_t max = 1ULL << SHARE_MAX_BITS;
	struct subnet_text way = widest(request->network, family);

	for (size_t i = 0; i < request->n_active; i++)
		others += share_of_network(request->active[i], family);
	if (own == 0 || others > max || own + others <= max)
		return 0;
	if (!request->force)
		return error_set(err, -EADDRINUSE, ERROR_IN_USE,
				 "with %s guests would be this host's own way to a great part of "
				 "the world; %s",
				 way.text, with_force);
	text_add(said, "this host itself reaches %s through the network from now on\n", way.text);
	return 0;
}

/* Does the route lie within that one, which is another link's? One that is equal is told later. */
static bool takes_part(const struct network_route *route, const struct host_route *other,
		       int own_ifindex)
{
	return !(own_ifindex && other->ifindex == own_ifindex) && !host_route_is_default(other) &&
	       route->prefix > other->prefix &&
	       address_in(&route->address, &other->destination, other->prefix);
}

static int check_route(const struct network_request *request, const struct network_route *route,
		       int own_ifindex, struct text *said, struct error *err)
{
	const struct host_ip *ip = &request->facts->ip;
	struct subnet_text part = subnet_text(&route->address, route->prefix);

	for (size_t i = 0; i < ip->n_routes; i++) {
		const char *link = link_name(request->facts, ip->routes[i].ifindex);

		if (!takes_part(route, &ip->routes[i], own_ifindex))
			continue;
		if (!request->force)
			return error_set(
				err, -EADDRINUSE, ERROR_IN_USE,
				"its route to %s takes a part of %s, which this host "
				"reaches by %s; %s",
				part.text,
				subnet_text(&ip->routes[i].destination, ip->routes[i].prefix).text,
				link, with_force);
		text_add(said,
			 "this host itself reaches %s through the network from now on, and "
			 "no longer by %s\n",
			 part.text, link);
		return 0;
	}
	return 0;
}

int takeover_check_ways(const struct network_request *request, int own_ifindex, struct text *said,
			struct error *err)
{
	int r = check_share(request, AF_INET, said, err);

	if (r == 0)
		r = check_share(request, AF_INET6, said, err);
	for (size_t i = 0; r == 0 && i < request->network->n_routes; i++)
		r = check_route(request, &request->network->routes[i], own_ifindex, said, err);
	return r;
}
