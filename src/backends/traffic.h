/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who reaches whom over a port, in words that programs understand too. */
#pragma once

/* Who brings frames from one guest of a network to another on this host. */
enum forwarder {
	FORWARDER_KERNEL,
	FORWARDER_NIC,
	FORWARDER_SWITCH, /* outside: if it sends frames back where they came from, with vepa */
	FORWARDER_NOBODY,
	FORWARDER_COUNT,
};

/* Do the host and its guests reach each other there? */
enum host_reach {
	HOST_REACH_YES,
	HOST_REACH_NO,
	HOST_REACH_REFLECTED, /* no, unless the switch sends frames back where they came from */
	HOST_REACH_COUNT,
};

/* How does a guest reach what is outside of this host? */
enum world_reach {
	WORLD_REACH_DIRECT, /* as a machine of its own there, and it is reached */
	WORLD_REACH_NAT,    /* with the host's addresses; it is not reached */
	WORLD_REACH_ROUTED, /* by the host, and it is reached by those who have a route */
	WORLD_REACH_NO,
	WORLD_REACH_UNKNOWN, /* that is somebody else's business */
	WORLD_REACH_COUNT,
};

struct traffic {
	enum forwarder forwards;
	enum host_reach reach;
	enum world_reach world;
};

const char *forwarder_name(enum forwarder forwarder);
const char *host_reach_name(enum host_reach reach);
const char *world_reach_name(enum world_reach world);
