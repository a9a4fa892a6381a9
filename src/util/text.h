/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that grows: an appender that cannot fail until its end.
 *
 *	struct text text = TEXT_INIT;
 *	text_add(&text, "macvtap %s", name);
 *	return text_take(&text, &string);
 *
 * text_take() gives the string to the caller and leaves the text empty; it
 * returns -ENOMEM if any of the additions failed. text_done() is for the
 * paths that throw the text away.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "util/cleanup.h"

struct text {
	char *string;
	size_t size; /* without the 0 at its end */
	size_t room;
	int failed;
};

#define TEXT_INIT ((struct text){ 0 })
#define AUTO_TEXT AUTO(text_done)

/* A new string, as asprintf(3) makes it; NULL when out of memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_format_va(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Into a field of a fixed size (not 0): as much as there is room for, with a 0 behind it. */
void text_fit(char *field, size_t size, const char *string);

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What needs no format, at the price of a memcpy(3). */
void text_put(struct text *text, const char *string, size_t length);
void text_puts(struct text *text, const char *string);
int text_take(struct text *text, char **ret_string);
void text_done(struct text *text);
