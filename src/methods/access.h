/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who calls, and what they may: the only place that says so.
 *
 * Three kinds of callers, by the credentials that the kernel recorded when the
 * client connected (unix(7), SO_PEERCRED and SO_PEERGROUPS):
 *
 *	root		uid 0 and vifd's own
 *	member		of the group "vifd"
 *	stranger	everybody else
 *
 * Each method begins with access_check(); access.c has the table of what it says.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "model/port.h"
#include "util/error.h"

enum caller_kind {
	CALLER_STRANGER,
	CALLER_MEMBER,
	CALLER_ROOT,
};

struct caller {
	enum caller_kind kind;
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* Who is at the other end of the socket. Where the kernel does not tell: a stranger. */
struct caller caller_of_socket(int fd);

/* May the caller change anything? */
bool caller_may_change(const struct caller *caller);

/* Is what the caller forces to be taken from the host? It is root's to give away. */
bool caller_forces(const struct caller *caller, bool force);

enum method {
	METHOD_DEFINE_NETWORK,
	METHOD_DEFINE_DEFAULT_NETWORK,
	METHOD_UPDATE_NETWORK,
	METHOD_UNDEFINE_NETWORK,
	METHOD_START_NETWORK,
	METHOD_STOP_NETWORK,
	METHOD_SET_NETWORK_AUTOSTART,
	METHOD_LIST_NETWORKS,
	METHOD_GET_NETWORK_XML,
	METHOD_LIST_LEASES,
	METHOD_PLUG,
	METHOD_TAKE_DESCRIPTORS,
	METHOD_UNPLUG,
	METHOD_RETARGET,
	METHOD_LIST_PORTS,
	METHOD_GET_PORT,
	METHOD_GET_PORT_XML,
	METHOD_GET_NETWORK_PORT_XML,
	METHOD_CHECK,
	METHOD_CAPABILITIES,
	METHOD_PROBE,
	METHOD_DOCTOR,
	METHOD_SUBSCRIBE,
	METHOD_COUNT,
};

/* ERROR_PERMISSION where the caller may not call the method at all. */
int access_check(const struct caller *caller, enum method method, struct error *err);

/* The same for what is done to this port. */
int access_check_port(const struct caller *caller, enum method method, const struct port *port,
		      struct error *err);
