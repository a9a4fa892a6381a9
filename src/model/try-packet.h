/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet in words, to ask what would become of it at a port:
 *
 *	[in|out] PROTOCOL [from ADDRESS] [to ADDRESS] [port N] [source-port N] [type N [code N]]
 *
 * "in" is to the guest. Where neither is said: with "from" alone it is in, with "to" alone it is
 * out; with both one of them has to be the guest's own address.
 */
#pragma once

#include "model/group.h"
#include "model/mac.h"
#include "model/vlan.h"

struct try_packet {
	struct address remote, own; /* the guest's; family 0: not said */
	int protocol;
	int type, code;
	uint16_t port, source_port;
	bool in;
};

enum {
	TRY_FRAME_SIZE = 128,
};

/* own: addresses that are the guest's; may be none. ERROR_INVALID_ARGUMENT. */
int try_packet_read(const char *words, const struct address *own, size_t n_own,
		    struct try_packet *ret_packet, struct error *err);

/* As it was understood: "in: tcp from 10.0.0.1 to 10.7.0.2 port 22". */
void try_packet_print(const struct try_packet *packet, struct text *text);

/* The frame, as it lies where the port's guard sees it. Returns its size. */
size_t try_packet_frame(const struct try_packet *packet, const struct mac *guest,
			const struct vlan *vlan, uint8_t bytes[static TRY_FRAME_SIZE]);
