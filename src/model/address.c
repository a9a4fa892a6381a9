/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
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
	if (!inet_ntop(address->family, address->bytes, text, ADDRESS_TEXT_SIZE))
		*text = '\0';
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && address_compare(a, b) == 0;
}

int address_compare(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, address_bits(a) / 8);
}

unsigned address_bits(const struct address *address)
{
	return address->family == AF_INET6 ? 128 : 32;
}

struct address address_mask(int family, unsigned prefix)
{
	struct address mask = { .family = family };

	for (unsigned bit = 0; bit < prefix && bit < address_bits(&mask); bit++)
		mask.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return mask;
}

struct address address_network(const struct address *address, unsigned prefix)
{
	struct address mask = address_mask(address->family, prefix), network = *address;

	for (size_t i = 0; i < sizeof(network.bytes); i++)
		network.bytes[i] &= mask.bytes[i];
	return network;
}

bool address_in(const struct address *address, const struct address *network, unsigned prefix)
{
	struct address a, b;

	if (address->family != network->family)
		return false;
	a = address_network(address, prefix);
	b = address_network(network, prefix);
	return address_compare(&a, &b) == 0;
}

bool subnet_overlap(const struct address *a, unsigned prefix_a, const struct address *b,
		    unsigned prefix_b)
{
	return address_in(a, b, prefix_a < prefix_b ? prefix_a : prefix_b);
}
