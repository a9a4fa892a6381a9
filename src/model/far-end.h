/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is at the other end of a host interface, as a probe has found it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "model/mac.h"
#include "model/tristate.h"

struct far_end_station {
	struct address address;
	struct mac mac;
};

struct far_end_stations {
	struct far_end_station *items;
	size_t n;
};

enum {
	FAR_END_STATIONS_MAX = 16, /* of a kind; the wire may be full of liars */
	FAR_END_VLANS_MAX = 64,
};

struct far_end {
	uint64_t time_usec;     /* when it was learned, CLOCK_REALTIME */
	enum tristate reflects; /* a frame that came in by a port leaves by it; unset: not known */
	enum tristate second_mac; /* others than the host interface's own MAC pass */
	unsigned mtu; /* the largest IP packet that passes, there and back; 0: not known */
	struct address gateway;             /* who was asked; family 0: there is none */
	struct far_end_stations servers;    /* of DHCP */
	struct far_end_stations duplicates; /* addresses of the host's that others have too */
	uint16_t vlans[FAR_END_VLANS_MAX];  /* tags that were seen, ascending */
	size_t n_vlans;
	char *switch_name; /* as it says; NULL: it says nothing */
	char *switch_port;
	enum tristate says_reflects;
};

/* One that is there already is no second one; what is too much is left out. 0 or -ENOMEM. */
int far_end_add(struct far_end_stations *stations, const struct address *address,
		const struct mac *mac);
void far_end_add_vlan(struct far_end *far_end, unsigned vlan);
void far_end_done(struct far_end *far_end);
