/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LLDP (IEEE 802.1AB): what a switch says of itself. Of what a frame holds, what
 * somebody who looks for the other end of a cable wants, and whether the switch
 * reflects frames: the EVB TLV of IEEE 802.1Q-2018, D.2.12.
 *
 * It is a neighbour's word, and anybody on the wire may speak so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lldp {
	char *chassis;          /* its MAC, or whatever it is called by; never NULL */
	char *port;             /* never NULL */
	char *port_description; /* or NULL */
	char *system;           /* or NULL */
	unsigned ttl_sec;       /* 0: the neighbour takes its leave */
	unsigned vlan;          /* of frames without a tag; 0: not said */
	unsigned mtu;           /* maximum frame size, in bytes; 0: not said */
	bool has_evb;
	bool can_reflect;
	bool reflects;
};

/* `payload` is what is behind the Ethernet header. 0, -EINVAL (it is none), -ENOMEM. */
int lldp_read(const uint8_t *payload, size_t size, struct lldp *ret_lldp);
void lldp_done(struct lldp *lldp);
