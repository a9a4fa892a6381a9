/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record of a port, as it lies in the runtime folder:
 *
 *	<port>
 *	  <name>vif0</name>
 *	  <uuid>…</uuid>
 *	  <state>connected</state>
 *	  <reason>…</reason>				a waiting or failed one
 *	  <type>live</type>				or direct
 *	  <side>3</side>				of a live one; none is 0
 *	  <owner guest='web' uuid='…' pid='4711' start='98765'	what is known of it; who
 *	   uid='1000' device-uid='1000'/>		plugged it, and who may open its device,
 *							where those are not root
 *	  <by-name/>					the VMM opens the device by name
 *	  <vhost/>					it has vhost-net fds
 *	  <qmp>/run/web.qmp</qmp>			the VMM's QMP socket
 *	  <networkport>…</networkport>			formats/networkport-xml.h
 *	  <interface type='network'>
 *	    <source network='red'/>
 *	    <actual type='direct'>			as soon as it is resolved
 *	      <source dev='eth1' mode='bridge'/>	no dev: it waits for one of the pool
 *	    </actual>
 *	    …
 *
 * <actual> has libvirt's form (formats/interface-actual.c). Unlike a definition a
 * record is vifd's own: what it does not know makes the record a foreign one, and
 * nothing is kept outside of <interface>.
 *
 * Each fact has one source: vifd's own elements, <interface> and <actual> are
 * believed. <networkport>, for libvirt's tools and for people, is written
 * from them where the interface is of type network, direct or bridge. It may be
 * absent. One that says anything else than the rest makes the record a torn one, which
 * is refused with the element that differs.
 */
#pragma once

#include <stddef.h>

#include "model/port.h"
#include "util/error.h"

/* As interface_to_xml(). */
int port_to_xml(const struct port *port, char **ret_xml, struct error *err);

/* As interface_from_xml(); *ret has an interface, and an actual where the record has one. */
int port_from_xml(const char *text, size_t size, const char *source, struct port **ret,
		  struct error *err);
