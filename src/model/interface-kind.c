/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "model/interface.h"

/*
 * Several queues are of a tap, a macvtap, or another process's rings. A virtualport
 * is what a switch is told; isolation is a property of a port of a Linux bridge.
 */
static const struct interface_kind kinds[] = {
	[INTERFACE_NETWORK] = { "network", .connects = true, .portable = true, .queues = true,
				.virtualport = true, .isolation = true, .source = "network",
				.source_at = offsetof(struct interface, network) },
	[INTERFACE_DIRECT] = { "direct", .connects = true, .queues = true, .virtualport = true,
			       .source = "dev", .source_at = offsetof(struct interface, dev),
			       .source_is = "host interface" },
	[INTERFACE_BRIDGE] = { "bridge", .connects = true, .queues = true, .virtualport = true,
			       .isolation = true, .source = "bridge",
			       .source_at = offsetof(struct interface, bridge),
			       .source_is = "bridge" },
	[INTERFACE_ETHERNET] = { "ethernet", .connects = true, .queues = true },
	[INTERFACE_USER] = { "user" },
	[INTERFACE_VHOSTUSER] = { "vhostuser", .queues = true },
	[INTERFACE_SERVER] = { "server" },
	[INTERFACE_CLIENT] = { "client" },
	[INTERFACE_MCAST] = { "mcast" },
	[INTERFACE_UDP] = { "udp" },
	[INTERFACE_NULL] = { "null" },
	[INTERFACE_VDPA] = { "vdpa", .queues = true },
	[INTERFACE_HOSTDEV] = { "hostdev", .virtualport = true },
};
_Static_assert(ARRAY_SIZE(kinds) == INTERFACE_TYPE_COUNT, "every type is described");

const struct interface_kind *interface_kind(enum interface_type type)
{
	return &kinds[type];
}

const char *interface_type_name(enum interface_type type)
{
	return kinds[type].name;
}

int interface_type_parse(const char *text, enum interface_type *ret_type)
{
	for (unsigned type = 0; type < INTERFACE_TYPE_COUNT; type++) {
		if (strcmp(text, kinds[type].name) != 0)
			continue;
		*ret_type = type;
		return 0;
	}
	return -EINVAL;
}
