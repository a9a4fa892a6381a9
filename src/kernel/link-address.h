/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IP addresses of links, by rtnetlink.
 *
 * As with links: the ifindex is exact, the name only for the sentence of a
 * failure, and a failed request leaves the host as it was. Bytes are in the
 * order of the net, 4 for AF_INET and 16 for AF_INET6.
 *
 * Sources: rtnetlink(7), net/ipv4/devinet.c, net/ipv6/addrconf.c.
 */
#pragma once

#include <stdint.h>

#include "kernel/netlink.h"

struct link_address {
	int ifindex;
	int family;
	uint8_t bytes[16];
	unsigned prefix;
};

/*
 * -EEXIST where the link has it. IPv4 gets the subnet's broadcast address; IPv6
 * no duplicate address detection: see the .c.
 */
int link_address_add(struct netlink *nl, const struct link_address *address, const char *name,
		     struct error *err);

/* -EADDRNOTAVAIL where the link has it not. */
int link_address_delete(struct netlink *nl, const struct link_address *address, const char *name,
			struct error *err);

/* Deletes all that the link has, of both families. */
int link_address_flush(struct netlink *nl, int ifindex, const char *name, struct error *err);

/* Calls back for each address of the namespace, both families. */
int link_address_dump(struct netlink *nl,
		      void (*callback)(void *userdata, const struct link_address *address),
		      void *userdata, struct error *err);
