/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <grp.h>
#include <sys/socket.h>

#include "methods/access.h"
#include "util/cleanup.h"

static const char group_name[] = "vifd";

enum need {
	NEEDS_NOTHING, /* it reads: everybody may */
	NEEDS_MEMBER,  /* members and root */
	NEEDS_OWNER,   /* the member who plugged the port, and root */
};

static const struct {
	const char *name;
	enum need need;
} rules[] = {
	[METHOD_DEFINE_NETWORK] = { "DefineNetwork", NEEDS_MEMBER },
	[METHOD_DEFINE_DEFAULT_NETWORK] = { "DefineDefaultNetwork", NEEDS_MEMBER },
	[METHOD_UPDATE_NETWORK] = { "UpdateNetwork", NEEDS_MEMBER },
	[METHOD_UNDEFINE_NETWORK] = { "UndefineNetwork", NEEDS_MEMBER },
	[METHOD_START_NETWORK] = { "StartNetwork", NEEDS_MEMBER },
	[METHOD_STOP_NETWORK] = { "StopNetwork", NEEDS_MEMBER },
	[METHOD_SET_NETWORK_AUTOSTART] = { "SetNetworkAutostart", NEEDS_MEMBER },
	[METHOD_LIST_NETWORKS] = { "ListNetworks", NEEDS_NOTHING },
	[METHOD_GET_NETWORK_XML] = { "GetNetworkXml", NEEDS_NOTHING },
	[METHOD_LIST_LEASES] = { "ListLeases", NEEDS_NOTHING },
	[METHOD_PLUG] = { "Plug", NEEDS_MEMBER },
	[METHOD_TAKE_DESCRIPTORS] = { "TakeDescriptors", NEEDS_MEMBER },
	[METHOD_UNPLUG] = { "Unplug", NEEDS_OWNER },
	[METHOD_RETARGET] = { "Retarget", NEEDS_OWNER },
	[METHOD_LIST_PORTS] = { "ListPorts", NEEDS_NOTHING },
	[METHOD_GET_PORT] = { "GetPort", NEEDS_NOTHING },
	[METHOD_GET_PORT_XML] = { "GetPortXml", NEEDS_NOTHING },
	[METHOD_GET_NETWORK_PORT_XML] = { "GetNetworkPortXml", NEEDS_NOTHING },
	[METHOD_CHECK] = { "Check", NEEDS_NOTHING },
	[METHOD_CAPABILITIES] = { "Capabilities", NEEDS_NOTHING },
	[METHOD_PROBE] = { "Probe", NEEDS_MEMBER },
	[METHOD_DOCTOR] = { "Doctor", NEEDS_NOTHING },
	[METHOD_SUBSCRIBE] = { "Subscribe", NEEDS_NOTHING },
};
_Static_assert(ARRAY_SIZE(rules) == METHOD_COUNT, "every method has a rule");

static bool peer_is_in_group(int socket_fd, const struct ucred *peer)
{
	const struct group *group = getgrnam(group_name);
	AUTO_FREE gid_t *groups = NULL;
	socklen_t size = 0;

	if (!group)
		return false;
	if (peer->gid == group->gr_gid)
		return true;
	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return false;
	groups = malloc(size);
	if (!groups || getsockopt(socket_fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(*groups); i++)
		if (groups[i] == group->gr_gid)
			return true;
	return false;
}

struct caller caller_of_socket(int fd)
{
	struct ucred peer = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	enum caller_kind kind = CALLER_STRANGER;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
		if (peer.uid == 0 || peer.uid == geteuid())
			kind = CALLER_ROOT;
		else if (peer_is_in_group(fd, &peer))
			kind = CALLER_MEMBER;
	}
	return (struct caller){ kind, peer.uid, peer.gid, peer.pid };
}

bool caller_may_change(const struct caller *caller)
{
	return caller->kind != CALLER_STRANGER;
}

bool caller_forces(const struct caller *caller, bool force)
{
	return force && caller->kind == CALLER_ROOT;
}

int access_check(const struct caller *caller, enum method method, struct error *err)
{
	if (rules[method].need == NEEDS_NOTHING || caller_may_change(caller))
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION,
			 "%s is for root and the members of the group %s", rules[method].name,
			 group_name);
}

int access_check_port(const struct caller *caller, enum method method, const struct port *port,
		      struct error *err)
{
	if (rules[method].need != NEEDS_OWNER || caller->kind == CALLER_ROOT ||
	    port->owner.uid == caller->uid)
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION,
			 "%s of port %s is for root and who plugged it, the user with the id %u",
			 rules[method].name, port->name, port->owner.uid);
}
