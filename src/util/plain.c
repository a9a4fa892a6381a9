/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "util/plain.h"
#include "util/text.h"

/* RFC 3629, by the number of bytes that follow the first. */
static const struct {
	uint8_t mask, lead;
	uint32_t least; /* a smaller one has a shorter form, which is the right one */
} forms[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

static bool is_scalar(uint32_t c, unsigned form)
{
	return c >= forms[form].least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* The character at the text's begin, and how many bytes it has; 0 where that is none. */
static unsigned decode(const char *text, uint32_t *ret_character)
{
	const uint8_t *bytes = (const uint8_t *)text;
	unsigned form = 0;
	uint32_t c;

	while (form < ARRAY_SIZE(forms) && (bytes[0] & forms[form].mask) != forms[form].lead)
		form++;
	if (form == ARRAY_SIZE(forms))
		return 0;
	c = bytes[0] & (uint8_t)~forms[form].mask;
	for (unsigned i = 1; i <= form; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (!is_scalar(c, form))
		return 0;
	*ret_character = c;
	return form + 1;
}

static const struct {
	uint32_t first, last;
} obeyed[] = {
	{ 0x01, 0x1f },                         /* C0 */
	{ 0x7f, 0x9f },                         /* DEL, C1 */
	{ 0x061c, 0x061c },                     /* directions */
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, /* line and paragraph; directions */
	{ 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, /* byte order */
};

static bool is_obeyed(uint32_t c, const char *allowed)
{
	if (c < 0x20 && strchr(allowed, (int)c))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(obeyed); i++)
		if (c >= obeyed[i].first && c <= obeyed[i].last)
			return true;
	return false;
}

/* Bytes of the character at the text's begin that may stand as it is; 0 if it may not. */
static unsigned plain_size(const char *text, const char *allowed)
{
	uint32_t c;
	unsigned size = decode(text, &c);

	return size > 0 && !is_obeyed(c, allowed) ? size : 0;
}

bool plain_is(const char *text, const char *allowed)
{
	while (*text) {
		unsigned size = *text >= ' ' && *text < 0x7f ? 1 : plain_size(text, allowed);

		if (size == 0)
			return false;
		text += size;
	}
	return true;
}

/* Adds what stands for the character, and answers its size. */
static unsigned add_visible(struct text *text, const char *at)
{
	uint32_t c;
	unsigned size = decode(at, &c);

	if (size > 1)
		text_add(text, "\\u%04" PRIx32, c);
	else if (*at == '\n')
		text_add(text, "\\n");
	else if (*at == '\t')
		text_add(text, "\\t");
	else
		text_add(text, "\\x%02x", (uint8_t)*at);
	return size > 0 ? size : 1;
}

char *plain_format(const char *text, const char *allowed)
{
	AUTO_TEXT struct text plain = TEXT_INIT;
	char *string;

	while (*text) {
		unsigned size = plain_size(text, allowed);

		if (size > 0)
			text_add(&plain, "%.*s", (int)size, text);
		else
			size = add_visible(&plain, text);
		text += size;
	}
	return text_take(&plain, &string) < 0 ? NULL : string;
}

char *plain_take(char *text, const char *allowed)
{
	char *plain;

	if (!text || plain_is(text, allowed))
		return text;
	plain = plain_format(text, allowed);
	if (!plain)
		return text;
	free(text);
	return plain;
}
