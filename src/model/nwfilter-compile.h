/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rules of a filter, of all filters that it refers to, and the variables of a port come
 * to: the two lists of a struct packet_filter.
 *
 * As in libvirt there are two levels, and a frame has to pass both. The link's (mac, vlan, stp,
 * arp, rarp, ip, ipv6, and rules without a protocol) has a root chain, in which rules and other
 * chains stand by priority; what is accepted there goes to the level of IP (tcp … all-ipv6),
 * one list by priority. What no rule decides on passes. Rules that accept know their
 * flows, unless they are statematch='false', for both directions, or name states of their own.
 *
 * Otherwise than there, on purpose:
 *
 *	- a tagged frame that passes the link's rules is held to those about IP by its content;
 *	- dscp= of <ip> is the DSCP, too, where libvirt compares it with the whole TOS byte;
 *	- <icmp type=> of direction='inout' holds both ways, where libvirt makes no rule of it;
 *	- connlimit-above=, ipset= are refused: the guard cannot do them;
 *	- reject drops: nobody is told by ICMP or a TCP reset.
 */
#pragma once

#include "model/nwfilter-tree.h"
#include "model/packet-filter.h"

/* Where $IP comes from that is referred to and not given: the parameter CTRL_IP_LEARNING. */
enum nwfilter_learning {
	NWFILTER_LEARNING_UNUSED, /* there is no such $IP */
	NWFILTER_LEARNING_DHCP,
	NWFILTER_LEARNING_ANY, /* and from the first ARP or IPv4 that the guest sends */
};

/*
 * 0 and *ret_filter, for packet_filter_done(). ERROR_NO_SUCH_FILTER, ERROR_INVALID_ARGUMENT or
 * ERROR_NOT_SUPPORTED name the filter and the line of the rule.
 */
int nwfilter_compile(const struct nwfilter_use *use, struct packet_filter *ret_filter,
		     enum nwfilter_learning *ret_learning, struct error *err);
