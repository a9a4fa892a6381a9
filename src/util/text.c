/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <string.h>

#include "util/text.h"

enum {
	FIRST_ROOM = 256,
};

char *text_format_va(const char *format, va_list args)
{
	char *string;

	return vasprintf(&string, format, args) < 0 ? NULL : string;
}

char *text_format(const char *format, ...)
{
	va_list args;
	char *string;

	va_start(args, format);
	string = text_format_va(format, args);
	va_end(args);
	return string;
}

/* Makes room for `more` bytes and the end of the string. */
static bool make_room(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : FIRST_ROOM;
	char *string;

	if (text->failed)
		return false;
	if (text->size + more < text->room)
		return true;
	while (room <= text->size + more)
		room *= 2;
	string = realloc(text->string, room);
	if (!string) {
		text->failed = -ENOMEM;
		return false;
	}
	text->string = string;
	text->room = room;
	return true;
}

__attribute__((format(printf, 2, 0))) static int add_va(struct text *text, const char *format,
							va_list args)
{
	return vsnprintf(text->string + text->size, text->room - text->size, format, args);
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args, again;
	int n;

	if (!make_room(text, 0))
		return;
	va_start(args, format);
	va_copy(again, args);
	n = add_va(text, format, args);
	if (n < 0)
		text->failed = -ENOMEM;
	else if (text->size + (size_t)n >= text->room && make_room(text, (size_t)n))
		n = add_va(text, format, again);
	va_end(again);
	va_end(args);
	if (!text->failed)
		text->size += (size_t)n;
}

void text_put(struct text *text, const char *string, size_t length)
{
	if (!make_room(text, length))
		return;
	memcpy(text->string + text->size, string, length);
	text->size += length;
	text->string[text->size] = '\0';
}

void text_puts(struct text *text, const char *string)
{
	text_put(text, string, strlen(string));
}

void text_fit(char *field, size_t size, const char *string)
{
	size_t length = strnlen(string, size - 1);

	memcpy(field, string, length);
	field[length] = '\0';
}

int text_take(struct text *text, char **ret_string)
{
	int failed;

	text_puts(text, "");
	failed = text->failed;
	if (!failed)
		*ret_string = take_ptr(text->string);
	text_done(text);
	return failed;
}

void text_done(struct text *text)
{
	free(text->string);
	*text = TEXT_INIT;
}
