/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's <interface> and struct interface.
 *
 * Understood: types network, direct, bridge and ethernet, with all that says how
 * the guest is connected: mac, source, target, model, driver name and queues, link,
 * mtu, alias, virtualport, vlan, bandwidth, port, filterref, trustGuestRxFilters.
 *
 * Kept and given back: what concerns only the guest's device or the VMM (boot, rom,
 * acpi, address, the other settings of driver, …), and everything in a foreign
 * namespace. Kept as well, but not to be served without acting on it, so that
 * interface_check_served() refuses it: the other types, script, downscript,
 * backend's paths, addresses and routes, target managed='no', backenddomain.
 *
 * Forgotten on purpose: what libvirt itself writes into a live definition and never
 * reads back (portid, a network's bridge, currentAddress).
 *
 * Refused by name and line: teaming, types internal and vds, <actual>, and
 * everything unknown, because to ignore it would give the guest something else
 * than was asked for.
 *
 * Not libvirt's:
 *
 *	<source startupPolicy='optional'>	may be plugged while its host interface, pool
 *						or bridge is absent ('mandatory': may not)
 *
 * and in the namespace urn:vifd:1
 *
 *	<vif:port type='live'/>			or 'direct'; else the network's, else vifd's choice
 *	<vif:link follow='yes'/>		the guest's link goes with the host's carrier
 *	<source dev='eth0' vif:mac='…'>		type='direct': the host interface with this
 *						permanent address; dev is the name to show
 *
 * Source of names and values: libvirt's formatdomain and domaincommon.rng.
 */
#pragma once

#include <stddef.h>

#include "model/interface.h"
#include "model/port.h"
#include "util/error.h"

/*
 * Reads a document. `source` is its name for the sentences ("FILE:LINE: …"); NULL
 * gives "line LINE: …". *ret is the caller's, and passed interface_validate().
 * ERROR_INVALID_XML: not XML, another root, something required is missing.
 * ERROR_INVALID_ARGUMENT: a value out of its range.
 * ERROR_NOT_SUPPORTED: an element, attribute or value that is not served (yet).
 */
int interface_from_xml(const char *text, size_t size, const char *source, struct interface **ret,
		       struct error *err);

/* In libvirt's order and layout, ending in a line break; the caller's to free. */
int interface_to_xml(const struct interface *interface, char **ret_xml, struct error *err);

/*
 * The interface of a port as its users see it, as libvirt shows a running
 * guest's: of the type that it was resolved to, with that type's source beside
 * the network's name, its device as target, and virtualport, vlan, bandwidth, port
 * and trustGuestRxFilters as they were merged. A bridge of vifd's own is
 * type='network'. It can be read again: what the type cannot ask for is left out.
 * A port that waits for any interface of a pool is shown as it was asked for.
 */
int interface_merged_to_xml(const struct port *port, char **ret_xml, struct error *err);
