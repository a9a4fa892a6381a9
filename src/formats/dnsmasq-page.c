/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>
#include <errno.h>
#include <stdarg.h>

#include "formats/dnsmasq-page.h"

enum {
	LINE_MAX_BYTES = 1000, /* dnsmasq's buffer has 1025 */
};

int page_add(struct page *page, const char *format, ...)
{
	AUTO_FREE char *line = NULL;
	va_list args;
	size_t length;

	va_start(args, format);
	line = text_format_va(format, args);
	va_end(args);
	if (!line)
		return error_oom(page->err);
	length = strlen(line);
	if (length > LINE_MAX_BYTES)
		return error_set(page->err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "dnsmasq reads lines of up to %d bytes, and '%.40s…' has %zu",
				 LINE_MAX_BYTES, line, length);
	for (const char *c = line; *c; c++)
		if (iscntrl((unsigned char)*c) && *c != '\t')
			return error_set(page->err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "dnsmasq cannot be told '%.*s…': a line break or other "
					 "control character follows",
					 (int)(c - line), line);
	text_add(&page->text, "%s\n", line);
	return 0;
}
