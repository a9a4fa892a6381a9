/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which IP addresses guests have: what dnsmasq gave them, and what the host has
 * seen of them as neighbours. Collected anew for each question.
 */
#pragma once

#include "formats/dhcp-leases.h"
#include "life/manager.h"

struct guest_address {
	struct mac mac;
	struct address address;
};

struct guest_addresses {
	struct guest_address *items; /* sorted: by MAC, then by address; none twice */
	size_t n;
};

/* Of all networks that are started. What cannot be read is left out. */
void guest_addresses_collect(struct manager *manager, struct guest_addresses *ret_addresses);
void guest_addresses_done(struct guest_addresses *addresses);

/* Those of one guest: *ret_n of them from the returned one on. */
const struct guest_address *guest_addresses_find(const struct guest_addresses *addresses,
						 const struct mac *mac, size_t *ret_n);

/* The leases of one network that are not over; none for one without dnsmasq. */
int network_leases_read(const struct manager *manager, const char *network,
			struct dhcp_leases *ret_leases, struct error *err);
