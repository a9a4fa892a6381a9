/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "model/network-tag.h"

static const char prefix[] = NETWORK_TAG_PREFIX;

void network_tag(const struct uuid *uuid, char tag[static NETWORK_TAG_SIZE])
{
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid, text);
	snprintf(tag, NETWORK_TAG_SIZE, "%s%s", prefix, text);
}

void network_rate_tag(const struct uuid *uuid, char tag[static NETWORK_RATE_TAG_SIZE])
{
	network_tag(uuid, tag);
	strcat(tag, NETWORK_RATE_SUFFIX);
}

bool network_tag_parse(const char *tag, struct uuid *ret_uuid)
{
	char text[UUID_TEXT_SIZE];
	size_t length = strlen(tag);

	if (length == NETWORK_RATE_TAG_SIZE - 1 &&
	    !strcmp(tag + NETWORK_TAG_SIZE - 1, NETWORK_RATE_SUFFIX))
		length = NETWORK_TAG_SIZE - 1;
	if (length != NETWORK_TAG_SIZE - 1 || strncmp(tag, prefix, strlen(prefix)) != 0)
		return false;
	snprintf(text, sizeof(text), "%s", tag + strlen(prefix));
	return uuid_parse(text, ret_uuid) == 0;
}
