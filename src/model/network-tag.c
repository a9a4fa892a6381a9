/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "model/network-tag.h"
#include "util/cleanup.h"
#include "util/parse.h"

static const char prefix[] = NETWORK_TAG_PREFIX;

static const char *const suffixes[] = {
	[NETWORK_DEVICE_RATE] = "-rate",
	[NETWORK_DEVICE_HOST] = "-host",
	[NETWORK_DEVICE_TUNNEL] = "-tunnel",
};
_Static_assert(ARRAY_SIZE(suffixes) == NETWORK_DEVICE_COUNT, "every device has its suffix");

void network_tag(const struct uuid *uuid, char tag[static NETWORK_TAG_SIZE])
{
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid, text);
	snprintf(tag, NETWORK_TAG_SIZE, "%s%s", prefix, text);
}

void network_device_tag(const struct uuid *uuid, enum network_device device,
			char tag[static NETWORK_DEVICE_TAG_SIZE])
{
	network_tag(uuid, tag);
	strcat(tag, suffixes[device]);
}

bool network_tag_parse(const char *tag, struct uuid *ret_uuid)
{
	char text[UUID_TEXT_SIZE];
	size_t length = strlen(tag);

	if (length > NETWORK_TAG_SIZE - 1 &&
	    name_index(suffixes, ARRAY_SIZE(suffixes), tag + NETWORK_TAG_SIZE - 1) >= 0)
		length = NETWORK_TAG_SIZE - 1;
	if (length != NETWORK_TAG_SIZE - 1 || strncmp(tag, prefix, strlen(prefix)) != 0)
		return false;
	memcpy(text, tag + strlen(prefix), sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return uuid_parse(text, ret_uuid) == 0;
}
