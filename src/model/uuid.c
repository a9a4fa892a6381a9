/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "model/uuid.h"

static bool hyphen_before(unsigned byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/* -1: no digit. By hand: links are found by names that hold a uuid, thousands of times a second. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int uuid_parse(const char *text, struct uuid *ret_uuid)
{
	bool hyphens = strlen(text) == UUID_TEXT_SIZE - 1;
	struct uuid uuid;

	if (!hyphens && strlen(text) != 2 * sizeof(uuid.bytes))
		return -EINVAL;
	for (unsigned i = 0; i < sizeof(uuid.bytes); i++) {
		int high, low;

		if (hyphens && hyphen_before(i) && *text++ != '-')
			return -EINVAL;
		high = digit_value(*text++);
		low = high < 0 ? -1 : digit_value(*text++);
		if (low < 0)
			return -EINVAL;
		uuid.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_uuid = uuid;
	return 0;
}

void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < sizeof(uuid->bytes); i++) {
		if (hyphen_before(i))
			*text++ = '-';
		*text++ = digits[uuid->bytes[i] >> 4];
		*text++ = digits[uuid->bytes[i] & 0xf];
	}
	*text = '\0';
}

static void set_version(struct uuid *uuid, unsigned version)
{
	uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0f) | version << 4);
	uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3f) | 0x80);
}

int uuid_generate(struct uuid *ret_uuid)
{
	struct uuid uuid;

	if (getrandom(uuid.bytes, sizeof(uuid.bytes), 0) != sizeof(uuid.bytes))
		return -EIO;
	set_version(&uuid, 4);
	*ret_uuid = uuid;
	return 0;
}

/* FNV-1a of 64 bits, its state after each half. */
struct uuid uuid_of_name(const char *name)
{
	uint64_t hash = 14695981039346656037U;
	struct uuid uuid;

	for (size_t half = 0; half < 2; half++) {
		for (const char *p = name; *p; p++)
			hash = (hash ^ (uint8_t)*p) * 1099511628211U;
		memcpy(uuid.bytes + 8 * half, &hash, sizeof(hash));
	}
	set_version(&uuid, 8);
	return uuid;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}
