/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An argument vector that grows. `items` ends with NULL once one was added. */
#pragma once

#include <stddef.h>

#include "util/error.h"
#include "util/text.h"

struct argv {
	char **items;
	size_t n; /* without the NULL */
};

/* Appends the text as one argument; the text is empty afterwards, whatever happens. */
int argv_add(struct argv *argv, struct text *text, struct error *err);

void argv_free(char **argv);
DEFINE_FREEP(char *, argv_free);

static inline void argv_done(struct argv *argv)
{
	argv_free(argv->items);
	*argv = (struct argv){ 0 };
}
#define AUTO_ARGV AUTO(argv_done)
