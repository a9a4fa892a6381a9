/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "model/mac.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int mac_parse(const char *text, struct mac *ret_mac)
{
	struct mac mac;

	if (strlen(text) != MAC_TEXT_SIZE - 1)
		return -EINVAL;
	for (unsigned i = 0; i < 6; i++) {
		int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
			return -EINVAL;
		mac.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_mac = mac;
	return 0;
}

int mac_parse_device(const char *text, struct mac *ret_mac)
{
	struct mac mac;

	if (mac_parse(text, &mac) < 0 || mac_is_multicast(&mac) || mac_is_zero(&mac))
		return -EINVAL;
	*ret_mac = mac;
	return 0;
}

void mac_format(const struct mac *mac, char text[static MAC_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < sizeof(mac->bytes); i++) {
		*text++ = digits[mac->bytes[i] >> 4];
		*text++ = digits[mac->bytes[i] & 0xf];
		*text++ = ':';
	}
	text[-1] = '\0';
}

bool mac_is_multicast(const struct mac *mac)
{
	return mac->bytes[0] & 1;
}

bool mac_is_zero(const struct mac *mac)
{
	return mac_equal(mac, &(struct mac){ 0 });
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int mac_generate(struct mac *ret_mac)
{
	struct mac mac = { { 0x52, 0x54, 0x00 } };

	if (getrandom(mac.bytes + 3, 3, 0) != 3)
		return -EIO;
	*ret_mac = mac;
	return 0;
}

struct mac mac_of_tap(const struct mac *guest)
{
	struct mac mac = *guest;

	mac.bytes[0] = guest->bytes[0] == 0xfe ? 0xfa : 0xfe;
	return mac;
}
