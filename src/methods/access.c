/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

#include "methods/access.h"
#include "util/cleanup.h"
#include "util/parse.h"

static const char group_name[] = "vifd";

/* Of those whom access.conf does not name. */
enum need {
	NEEDS_NOTHING, /* it reads: everybody may, where everybody may look */
	NEEDS_MEMBER,  /* members and root */
	NEEDS_OWNER,   /* the member who plugged the port, and root */
};

/* Which of those whom it names may call it: a row that does not say, none. */
enum listed {
	LISTED_NONE,
	LISTED_ANY,
	LISTED_RETARGETER,
	LISTED_MANAGER,
};

static const struct {
	const char *name;
	enum need need;
	enum listed listed;
} rules[] = {
	[METHOD_DEFINE_NETWORK] = { "DefineNetwork", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_DEFINE_DEFAULT_NETWORK] = { "DefineDefaultNetwork", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_UPDATE_NETWORK] = { "UpdateNetwork", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_UNDEFINE_NETWORK] = { "UndefineNetwork", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_START_NETWORK] = { "StartNetwork", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_STOP_NETWORK] = { "StopNetwork", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_SET_NETWORK_AUTOSTART] = { "SetNetworkAutostart", NEEDS_MEMBER, LISTED_MANAGER },
	[METHOD_LIST_NETWORKS] = { "ListNetworks", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_GET_NETWORK_XML] = { "GetNetworkXml", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_LIST_LEASES] = { "ListLeases", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_DEFINE_FILTER] = { "DefineFilter", NEEDS_MEMBER, LISTED_NONE },
	[METHOD_UNDEFINE_FILTER] = { "UndefineFilter", NEEDS_MEMBER, LISTED_NONE },
	[METHOD_LIST_FILTERS] = { "ListFilters", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_GET_FILTER_XML] = { "GetFilterXml", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_DEFINE_GROUP] = { "DefineGroup", NEEDS_MEMBER, LISTED_NONE },
	[METHOD_UNDEFINE_GROUP] = { "UndefineGroup", NEEDS_MEMBER, LISTED_NONE },
	[METHOD_CHANGE_GROUP_MEMBERS] = { "ChangeGroupMembers", NEEDS_MEMBER, LISTED_NONE },
	[METHOD_LIST_GROUPS] = { "ListGroups", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_GET_GROUP_XML] = { "GetGroupXml", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_PLUG] = { "Plug", NEEDS_MEMBER, LISTED_ANY },
	[METHOD_TAKE_DESCRIPTORS] = { "TakeDescriptors", NEEDS_MEMBER, LISTED_ANY },
	[METHOD_UNPLUG] = { "Unplug", NEEDS_OWNER, LISTED_ANY },
	[METHOD_RETARGET] = { "Retarget", NEEDS_OWNER, LISTED_RETARGETER },
	[METHOD_SET] = { "Set", NEEDS_OWNER, LISTED_RETARGETER },
	[METHOD_TRY_PACKET] = { "TryPacket", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_LIST_PORTS] = { "ListPorts", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_GET_PORT] = { "GetPort", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_GET_PORT_XML] = { "GetPortXml", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_GET_NETWORK_PORT_XML] = { "GetNetworkPortXml", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_CHECK] = { "Check", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_CAPABILITIES] = { "Capabilities", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_DIAGNOSE] = { "Diagnose", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_PROBE] = { "Probe", NEEDS_MEMBER, LISTED_NONE },
	[METHOD_DOCTOR] = { "Doctor", NEEDS_NOTHING, LISTED_ANY },
	[METHOD_SUBSCRIBE] = { "Subscribe", NEEDS_NOTHING, LISTED_ANY },
};
_Static_assert(ARRAY_SIZE(rules) == METHOD_COUNT, "every method has a rule");

/* --- who it is ---------------------------------------------------------------- */

static bool is_in_group(const struct caller *caller, gid_t gid)
{
	if (caller->gid == gid)
		return true;
	for (size_t i = 0; i < caller->n_groups; i++)
		if (caller->groups[i] == gid)
			return true;
	return false;
}

/* Names are looked up when they are needed: whose an id is may change while vifd runs. */
static bool is_in_group_named(const struct caller *caller, const char *name)
{
	const struct group *group;
	uint32_t id;

	if (parse_u32(name, 0, UINT32_MAX - 1, &id) == 0)
		return is_in_group(caller, id);
	group = getgrnam(name);
	return group && is_in_group(caller, group->gr_gid);
}

static bool is_user_named(const struct caller *caller, const char *name)
{
	const struct passwd *user;
	uint32_t id;

	if (parse_u32(name, 0, UINT32_MAX - 1, &id) == 0)
		return caller->uid == id;
	user = getpwnam(name);
	return user && caller->uid == user->pw_uid;
}

