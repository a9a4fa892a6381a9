/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IP addresses and the subnets that they lie in; IPv4 (RFC 791) and IPv6 (RFC
 * 4291). Copied by assignment; family 0 is unset.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	ADDRESS_TEXT_SIZE = INET6_ADDRSTRLEN,
};

struct address {
	int family;        /* AF_INET, AF_INET6, or 0 */
	uint8_t bytes[16]; /* in the order of the net; IPv4 has the first four */
};

int address_parse(const char *text, struct address *ret_address); /* 0 or -EINVAL */
void address_format(const struct address *address, char text[static ADDRESS_TEXT_SIZE]);
bool address_equal(const struct address *a, const struct address *b);
const char *address_family_name(int family); /* "IPv4" or "IPv6" */
/* Of one family: as memcmp(3), in the order of the net. */
int address_compare(const struct address *a, const struct address *b);
bool address_is_unspecified(const struct address *address); /* 0.0.0.0, :: */
bool address_is_loopback(const struct address *address);    /* 127.0.0.0/8, ::1 */
bool address_is_multicast(const struct address *address);   /* 224.0.0.0/4, ff00::/8 */
unsigned address_bits(const struct address *address);       /* 32 or 128 */

/* A prefix of a netmask (255.255.255.0 is 24); -EINVAL for one with holes. */
int address_mask_prefix(const struct address *mask, unsigned *ret_prefix);
struct address address_mask(int family, unsigned prefix);
struct address address_network(const struct address *address, unsigned prefix);
struct address address_broadcast(const struct address *address,
				 unsigned prefix); /* all host bits set */
bool address_in(const struct address *address, const struct address *network, unsigned prefix);

struct subnet_text {
	char text[ADDRESS_TEXT_SIZE + sizeof("/128")];
};

/* The subnet that the address lies in, for sentences: "192.168.122.0/24". */
struct subnet_text subnet_text(const struct address *address, unsigned prefix);
/* Have the two subnets an address in common? False for different families. */
bool subnet_overlap(const struct address *a, unsigned prefix_a, const struct address *b,
		    unsigned prefix_b);
