/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who calls, and what they may: the only place that says so.
 *
 * Four kinds of callers, by the credentials that the kernel recorded when the client
 * connected (unix(7), SO_PEERCRED and SO_PEERGROUPS), and by access.conf:
 *
 *	root		uid 0 and vifd's own
 *	member		of the group "vifd", where access.conf has no [group vifd]
 *	listed		whom a section of access.conf is about, or several
 *	stranger	everybody else
 *
 * Each method begins with access_check(); access.c has the table of what it says. Root and
 * members see everything; a listed user his own ports and the networks that he may use; a
 * stranger nothing, but where there is no access.conf everything.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "life/manager.h"
#include "model/grant.h"
#include "model/port.h"
#include "util/error.h"

enum caller_kind {
	CALLER_STRANGER,
	CALLER_LISTED,
	CALLER_MEMBER,
	CALLER_ROOT,
	CALLER_KIND_COUNT,
};

struct caller {
	enum caller_kind kind;
	uid_t uid;
	gid_t gid;
	pid_t pid;
	/* access.c's own: */
	bool is_member; /* of the group vifd */
	bool sees_all;
	gid_t *groups; /* besides gid, */
	size_t n_groups;
	struct grant grant; /* and what all its sections give; of a listed one */
	uint64_t version;   /* of the rules that this is from */
};

/*
 * Who is at the other end of the socket, the caller's to end with caller_done(). Where the
 * kernel does not tell: a stranger.
 */
void caller_of_socket(struct access_file *access, int fd, struct caller *ret_caller);
void caller_done(struct caller *caller);

/* What the caller may is as access.conf says now. To be called before each of its calls. */
void caller_look(struct caller *caller, struct access_file *access);

/* May the caller change anything? */
bool caller_may_change(const struct caller *caller);

/* Is what the caller forces to be taken from the host? It is root's to give away. */
bool caller_forces(const struct caller *caller, bool force);

/* May the caller know of all that there is, of this port, of this network, of this event? */
bool caller_sees_all(const struct caller *caller);
/* For resolve's sentences: the caller, where it may see its own ports alone; else NULL. */
const uid_t *caller_reader(const struct caller *caller);
bool caller_sees_port(const struct caller *caller, const struct port *port);
bool caller_sees_network(const struct caller *caller, const char *network);
bool caller_sees_event(const struct caller *caller, const struct event *event);

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
	METHOD_DEFINE_FILTER,
	METHOD_UNDEFINE_FILTER,
	METHOD_LIST_FILTERS,
	METHOD_GET_FILTER_XML,
	METHOD_DEFINE_GROUP,
	METHOD_UNDEFINE_GROUP,
	METHOD_CHANGE_GROUP_MEMBERS,
	METHOD_LIST_GROUPS,
	METHOD_GET_GROUP_XML,
	METHOD_PLUG,
	METHOD_TAKE_DESCRIPTORS,
	METHOD_UNPLUG,
	METHOD_RETARGET,
	METHOD_SET,
	METHOD_TRY_PACKET,
	METHOD_LIST_PORTS,
	METHOD_GET_PORT,
	METHOD_GET_PORT_XML,
	METHOD_GET_NETWORK_PORT_XML,
	METHOD_CHECK,
	METHOD_CAPABILITIES,
	METHOD_PROBE,
	METHOD_DIAGNOSE,
	METHOD_DOCTOR,
	METHOD_SUBSCRIBE,
	METHOD_COUNT,
};

/* ERROR_PERMISSION where the caller may not call the method at all. */
int access_check(const struct caller *caller, enum method method, struct error *err);

/* The same for what is done to this port. */
int access_check_port(const struct caller *caller, enum method method, const struct port *port,
		      struct error *err);

/* The same for what is done to this network. */
int access_check_network(const struct caller *caller, enum method method, const char *network,
			 struct error *err);
