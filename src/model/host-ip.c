/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "model/host-ip.h"

const struct host_ipv6 *host_ip_ipv6(const struct host_ip *ip, int ifindex)
{
	for (size_t i = 0; i < ip->n_ipv6; i++)
		if (ip->ipv6[i].ifindex == ifindex)
			return &ip->ipv6[i];
	return NULL;
}

bool host_route_is_default(const struct host_route *route)
{
	return route->prefix <= (route->destination.family == AF_INET6 ? 3 : 1);
}

void host_ip_done(struct host_ip *ip)
{
	free(ip->addresses);
	free(ip->routes);
	free(ip->ipv6);
	*ip = (struct host_ip){ 0 };
}

void host_sockets_done(struct host_sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		free(sockets->items[i].holder);
	free(sockets->items);
	*sockets = (struct host_sockets){ 0 };
}
