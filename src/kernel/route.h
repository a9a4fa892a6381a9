/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unicast routes of the main table, by rtnetlink.
 *
 * Sources: rtnetlink(7), net/ipv4/fib_frontend.c, net/ipv6/route.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernel/netlink.h"

struct route {
	int family;              /* AF_INET or AF_INET6 */
	uint8_t destination[16]; /* in the order of the net */
	unsigned prefix;         /* 0: the default route */
	bool has_gateway;
	uint8_t gateway[16]; /* of the same family */
	int ifindex;         /* of several next hops the first one's */
	unsigned metric;     /* 0: IPv4's best; IPv6 takes its default for it, 1024 */
	bool by_ra;          /* learned from a router advertisement; not for route_add() */
};

/* Of protocol "static". -EEXIST where there is one of that destination and metric. */
int route_add(struct netlink *nl, const struct route *route, const char *name, struct error *err);

/* -ESRCH where there is no such route. */
int route_delete(struct netlink *nl, const struct route *route, const char *name,
		 struct error *err);

/* Calls back for each, both families. */
int route_dump(struct netlink *nl, void (*callback)(void *userdata, const struct route *route),
	       void *userdata, struct error *err);
