/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames: made, sent and seen at both ends of what is under test.
 *
 * A guest's end is a queue (a tap's or macvtap's fd), a link's end is a packet
 * socket. Both take and give the same struct frame, so that a test can compare
 * what was sent with what came. Frames that neither guest nor peer sent (a
 * host's own) are skipped. All of these end the test where they fail.
 */
#pragma once

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_SIZE_MAX = 65550,
	FRAME_TYPE = 0x88b5, /* EtherType for experiments, IEEE 802 */
};

/* The guest's address, one at the far end of the wire, and others. */
extern const uint8_t frame_guest[6], frame_peer[6], frame_stranger[6];
extern const uint8_t frame_broadcast[6], frame_multicast[6];

struct frame {
	struct virtio_net_hdr vnet;
	size_t size;
	uint8_t bytes[FRAME_SIZE_MAX];
};

/* size bytes in all, numbered, of FRAME_TYPE behind so many VLAN tags (0 to 2). */
void frame_make(struct frame *frame, const uint8_t *to, const uint8_t *from, unsigned n_tags,
		size_t size, uint32_t number);

/* A TCP segment of size bytes for the receiver to cut into pieces, its checksum not done. */
void frame_make_gso(struct frame *frame, const uint8_t *to, const uint8_t *from, size_t size);

/*
 * A packet socket in the thread's network namespace, of what comes in on the
 * link. The second sees only what the link hands to the host's stack, which
 * is nothing as long as somebody takes all of it before.
 */
int frames_open(const char *link);
int frames_open_stack(const char *link);

/* How many has the socket seen since the last call, read or not? */
unsigned frames_count(int socket);

/* header: bytes of the vnet header of this queue; 0 = none. */
void queue_send(int queue, int header, const struct frame *frame);
bool queue_receive(int queue, int header, struct frame *ret_frame); /* within a second */
void link_send(int socket, const struct frame *frame);
bool link_receive(int socket, struct frame *ret_frame); /* within a second */

/* Is nothing there, for a fifth of a second? */
bool queue_is_silent(int queue, int header);
bool link_is_silent(int socket);

/* As a VMM does: header size, offloads, no limit of what it has under way. */
void queue_setup(int queue, int header);
