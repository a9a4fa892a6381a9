/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has become of a port: taken over into its entry, and told as an event where it is news.
 */
#pragma once

#include "life/manager.h"
#include "resolve/resolve.h"

/*
 * The port is on this host as the resolution, which was applied, says: takes
 * over its actual and state. Where `cause` is not NULL it has come to the
 * host's network, again or elsewhere: the switches are told too. Is the record
 * another than before? Then it is written.
 */
bool settle_port(struct manager *manager, struct port_entry *entry, struct resolution *resolution,
		 const char *cause);

/* Tells when what the port stands on has taken its guest's MAC address. */
void settle_mac(struct manager *manager, struct port_entry *entry);

void settle_failed(struct manager *manager, struct port_entry *entry, const char *why);

/* The port is new, and its record says what it is. */
void settle_plugged(struct manager *manager, struct port_entry *entry,
		    const struct resolution *resolution);

/* The port was retargeted, its record says where to: tells, also how long that cut it off. */
void settle_moved(struct manager *manager, struct port_entry *entry,
		  const struct resolution *resolution, uint64_t outage_usec);
