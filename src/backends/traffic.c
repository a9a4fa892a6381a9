/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "backends/traffic.h"
#include "util/cleanup.h"

static const char *const forwarder_names[] = {
	[FORWARDER_KERNEL] = "kernel",
	[FORWARDER_NIC] = "nic",
	[FORWARDER_SWITCH] = "switch",
	[FORWARDER_NOBODY] = "nobody",
};
_Static_assert(ARRAY_SIZE(forwarder_names) == FORWARDER_COUNT, "a name for each");

static const char *const reach_names[] = {
	[HOST_REACH_YES] = "yes",
	[HOST_REACH_NO] = "no",
	[HOST_REACH_REFLECTED] = "if-reflected",
};
_Static_assert(ARRAY_SIZE(reach_names) == HOST_REACH_COUNT, "a name for each");

static const char *const world_names[] = {
	[WORLD_REACH_DIRECT] = "direct",   [WORLD_REACH_NAT] = "nat",
	[WORLD_REACH_ROUTED] = "routed",   [WORLD_REACH_NO] = "no",
	[WORLD_REACH_UNKNOWN] = "unknown",
};
_Static_assert(ARRAY_SIZE(world_names) == WORLD_REACH_COUNT, "a name for each");

const char *forwarder_name(enum forwarder forwarder)
{
	return forwarder_names[forwarder];
}

const char *host_reach_name(enum host_reach reach)
{
	return reach_names[reach];
}

const char *world_reach_name(enum world_reach world)
{
	return world_names[world];
}
