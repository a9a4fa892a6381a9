/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SPEC: an interface in one word of a command line.
 *
 *	network=red,portgroup=engineering
 *	dev=eth0,mode=bridge,mac=52:54:00:12:34:56,queues=4
 *	bridge=br0,target=web0,link=down,wait
 *	ethernet,mtu=9000
 *
 * Comma separated key=value, each key once, in any order. The source is exactly
 * one of network= (with portgroup=), dev= (with mode=vepa|bridge|private|
 * passthrough, default vepa, and dev-mac=, its permanent address), bridge= and
 * the bare word ethernet. The rest is mac= target= model= queues=
 * driver=qemu|vhost mtu= link=up|down alias= type=live|direct vlan=TAG security= group=
 * (no, mac, learn, or addresses: 10.7.0.2+2001:db8::/64; formats/security.h)
 * inbound= outbound= (average[,peak[,burst[,floor]]]; formats/bandwidth.h) and four bare
 * words: isolated (<port isolated='yes'/>), trust (trustGuestRxFilters='yes'),
 * wait (startupPolicy='optional': the source may be absent) and follow-link (the
 * guest's link goes with the host's carrier). A value holds no comma but
 * those between numbers; what needs one is said in XML.
 */
#pragma once

#include "model/interface.h"
#include "util/error.h"

/*
 * *ret is the caller's, and passed interface_validate(). Errors are
 * ERROR_INVALID_ARGUMENT and begin with "'SPEC': ".
 */
int interface_from_spec(const char *spec, struct interface **ret, struct error *err);
