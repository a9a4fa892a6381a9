/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Things that vifd knows, as the records that are told of them (records.h).
 *
 * Each fills a record that begins as { 0 }; one that can fail returns 0 or
 * -ENOMEM. What the record borrows lasts until the thing changes.
 */
#pragma once

#include "life/addresses.h"
#include "methods/records.h"
#include "resolve/capabilities.h"

void describe_actual(const struct actual *actual, struct actual_record *record);
void describe_traffic(struct traffic traffic, struct traffic_record *record);

/* `addresses`: of all guests; NULL leaves them out, as does a lack of memory. */
void describe_port(const struct manager *manager, const struct port_entry *entry,
		   const struct guest_addresses *addresses, struct port_record *record);

/* How its guest's frames are checked, and what was dropped: of one port, for it asks the kernel. */
void describe_guard(struct manager *manager, const struct port_entry *entry,
		    struct port_record *record);

int describe_network(const struct manager *manager, const struct network_entry *entry,
		     struct network_record *record);

/* Whose the lease is, where it is known: of a port here. Each time all of the record is written. */
const struct port *describe_lease(const struct manager *manager, const struct dhcp_lease *lease,
				  struct lease_record *record);

/* Host interfaces of a network: all, or those that are free. NULL when out of memory. */
char **describe_devices(const struct network_capabilities *capabilities, bool only_free);

/* What the network offers. */
int describe_offer(const struct manager *manager, const struct network_entry *entry,
		   const struct network_capabilities *capabilities, struct offer_record *record);

static inline enum tristate told(bool value)
{
	return value ? TRISTATE_YES : TRISTATE_NO;
}