static void read_groups(int fd, struct caller *caller)
{
	AUTO_FREE gid_t *groups = NULL;
	socklen_t size = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return;
	groups = malloc(size);
	if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return;
	caller->n_groups = size / sizeof(*groups);
	caller->groups = take_ptr(groups);
}

/* What all sections together give; without memory, nothing. False: none is about the caller. */
static bool collect_grant(const struct caller *caller, const struct access_rules *access,
			  struct grant *ret_grant)
{
	struct grant grant = { 0 };
	bool named = false;

	for (size_t i = 0; i < access->n_sections; i++) {
		const struct access_section *section = &access->sections[i];

		if (section->is_group ? !is_in_group_named(caller, section->name)
				      : !is_user_named(caller, section->name))
			continue;
		named = true;
		if (grant_add(&grant, &section->grant) < 0) {
			grant_done(&grant);
			return false;
		}
	}
	*ret_grant = grant;
	return named;
}

static enum caller_kind find_kind(const struct caller *caller, const struct access_file *access,
				  bool is_named)
{
	const struct access_rules *named = access_file_rules(access);

	if (caller->uid == 0 || caller->uid == geteuid())
		return CALLER_ROOT;
	if (access_file_source(access) == ACCESS_UNKNOWN)
		return CALLER_STRANGER;
	if (caller->is_member && !access_rules_group(named, group_name))
		return CALLER_MEMBER;
	return is_named ? CALLER_LISTED : CALLER_STRANGER;
}

void caller_look(struct caller *caller, struct access_file *access)
{
	bool is_named;

	/* Whatever the file says. */
	if (caller->kind == CALLER_ROOT)
		return;
	access_file_look(access);
	if (caller->version == access_file_version(access))
		return;
	grant_done(&caller->grant);
	is_named = collect_grant(caller, access_file_rules(access), &caller->grant);
	caller->kind = find_kind(caller, access, is_named);
	caller->sees_all = caller->kind >= CALLER_MEMBER || caller->grant.look ||
			   access_file_source(access) == ACCESS_NO_FILE;
	caller->version = access_file_version(access);
}

void caller_of_socket(struct access_file *access, int fd, struct caller *ret_caller)
{
	struct ucred peer = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t size = sizeof(peer);
	struct caller caller;

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	caller = (struct caller){ .uid = peer.uid, .gid = peer.gid, .pid = peer.pid };
	read_groups(fd, &caller);
	caller.is_member = is_in_group_named(&caller, group_name);
	caller_look(&caller, access);
	*ret_caller = caller;
}

void caller_done(struct caller *caller)
{
	grant_done(&caller->grant);
	free(caller->groups);
	*caller = (struct caller){ 0 };
}

bool caller_may_change(const struct caller *caller)
{
	return caller->kind != CALLER_STRANGER;
}

bool caller_forces(const struct caller *caller, bool force)
{
	return force && caller->kind == CALLER_ROOT;
}

/* --- what it sees ------------------------------------------------------------- */

bool caller_sees_all(const struct caller *caller)
{
	return caller->sees_all;
}

const uid_t *caller_reader(const struct caller *caller)
{
	return caller->sees_all ? NULL : &caller->uid;
}

bool caller_sees_port(const struct caller *caller, const struct port *port)
{
	return caller->sees_all || port->owner.uid == caller->uid;
}

bool caller_sees_network(const struct caller *caller, const char *network)
{
	return caller->sees_all || grant_has_network(&caller->grant, network);
}

/* What happens to a port is its owner's to know; to a network, its users'. */
bool caller_sees_event(const struct caller *caller, const struct event *event)
{
	if (caller->sees_all)
		return true;
	if (event->port)
		return event->owner == caller->uid;
	return event->network && caller_sees_network(caller, event->network);
}

/* --- what it may call --------------------------------------------------------- */

static bool listed_may(const struct caller *caller, enum method method)
{
	switch (rules[method].listed) {
	case LISTED_ANY:
		return true;
	case LISTED_RETARGETER:
		return caller->grant.retarget;
	case LISTED_MANAGER:
		return caller->grant.manage;
	case LISTED_NONE:
	default:
		return false;
	}
}

int access_check(const struct caller *caller, enum method method, struct error *err)
{
	if (caller->kind >= CALLER_MEMBER ||
	    (rules[method].need == NEEDS_NOTHING && caller->sees_all))
		return 0;
	if (caller->kind != CALLER_LISTED)
		return error_set(err, -EPERM, ERROR_PERMISSION,
				 "%s is for root and the members of the group %s",
				 rules[method].name, group_name);
	if (listed_may(caller, method))
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION, "access.conf does not give you %s",
			 rules[method].name);
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

int access_check_network(const struct caller *caller, enum method method, const char *network,
			 struct error *err)
{
	if (caller->kind != CALLER_LISTED || rules[method].listed != LISTED_MANAGER ||
	    grant_has_network(&caller->grant, network))
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION,
			 "%s of network '%s' is not yours: access.conf does not name it for you",
			 rules[method].name, network);
}
