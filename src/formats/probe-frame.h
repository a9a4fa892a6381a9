/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frames with which the other end of a link is tried, and the answers to
 * them: ARP (RFC 826, and 5227 where nobody is to learn the sender), DHCP's
 * DISCOVER and INFORM (RFC 2131), ICMP's echo (RFC 792), and one of our own with a number
 * in it, that a switch may send back to where it came from.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/address.h"
#include "model/mac.h"

enum {
	PROBE_FRAME_SIZE = 600,  /* bytes; room for any but an echo */
	PROBE_HEADERS_SIZE = 64, /* bytes; frame_read() needs no more of an echo */
	PROBE_ETHERNET_SIZE = 14,
};

/* They fill `frame`, which has PROBE_FRAME_SIZE, and answer the size of the whole. */

/* Who has `target`? `sender`: unspecified, so that nobody learns it, or the asker's own. */
size_t probe_frame_arp(uint8_t *frame, const struct mac *from, const struct address *sender,
		       const struct address *target);
size_t probe_frame_discover(uint8_t *frame, const struct mac *from, uint32_t id);
size_t probe_frame_inform(uint8_t *frame, const struct mac *from, const struct address *own,
			  uint32_t id);
size_t probe_frame_mark(uint8_t *frame, const struct mac *from, const struct mac *to,
			uint64_t number);

/* `size`: of the IPv4 packet, at least 28; `frame` has room for it and PROBE_ETHERNET_SIZE. */
size_t probe_frame_echo(uint8_t *frame, const struct mac *from, const struct mac *to,
			const struct address *source, const struct address *destination,
			uint16_t id, unsigned size);

enum probe_answer_kind {
	PROBE_ANSWER_ARP,  /* to `to`: address is at mac */
	PROBE_ANSWER_DHCP, /* for `to`, of the server `address` */
	PROBE_ANSWER_ECHO, /* id, size of the packet */
	PROBE_ANSWER_MARK, /* to `to`: number */
	PROBE_ANSWER_LLDP, /* payload */
};

struct probe_answer {
	enum probe_answer_kind kind;
	struct mac from, to; /* Ethernet's; of DHCP, `to` is the client's */
	struct mac mac;
	struct address address;
	uint32_t id;
	uint64_t number;
	unsigned size;
	const uint8_t *payload; /* within the frame */
	size_t payload_size;
};

/* False: it is none. Of an echo the beginning is enough. */
bool probe_answer_read(const uint8_t *frame, size_t size, struct probe_answer *ret_answer);
