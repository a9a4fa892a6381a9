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

bool network_tag_parse(const char *tag, struct uuid *ret_uuid)
{
	return !strncmp(tag, prefix, strlen(prefix)) && strlen(tag) == NETWORK_TAG_SIZE - 1 &&
	       uuid_parse(tag + strlen(prefix), ret_uuid) == 0;
}
