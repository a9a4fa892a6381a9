/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest calls itself when it asks for an address: in DHCPv6 its DUID (RFC 8415, section
 * 11), in DHCPv4 bytes of its choice (RFC 2132, 9.14).
 *
 * Text is bytes in hexadecimal between colons. It is read in either case, with or without a zero
 * in front, and also without colons where each byte has two digits, as dnsmasq reads it. It
 * is written in lower case without zeros in front, as libvirt's documents have it: so two
 * that are equal have one text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	CLIENT_ID_SIZE_MAX = 255,
	CLIENT_ID_TEXT_SIZE = 3 * CLIENT_ID_SIZE_MAX,
};

struct client_id {
	uint8_t length;
	uint8_t bytes[CLIENT_ID_SIZE_MAX];
};

int client_id_parse(const char *text, struct client_id *ret_id); /* 0 or -EINVAL */
void client_id_format(const struct client_id *id, char text[static CLIENT_ID_TEXT_SIZE]);

/*
 * Is it of one of the types that a DUID has, and as long as one of that type? 1 (LLT), 2 (EN), 3
 * (LL) of RFC 8415, 4 (UUID) of RFC 6355.
 */
bool client_id_is_duid(const struct client_id *id);
