/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ethernet addresses. Text is six hexadecimal pairs with colons; it is read
 * in either case and written in lower case.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	MAC_TEXT_SIZE = sizeof("00:00:00:00:00:00"),
};

struct mac {
	uint8_t bytes[6];
};

/* 0 or -EINVAL. Multicast and zero addresses parse: ask the predicates. */
int mac_parse(const char *text, struct mac *ret_mac);

/* As mac_parse(), and -EINVAL for what no device has: the zero address, a multicast one. */
int mac_parse_device(const char *text, struct mac *ret_mac);

void mac_format(const struct mac *mac, char text[static MAC_TEXT_SIZE]);

bool mac_is_multicast(const struct mac *mac);
bool mac_is_zero(const struct mac *mac);
bool mac_equal(const struct mac *a, const struct mac *b);

/* A random address under 52:54:00, the prefix that QEMU and libvirt use for guests. 0 or -errno. */
int mac_generate(struct mac *ret_mac);

/*
 * The address of the host's end of a guest's tap: the guest's with the first
 * byte 0xfe (0xfa where the guest's own is 0xfe). High, so that a bridge never
 * takes it for its own (libvirt does the same).
 */
struct mac mac_of_tap(const struct mac *guest);
