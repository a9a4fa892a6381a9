/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/client-id.h"
#include "util/cleanup.h"

/* One byte of one or two digits; the caller has looked at them. */
static int add_byte(struct client_id *id, const char *digits, size_t n)
{
	char text[3] = { digits[0], n > 1 ? digits[1] : '\0' };

	if (id->length == CLIENT_ID_SIZE_MAX)
		return -EINVAL;
	id->bytes[id->length++] = (uint8_t)strtoul(text, NULL, 16);
	return 0;
}

/* The digits between two colons: a byte, or several of two digits each. */
static int add_group(struct client_id *id, const char *digits, size_t n)
{
	int r = 0;

	if (n == 0 || (n > 2 && n % 2 != 0))
		return -EINVAL;
	for (size_t i = 0; i < n && r == 0; i += 2)
		r = add_byte(id, digits + i, n);
	return r;
}

int client_id_parse(const char *text, struct client_id *ret_id)
{
	struct client_id id = { 0 };

	for (;; text++) {
		size_t n = strspn(text, "0123456789abcdefABCDEF");

		if (add_group(&id, text, n) < 0)
			return -EINVAL;
		text += n;
		if (!*text)
			break;
		if (*text != ':')
			return -EINVAL;
	}
	*ret_id = id;
	return 0;
}

void client_id_format(const struct client_id *id, char text[static CLIENT_ID_TEXT_SIZE])
{
	char *end = text + CLIENT_ID_TEXT_SIZE;

	*text = '\0';
	for (unsigned i = 0; i < id->length; i++)
		text += snprintf(text, (size_t)(end - text), "%s%x", i ? ":" : "", id->bytes[i]);
}

bool client_id_is_duid(const struct client_id *id)
{
	enum {
		LONGEST = 2 + 128,
	};
	/* How many bytes a DUID of each type has, from … to. */
	static const struct {
		unsigned min, max;
	} sizes[] = {
		[1] = { 2 + 2 + 4 + 1, LONGEST }, /* hardware type, time, address */
		[2] = { 2 + 4 + 1, LONGEST },     /* enterprise, identifier */
		[3] = { 2 + 2 + 1, LONGEST },     /* hardware type, address */
		[4] = { 2 + 16, 2 + 16 },
	};
	unsigned type;

	if (id->length < 2)
		return false;
	type = id->bytes[0] * 256U + id->bytes[1];
	return type >= 1 && type < ARRAY_SIZE(sizes) && id->length >= sizes[type].min &&
	       id->length <= sizes[type].max;
}
