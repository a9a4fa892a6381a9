/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What dnsmasq is told of a network: its configuration and the files that it
 * names, as text; and the leases that it writes.
 *
 * Three texts, because dnsmasq reads two of them again on SIGHUP and the first
 * one only at its start: `conf` (what needs a restart), `hosts` (DHCP hosts,
 * dhcp-hostsfile) and `names` (DNS hosts, addn-hosts).
 *
 * Source of the options: dnsmasq(8).
 */
#pragma once

#include "model/network.h"
#include "util/error.h"

/* Does the network need a dnsmasq: for DHCP, DNS, TFTP or router advertisements? */
bool dnsmasq_is_needed(const struct network *network);

struct dnsmasq_place {
	const char *bridge; /* the network's, as it is */
	const char *folder; /* where the files are: FOLDER/NAME.hosts, .names, .leases, .pid */
	const char *user;   /* whom it becomes; or NULL */
};

struct dnsmasq_texts {
	char *conf;
	char *hosts;
	char *names;
};

int dnsmasq_texts_make(const struct network *network, const struct dnsmasq_place *place,
		       struct dnsmasq_texts *ret_texts, struct error *err);
void dnsmasq_texts_done(struct dnsmasq_texts *texts);

/* One line of a lease file. */
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

/* Lines that are no lease are passed over: dnsmasq may be writing just now. 0 or -ENOMEM. */
int dhcp_leases_read(const char *text, struct dhcp_leases *ret_leases);
void dhcp_leases_done(struct dhcp_leases *leases);
