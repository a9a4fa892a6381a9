/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is the host's for sure and would be lost is an error: its own address, a
 * gateway of its routes, a subnet or route that is the network's subnet or a part
 * of it. A wider one is a guess: routes to all private networks, as a VPN or a
 * data centre has them, seldom mean that each address behind them is somebody's,
 * and the narrower route of the bridge wins for the guests alone. That is told,
 * and not refused, because on such a host no subnet would be left.
 *
 * Two networks of vifd's may not overlap at all. The order is that of the better
 * sentence: a network, an address and then a route, for the first two have routes
 * too.
 */
#include <stdio.h>
#include <string.h>

#include "resolve/collision.h"

static bool is_own(const struct collision_request *request, int ifindex)
{
	return request->own_ifindex > 0 && request->own_ifindex == ifindex;
}

const char *link_name(const struct facts *facts, int ifindex)
{
	const struct host_link *link = facts_get(facts, ifindex);

	return link ? link->name : "another link";
}

static int collides(const struct network_ip *ip, const struct address *other, unsigned prefix,
		    const char *relation, const char *owner, struct error *err)
{
	return error_set(err, -EADDRINUSE, ERROR_IN_USE, "its subnet %s overlaps %s%s%s%s",
			 subnet_text(&ip->address, ip->prefix).text,
			 subnet_text(other, prefix).text, relation, owner,
			 strchr(relation, '\'') ? "'" : "");
}

static bool overlaps(const struct network_ip *ip, const struct address *other, unsigned prefix)
{
	return subnet_overlap(&ip->address, ip->prefix, other, prefix);
}

static int check_networks(const struct collision_request *request, const struct network_ip *ip,
			  struct error *err)
{
	for (size_t i = 0; i < request->n_active; i++) {
		const struct network *other = request->active[i];

		for (size_t j = 0; j < other->n_ips; j++)
			if (overlaps(ip, &other->ips[j].address, other->ips[j].prefix))
				return collides(ip, &other->ips[j].address, other->ips[j].prefix,
						" of network '", other->name, err);
	}
	return 0;
}

/* One that is wider is told of; else it is a collision. */
static int judge(const struct network_ip *ip, const struct address *other, unsigned prefix,
		 const char *relation, const char *owner, struct text *warnings, struct error *err)
{
	if (prefix >= ip->prefix)
		return collides(ip, other, prefix, relation, owner, err);
	text_add(warnings,
		 "its subnet %s is a part of %s%s%s: whoever has such an address there is not "
		 "reached from here any more\n",
		 subnet_text(&ip->address, ip->prefix).text, subnet_text(other, prefix).text,
		 relation, owner);
	return 0;
}

static int check_address(const struct collision_request *request, const struct network_ip *ip,
			 const struct host_address *other, struct text *warnings, struct error *err)
{
	const char *name = link_name(request->facts, other->ifindex);
	char text[ADDRESS_TEXT_SIZE];

	if (address_equal(&other->address, &ip->address)) {
		address_format(&ip->address, text);
		return error_set(err, -EADDRINUSE, ERROR_IN_USE,
				 "its address %s is the host's already, on %s", text, name);
	}
	if (!overlaps(ip, &other->address, other->prefix))
		return 0;
	if (overlaps(ip, &other->address, address_bits(&other->address)))
		return collides(ip, &other->address, other->prefix, ", the subnet of ", name, err);
	return judge(ip, &other->address, other->prefix, ", the subnet of ", name, warnings, err);
}

static int check_addresses(const struct collision_request *request, const struct network_ip *ip,
			   struct text *warnings, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < request->facts->ip.n_addresses; i++)
		if (!is_own(request, request->facts->ip.addresses[i].ifindex))
			r = check_address(request, ip, &request->facts->ip.addresses[i], warnings,
					  err);
	return r;
}

/* The kernel makes such a route for each address. */
static bool is_of_address(const struct host_ip *host, const struct host_route *route)
{
	for (size_t i = 0; i < host->n_addresses; i++) {
		const struct host_address *address = &host->addresses[i];

		if (address->ifindex == route->ifindex && address->prefix == route->prefix &&
		    subnet_overlap(&address->address, address->prefix, &route->destination,
				   route->prefix))
			return true;
	}
	return false;
}

static int check_route(const struct collision_request *request, const struct network_ip *ip,
		       const struct host_route *route, struct text *warnings, struct error *err)
{
	const char *name = link_name(request->facts, route->ifindex);
	char text[ADDRESS_TEXT_SIZE];

	if (route->gateway.family && overlaps(ip, &route->gateway, address_bits(&route->gateway))) {
		address_format(&route->gateway, text);
		return error_set(err, -EADDRINUSE, ERROR_IN_USE,
				 "its subnet %s holds %s, by which the host has a route on %s",
				 subnet_text(&ip->address, ip->prefix).text, text, name);
	}
	if (host_route_is_default(route) || is_of_address(&request->facts->ip, route) ||
	    !overlaps(ip, &route->destination, route->prefix))
		return 0;
	return judge(ip, &route->destination, route->prefix, ", to which the host has a route by ",
		     name, warnings, err);
}

static int check_routes(const struct collision_request *request, const struct network_ip *ip,
			struct text *warnings, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < request->facts->ip.n_routes; i++)
		if (!is_own(request, request->facts->ip.routes[i].ifindex))
			r = check_route(request, ip, &request->facts->ip.routes[i], warnings, err);
	return r;
}

int collision_check(const struct collision_request *request, const struct network_ip *ip,
		    struct text *warnings, struct error *err)
{
	int r;

	r = check_networks(request, ip, err);
	if (r == 0)
		r = check_addresses(request, ip, warnings, err);
	return r < 0 ? r : check_routes(request, ip, warnings, err);
}
