/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/address.h"

int address_parse(const char *text, struct address *ret_address)
{
	struct address address = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(address.family, text, address.bytes) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}

void address_format(const struct address *address, char text[static ADDRESS_TEXT_SIZE])
{
	if (!address->family ||
	    !inet_ntop(address->family, address->bytes, text, ADDRESS_TEXT_SIZE))
		*text = '\0';
}

const char *address_family_name(int family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

unsigned address_bits(const struct address *address)
{
	return address->family == AF_INET6 ? 128 : 32;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && address_compare(a, b) == 0;
}

int address_compare(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, address_bits(a) / 8);
}

bool address_is_unspecified(const struct address *address)
{
	struct address none = { .family = address->family };

	return address_equal(address, &none);
}

bool address_is_loopback(const struct address *address)
{
	struct address loopback;

	if (address->family == AF_INET)
		return address->bytes[0] == 127;
	return address_parse("::1", &loopback) == 0 && address_equal(address, &loopback);
}

bool address_is_multicast(const struct address *address)
{
	if (address->family == AF_INET)
		return (address->bytes[0] & 0xf0) == 0xe0;
	return address->bytes[0] == 0xff;
}

/* The bits of byte i that lie within the prefix. */
static uint8_t mask_byte(unsigned prefix, unsigned i)
{
	if (prefix >= 8 * (i + 1))
		return 0xff;
	return prefix > 8 * i ? (uint8_t)(0xff00U >> (prefix - 8 * i)) : 0;
}

struct address address_mask(int family, unsigned prefix)
{
	struct address mask = { .family = family };

	for (unsigned i = 0; i < address_bits(&mask) / 8; i++)
		mask.bytes[i] = mask_byte(prefix, i);
	return mask;
}

int address_mask_prefix(const struct address *mask, unsigned *ret_prefix)
{
	for (unsigned prefix = 0; prefix <= address_bits(mask); prefix++) {
		struct address candidate = address_mask(mask->family, prefix);

		if (address_equal(&candidate, mask)) {
			*ret_prefix = prefix;
			return 0;
		}
	}
	return -EINVAL;
}

struct address address_network(const struct address *address, unsigned prefix)
{
	struct address network = *address;

	for (unsigned i = 0; i < address_bits(address) / 8; i++)
		network.bytes[i] &= mask_byte(prefix, i);
	return network;
}

struct address address_broadcast(const struct address *address, unsigned prefix)
{
	struct address broadcast = *address;

	for (unsigned i = 0; i < address_bits(address) / 8; i++)
		broadcast.bytes[i] |= (uint8_t)~mask_byte(prefix, i);
	return broadcast;
}

bool address_in(const struct address *address, const struct address *network, unsigned prefix)
{
	struct address a, b;

	if (address->family != network->family)
		return false;
	a = address_network(address, prefix);
	b = address_network(network, prefix);
	return address_equal(&a, &b);
}

struct subnet_text subnet_text(const struct address *address, unsigned prefix)
{
	struct address network = address_network(address, prefix);
	char text[ADDRESS_TEXT_SIZE];
	struct subnet_text subnet;

	address_format(&network, text);
	snprintf(subnet.text, sizeof(subnet.text), "%s/%u", text, prefix);
	return subnet;
}

bool subnet_overlap(const struct address *a, unsigned prefix_a, const struct address *b,
		    unsigned prefix_b)
{
	return address_in(a, b, prefix_a < prefix_b ? prefix_a : prefix_b);
}
