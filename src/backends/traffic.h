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
	HOST_REACH_REFLECTED, /* if the switch sends frames back where they came from */
	HOST_REACH_COUNT,
};

struct traffic {
	enum forwarder forwards;
	enum host_reach reach;
};

const char *forwarder_name(enum forwarder forwarder);
const char *host_reach_name(enum host_reach reach);
