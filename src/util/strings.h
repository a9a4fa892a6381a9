/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of strings: an array that ends with NULL, and owns its strings.
 */
#pragma once

#include <stddef.h>

#include "util/cleanup.h"

void strings_free(char **strings);
DEFINE_FREEP(char *, strings_free);

/* Room for n strings, all of them NULL: an empty list to begin with. NULL when out of memory. */
char **strings_new(size_t n);

/* NULL when out of memory. */
char **strings_copy(const char *const *strings);

/* The lines of a text, without empty ones; NULL when out of memory. */
char **strings_of_lines(const char *text);
