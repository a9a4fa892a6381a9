/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any overlap counts, not only equality: guests that have a part of the host's
 * neighbourhood for theirs, or the host that has a part of the guests', both
 * lose somebody. The order is that of the better sentence: a network, an address
 * and then a route, for the first two have routes too.
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

static int check_networks(const struct collision_request *request, const struct network_ip *ip,
			  struct error *err)
{
	for (size_t i = 0; i < request->n_active; i++) {
		const struct network *other = request->active[i];

		for (size_t j = 0; j < other->n_ips; j++)
			if (subnet_overlap(&ip->address, ip->prefix, &other->ips[j].address,
					   other->ips[j].prefix))
				return collides(ip, &other->ips[j].address, other->ips[j].prefix,
						" of network '", other->name, err);
	}
	return 0;
}

static int check_addresses(const struct collision_request *request, const struct network_ip *ip,
			   struct error *err)
{
	for (size_t i = 0; i < request->facts->ip.n_addresses; i++) {
		const struct host_address *other = &request->facts->ip.addresses[i];

		if (is_own(request, other->ifindex))
			continue;
		if (address_equal(&other->address, &ip->address)) {
			char text[ADDRESS_TEXT_SIZE];

			address_format(&ip->address, text);
			return error_set(err, -EADDRINUSE, ERROR_IN_USE,
					 "its address %s is the host's already, on %s", text,
					 link_name(request->facts, other->ifindex));
		}
		if (subnet_overlap(&ip->address, ip->prefix, &other->address, other->prefix))
			return collides(ip, &other->address, other->prefix, ", the subnet of ",
					link_name(request->facts, other->ifindex), err);
	}
	return 0;
}

static int check_routes(const struct collision_request *request, const struct network_ip *ip,
			struct error *err)
{
	for (size_t i = 0; i < request->facts->ip.n_routes; i++) {
		const struct host_route *route = &request->facts->ip.routes[i];

		if (is_own(request, route->ifindex) || host_route_is_default(route))
			continue;
		if (subnet_overlap(&ip->address, ip->prefix, &route->destination, route->prefix))
			return collides(ip, &route->destination, route->prefix,
					", to which the host has a route by ",
					link_name(request->facts, route->ifindex), err);
	}
	return 0;
}

int collision_check(const struct collision_request *request, const struct network_ip *ip,
		    struct error *err)
{
	int r;

	r = check_networks(request, ip, err);
	if (r == 0)
		r = check_addresses(request, ip, err);
	return r < 0 ? r : check_routes(request, ip, err);
}
