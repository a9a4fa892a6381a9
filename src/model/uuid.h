/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UUIDs (RFC 4122). Text is written with hyphens and in lower case; it is read
 * in either case, with hyphens at the usual places or with none.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	UUID_TEXT_SIZE = sizeof("00000000-0000-0000-0000-000000000000"),
};

struct uuid {
	uint8_t bytes[16];
};

int uuid_parse(const char *text, struct uuid *ret_uuid); /* 0 or -EINVAL */
void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE]);
int uuid_generate(struct uuid *ret_uuid);   /* version 4; 0 or -errno */
struct uuid uuid_of_name(const char *name); /* version 8 (RFC 9562); always the same one */
bool uuid_equal(const struct uuid *a, const struct uuid *b);
