/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet socket on one link: whole Ethernet frames, in and out, past the
 * host's own stack. packet(7).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

/* It hears what comes in by the link, and does not block. The caller's to close. */
int packet_open(int ifindex, const char *name, int *ret_fd, struct error *err);

/*
 * From now on, until it is closed, the link also takes in frames for that address (multicast
 * ones too); for any. The first is what a macvlan does.
 */
int packet_take(int fd, int ifindex, const uint8_t mac[static 6]);
int packet_take_all(int fd, int ifindex);

/* 0 or -errno: -EMSGSIZE where the link is too narrow, -ENETDOWN, … */
int packet_send(int fd, const uint8_t *frame, size_t size);

/*
 * The next frame, as much of it as there is room for: its size in the room, 0: there is none.
 * A tag that the kernel took out of it is told; *ret_vlan is 0 without one.
 */
ssize_t packet_receive(int fd, uint8_t *frame, size_t room, unsigned *ret_vlan);
