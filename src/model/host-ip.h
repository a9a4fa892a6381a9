/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host has of IP, as far as a network that vifd makes itself may
 * collide with it or lack it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/address.h"

struct host_address {
	int ifindex;
	struct address address;
	unsigned prefix;
};

/* A unicast route of the main table. */
struct host_route {
	struct address destination;
	unsigned prefix;
	struct address gateway; /* family 0: none */
	int ifindex;
	unsigned metric;
	/* From a router advertisement: lost when the host begins to forward (accept_ra is 1). */
	bool fragile;
};

/* IPv6 of one link: net/ipv6/conf/NAME/. */
struct host_ipv6 {
	int ifindex;
	bool disabled; /* disable_ipv6 */
	bool autoconf;
	bool accept_ra;
	/* It believes router advertisements unless the host forwards (accept_ra is 1). */
	bool hears_routers;
};

/* A socket that waits for others: a listening one of TCP, an unconnected one of UDP. */
struct host_socket {
	bool udp;
	bool ipv6_only;
	struct address address; /* unspecified: each of the host */
	uint16_t port;
	unsigned long inode;
	char *holder; /* "process 812 (sshd)"; NULL: not known */
};

struct host_sockets {
	struct host_socket *items;
	size_t n;
};

void host_sockets_done(struct host_sockets *sockets);

struct host_ip {
	struct host_address *addresses;
	size_t n_addresses;
	struct host_route *routes;
	size_t n_routes;
	struct host_ipv6 *ipv6; /* of bridges, and of others that hear routers */
	size_t n_ipv6;
	bool has_ipv6;     /* the kernel has it at all */
	bool forward_ipv4; /* net/ipv4/ip_forward */
	bool forward_ipv6; /* net/ipv6/conf/all/forwarding */
};

/* NULL where it is not known. */
const struct host_ipv6 *host_ip_ipv6(const struct host_ip *ip, int ifindex);

/*
 * A way to (nearly) everywhere, there to be overruled: the default route, its
 * two halves as VPNs set them, IPv6's 2000::/3.
 */
bool host_route_is_default(const struct host_route *route);

void host_ip_done(struct host_ip *ip);
