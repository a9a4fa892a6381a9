/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every reader promises for any bytes: it accepts them, and then what it
 * writes is read again as the same; or it refuses them with a sentence and
 * gives nothing. A target names its reader and writer:
 *
 *	FUZZ(struct network, network_from_xml, network_to_xml, network_free)
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                           \
	do {                                                         \
		if (!(condition)) {                                  \
			fprintf(stderr, "broken: %s\n", #condition); \
			abort();                                     \
		}                                                    \
	} while (0)

static inline void check_refusal(int returned, const void *object, struct error *err)
{
	PROMISE(returned < 0 && err->code < 0);
	PROMISE(err->kind != ERROR_NONE);
	PROMISE(err->text && *err->text);
	PROMISE(!object);
	error_done(err);
}

#define FUZZ(type, read, write, destroy)                                                \
	static type *read_and_write(const char *text, size_t size, char **ret_xml)      \
	{                                                                               \
		type *object = NULL;                                                    \
		struct error err = ERROR_INIT;                                          \
		int r = read(text, size, "fuzz", &object, &err);                        \
                                                                                        \
		if (r < 0) {                                                            \
			check_refusal(r, object, &err);                                 \
			return NULL;                                                    \
		}                                                                       \
		PROMISE(object && !err.code);                                           \
		PROMISE(write(object, ret_xml, &err) == 0);                             \
		return object;                                                          \
	}                                                                               \
                                                                                        \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                    \
	{                                                                               \
		char *xml = NULL, *again = NULL;                                        \
		type *object = read_and_write((const char *)data, size, &xml), *second; \
                                                                                        \
		if (!object)                                                            \
			return 0;                                                       \
		second = read_and_write(xml, strlen(xml), &again);                      \
		PROMISE(second);                                                        \
		PROMISE(!strcmp(xml, again));                                           \
		destroy(object);                                                        \
		destroy(second);                                                        \
		free(xml);                                                              \
		free(again);                                                            \
		return 0;                                                               \
	}                                                                               \
	_Static_assert(1, "")
