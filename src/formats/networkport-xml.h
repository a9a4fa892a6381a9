/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's <networkport>: who uses a network's port, and what it is plugged into.
 *
 *	<networkport>
 *	  <uuid>…</uuid>
 *	  <owner>
 *	    <name>web</name>
 *	    <uuid>…</uuid>
 *	  </owner>
 *	  <group>engineering</group>			the portgroup that was used
 *	  <mac address='52:54:00:12:34:56'/>
 *	  <virtualport>…, <bandwidth classID='3'>…, <vlan>…
 *	  <port isolated='yes'/>
 *	  <rxfilters trustGuest='yes'/>
 *	  <plug type='direct' dev='eth1' mode='vepa'/>
 *	</networkport>
 *
 * A <plug> of type 'bridge' or 'network' has bridge= and macTableManager= instead.
 * It is valid by libvirt's networkport.rng, which requires an owner with both a
 * name and a UUID: a guest without a name is NETWORKPORT_UNKNOWN, one without a
 * UUID has the nil UUID (RFC 4122). A port that has nothing to be plugged into (it
 * waits for one of a pool) has no <plug>. A plug of type='hostdev-pci', which no
 * port of vifd has, is read, kept and given back.
 */
#pragma once

#include <stddef.h>

#include "model/kept.h"
#include "model/port.h"
#include "util/error.h"

#define NETWORKPORT_UNKNOWN "unknown"

struct networkport {
	struct uuid uuid;
	char *owner_name;
	struct uuid owner_uuid;
	struct mac mac;
	bool plugged;         /* <plug> is there, of one of the types of an actual */
	struct actual actual; /* its portgroup is <group> */
	struct kept_list kept;
	unsigned line;
};

/* Can a <networkport> describe it? Only of type network, bridge or direct, and with a MAC. */
bool port_has_networkport(const struct port *port);

/* That of a port that has one; *ret is networkport_done()'s. 0 or -ENOMEM. */
int networkport_of(const struct port *port, struct networkport *ret);

/* The <networkport> of a port that has one. As interface_to_xml(). */
int networkport_to_xml(const struct port *port, char **ret_xml, struct error *err);

/* As interface_from_xml(); *ret is networkport_done()'s. */
int networkport_from_xml(const char *text, size_t size, const char *source, struct networkport *ret,
			 struct error *err);

/* Writes what was read. */
int networkport_format(const struct networkport *networkport, char **ret_xml, struct error *err);

/* The element in which they differ, or NULL. */
const char *networkport_difference(const struct networkport *a, const struct networkport *b);

void networkport_done(struct networkport *networkport);
