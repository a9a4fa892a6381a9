/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "util/text.h"

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

void text_add(struct text *text, const char *format, ...)
{
	va_list args;

	if (!text->stream && !text->failed) {
		text->stream = open_memstream(&text->string, &text->size);
		if (!text->stream)
			text->failed = -ENOMEM;
	}
	if (text->failed)
		return;
	va_start(args, format);
	if (vfprintf(text->stream, format, args) < 0)
		text->failed = -ENOMEM;
	va_end(args);
}

int text_take(struct text *text, char **ret_string)
{
	int failed;

	text_add(text, "%s", "");
	if (text->stream && fflush(text->stream))
		text->failed = -ENOMEM;
	failed = text->failed;
	if (!failed) {
		fclose(text->stream);
		text->stream = NULL;
		*ret_string = take_ptr(text->string);
	}
	text_done(text);
	return failed;
}

void text_done(struct text *text)
{
	if (text->stream)
		fclose(text->stream);
	free(text->string);
	*text = TEXT_INIT;
}
