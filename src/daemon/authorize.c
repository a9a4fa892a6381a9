/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <grp.h>
#include <sys/socket.h>

#include "daemon/authorize.h"
#include "util/cleanup.h"

static const char group_name[] = "vifd";

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

bool authorize_change(int socket_fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid() || peer_is_in_group(socket_fd, &peer);
}
