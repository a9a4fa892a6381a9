/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "model/uuid.h"

static bool hyphen_before(unsigned byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int uuid_parse(const char *text, struct uuid *ret_uuid)
{
	bool hyphens = strlen(text) == UUID_TEXT_SIZE - 1;
	struct uuid uuid;

	if (!hyphens && strlen(text) != 2 * sizeof(uuid.bytes))
		return -EINVAL;
	for (unsigned i = 0; i < sizeof(uuid.bytes); i++) {
		char pair[3];

		if (hyphens && hyphen_before(i) && *text++ != '-')
			return -EINVAL;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return -EINVAL;
		memcpy(pair, text, 2);
		pair[2] = '\0';
		uuid.bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		text += 2;
	}
	*ret_uuid = uuid;
	return 0;
}

void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE])
{
	for (unsigned i = 0; i < sizeof(uuid->bytes); i++) {
		if (hyphen_before(i))
			*text++ = '-';
		text += sprintf(text, "%02x", uuid->bytes[i]);
	}
}

int uuid_generate(struct uuid *ret_uuid)
{
	struct uuid uuid;

	if (getrandom(uuid.bytes, sizeof(uuid.bytes), 0) != sizeof(uuid.bytes))
		return -EIO;
	uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
	uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
	*ret_uuid = uuid;
	return 0;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}
