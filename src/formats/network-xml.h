/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's <network> and struct network.
 *
 * All of libvirt's is understood. Kept and given back: title, description,
 * metadata, the <driver> of a hostdev pool, and everything in a foreign namespace
 * that stands where it can be given back: in the root, in <forward>, <bridge>,
 * <mtu>, <mac>, <port>, <domain> and <dns>; elsewhere it is refused. Forgotten on
 * purpose, as libvirt does: the connections attributes, which it writes and never
 * reads, a <pf> beside a list of interfaces, and what means the same as nothing
 * (dev='', ipv6='no', an empty <dhcp>, a delay='0' of a host's bridge). Everything
 * else is refused with its line.
 *
 * That a network can be read does not say that it can be started: see
 * network_check_served().
 *
 * Not libvirt's, in the namespace urn:vifd:1:
 *
 *	<vif:port type='live'/>			or 'direct': for interfaces that say nothing
 *	<vif:pool failover='yes'/>		when the interface of a port goes, another of
 *						the pool takes it
 *	<vif:reflective-relay/>			the guests' ports (dev=: a host interface that is a
 *						port of the bridge) get back what they sent
 *	<vif:tunnel type='vxlan' id='42' remote='…'/>
 *						a network of its own is one with that of another
 *						host; port=, dev=, group=, learning=, <vif:remote>
 *	<vif:host-access address='…' prefix='…'/>
 *						mode bridge on a host interface: the host is among
 *						the guests, with this address
 *	<vif:forward proto='tcp' port='8080' to='192.168.122.10' to-port='80' address='…'/>
 *						in <forward> of mode nat or route: a port of the
 *						host (of one address of it) leads to a guest
 *	<vif:firewall open='yes'/>		what packet filters of others drop of it is let
 *						through while it is started
 *	<dns vif:hosts='yes'>			guests are answered from the host's /etc/hosts too
 *	<interface dev='eth0' vif:mac='…'>	the one with this permanent address; dev is
 *						the name to show
 *
 * Source of names, values and rules: libvirt's formatnetwork and network.rng.
 */
#pragma once

#include <stddef.h>

#include "model/network.h"
#include "util/error.h"

/* As interface_from_xml(); *ret passed network_validate(), and may have no uuid. */
int network_from_xml(const char *text, size_t size, const char *source, struct network **ret,
		     struct error *err);

/* As interface_to_xml(). The pool's first interface is <forward dev=> too, as in libvirt. */
int network_to_xml(const struct network *network, char **ret_xml, struct error *err);

/* A copy of all of it. Its lines are those of the canonical form, network_to_xml(). */
int network_copy(const struct network *network, struct network **ret_copy, struct error *err);
