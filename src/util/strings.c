/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "util/strings.h"

void strings_free(char **strings)
{
	for (char **s = strings; s && *s; s++)
		free(*s);
	free(strings);
}

char **strings_new(size_t n)
{
	return calloc(n + 1, sizeof(char *));
}

char **strings_copy(const char *const *strings)
{
	AUTO(strings_freep) char **copy = NULL;
	size_t n = 0;

	while (strings[n])
		n++;
	copy = strings_new(n);
	if (!copy)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		copy[i] = strdup(strings[i]);
		if (!copy[i])
			return NULL;
	}
	return take_ptr(copy);
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

char **strings_of_lines(const char *text)
{
	AUTO(strings_freep) char **lines = strings_new(count_lines(text));
	size_t n = 0;

	while (lines && *text) {
		size_t length = strcspn(text, "\n");

		if (length > 0 && !(lines[n++] = strndup(text, length)))
			return NULL;
		text += length + (text[length] == '\n');
	}
	return take_ptr(lines);
}
