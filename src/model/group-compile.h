/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the groups of a port come to: the two lists of a struct packet_filter, which drop what no
 * rule lets pass.
 *
 * Passing are, in this order: what belongs to a flow that was let pass, and ICMP errors about
 * one; ARP and RARP, neighbour discovery and multicast membership, and the guest's DHCP, without
 * which it had no network; then what a rule of a group allows, which begins a flow. Port
 * security is asked before all of this.
 *
 * Source of what always passes: OpenStack Neutron's security groups.
 */
#pragma once

#include "model/group.h"
#include "model/packet-filter.h"

/* Who dropped it, where no rule of a group did: names of rules, beside "GROUP:LINE". */
#define GROUP_DROPS_IN "in-default"
#define GROUP_DROPS_OUT "out-default"
#define GROUP_DROPS_INVALID "invalid"

/*
 * 0 and *ret_filter, for packet_filter_done(). ERROR_NO_SUCH_GROUP names the group that does not
 * exist, and the one that refers to it.
 */
int group_compile(char *const *names, size_t n_names, group_find_func *find, void *userdata,
		  struct packet_filter *ret_filter, struct error *err);
