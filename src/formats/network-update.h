/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing a part of a network: libvirt's virNetworkUpdate, `virsh net-update`.
 *
 * A fragment is one element of a section. What is matched, by section:
 *
 *	forward-interface	<interface>	dev
 *	forward			<vif:forward>	proto, port, and what else it has of address and to
 *	portgroup		<portgroup>	name
 *	ip-dhcp-host		<host>		mac, id, name or ip: whichever of them it has
 *	ip-dhcp-range		<range>		start and end
 *	dns-host		<host>		ip, or a hostname
 *	dns-txt			<txt>		name
 *	dns-srv			<srv>		service, protocol and what else it has
 *
 * add: it must not be there; modify, delete: it must. The others of libvirt's
 * sections (bridge, domain, ip, forward-pf) cannot be changed so, and its
 * `forward` has another meaning here: one port of the host that leads to a
 * guest. That element may be without its namespace.
 */
#pragma once

#include <stddef.h>

#include "model/network.h"
#include "util/error.h"

enum update_command {
	UPDATE_ADD_LAST,
	UPDATE_ADD_FIRST,
	UPDATE_MODIFY,
	UPDATE_DELETE,
	UPDATE_COMMAND_COUNT,
};

enum update_section {
	UPDATE_FORWARD_INTERFACE,
	UPDATE_FORWARD,
	UPDATE_PORTGROUP,
	UPDATE_IP_DHCP_HOST,
	UPDATE_IP_DHCP_RANGE,
	UPDATE_DNS_HOST,
	UPDATE_DNS_TXT,
	UPDATE_DNS_SRV,
	UPDATE_SECTION_COUNT,
};

/*
 * virsh's words: "add" (and "add-last"), "add-first", "modify", "delete"; sections are
 * "portgroup" and so on. 0 or -EINVAL.
 */
int update_command_parse(const char *text, enum update_command *ret_command);
int update_section_parse(const char *text, enum update_section *ret_section);
const char *update_command_name(enum update_command command);
const char *update_section_name(enum update_section section);

struct network_update {
	enum update_command command;
	enum update_section section;
	int parent_index; /* which <ip>, of those that can have it; -1: the only or evident one */
	const char *xml;
	const char *source; /* for sentences */
};

/*
 * Changes the network, which is valid afterwards; or fails, and then it may be
 * half changed: work on a copy. *ret_key (or NULL) is what was meant, for
 * sentences and for questions of use: a device's name, a portgroup's; the caller's.
 */
int network_update(struct network *network, const struct network_update *update, char **ret_key,
		   struct error *err);
