/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq's lease file: which guest has which address until when.
 *
 * The file is written by a process that talks to guests and has no privileges,
 * so nothing in it is believed further than its form: a name has the characters
 * of host names only, a client id those of hexadecimal bytes.
 *
 * Source of the form: dnsmasq's lease.c. A line is
 *
 *	EXPIRY MAC ADDRESS NAME CLIENT-ID	of IPv4
 *	duid DUID				the server's own; IPv6 follows
 *	EXPIRY IAID ADDRESS NAME DUID		of IPv6
 *
 * A missing name or client id is `*`. A MAC that is not Ethernet's has its type in
 * front, and the IAID of a temporary address a T.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "model/mac.h"

enum {
	DHCP_LEASES_SIZE_MAX = 16 * 1024 *
			       1024, /* bytes; what a reader of the file should ask for */
	DHCP_LEASES_MAX = 65536,
};

struct dhcp_lease {
	uint64_t expiry; /* seconds since the epoch; 0: never */
	struct mac mac;
	bool has_mac; /* an IPv6 lease has none, but a DUID as client id */
	struct address address;
	char *name;      /* what the guest calls itself; or NULL */
	char *client_id; /* or NULL */
};

struct dhcp_leases {
	struct dhcp_lease *items;
	size_t n;
};

/*
 * Lines that are no lease are passed over: dnsmasq may be writing just now. So
 * are leases behind the first DHCP_LEASES_MAX. 0 or -ENOMEM.
 */
int dhcp_leases_read(const char *text, struct dhcp_leases *ret_leases);
void dhcp_leases_done(struct dhcp_leases *leases);
