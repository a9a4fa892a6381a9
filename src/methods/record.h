/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A record: what is told of a thing, as a struct and a const table of its keys.
 *
 * The struct is what a method answers; the table says under which key each of
 * its fields is told, and as what. Who passes a record on (a bus, a writer of
 * JSON) walks the table, and knows neither the struct nor the thing.
 *
 * A key that does not apply is absent. How a field says so is its type's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tristate.h"

enum record_type {
	RECORD_STRING,   /* const char *; absent: NULL */
	RECORD_TEXT,     /* char[]; absent: empty */
	RECORD_BOOLEAN,  /* bool; never absent */
	RECORD_TRISTATE, /* enum tristate, as a boolean; absent: unset */
	RECORD_NUMBER,   /* uint32_t; absent: 0 */
	RECORD_COUNT,    /* uint32_t; never absent: 0 is a count too */
	RECORD_LONG,     /* uint64_t; absent: 0 */
	RECORD_STRINGS,  /* char **, as in util/strings.h; absent: NULL */
	RECORD_RECORDS,  /* struct record_list; absent: no items at all, not even none of them */
	RECORD_TYPE_COUNT,
};

/* The end of a table has no name. */
struct record_key {
	const char *name;
	enum record_type type;
	size_t offset;               /* of the field */
	const struct record_key *of; /* RECORDS: the table of each … */
	size_t size;                 /* … and its size */
};

/* items: an array of n structs of one kind. */
struct record_list {
	void *items;
	size_t n;
};

/* A field as its type says. */
struct record_value {
	const char *string;      /* STRING, TEXT */
	bool boolean;            /* BOOLEAN, TRISTATE */
	uint64_t number;         /* NUMBER, COUNT, LONG */
	char **strings;          /* STRINGS */
	struct record_list list; /* RECORDS */
};

/* False where the key is absent. The value borrows from the record. */
bool record_get(const struct record_key *key, const void *record, struct record_value *ret_value);

/* Rows of a table: the compiler looks that the field is of the type. */
#define RECORD_OFFSET(record, field, ctype)                                              \
	(offsetof(struct record, field) +                                                \
	 0 * sizeof(struct {                                                             \
		 _Static_assert(__builtin_types_compatible_p(                            \
					__typeof__(((struct record *)0)->field), ctype), \
				"the field is of another type");                         \
		 char c;                                                                 \
	 }))

#define KEY_STRING(name, record, field)                                         \
	{                                                                       \
		name, RECORD_STRING, RECORD_OFFSET(record, field, const char *) \
	}
#define KEY_TEXT(name, record, field)                                    \
	{                                                                \
		name, RECORD_TEXT, RECORD_OFFSET(record, field[0], char) \
	}
#define KEY_BOOLEAN(name, record, field)                                 \
	{                                                                \
		name, RECORD_BOOLEAN, RECORD_OFFSET(record, field, bool) \
	}
#define KEY_TRISTATE(name, record, field)                                          \
	{                                                                          \
		name, RECORD_TRISTATE, RECORD_OFFSET(record, field, enum tristate) \
	}
#define KEY_NUMBER(name, record, field)                                     \
	{                                                                   \
		name, RECORD_NUMBER, RECORD_OFFSET(record, field, uint32_t) \
	}
#define KEY_COUNT(name, record, field)                                     \
	{                                                                  \
		name, RECORD_COUNT, RECORD_OFFSET(record, field, uint32_t) \
	}
#define KEY_LONG(name, record, field)                                     \
	{                                                                 \
		name, RECORD_LONG, RECORD_OFFSET(record, field, uint64_t) \
	}
#define KEY_STRINGS(name, record, field)                                    \
	{                                                                   \
		name, RECORD_STRINGS, RECORD_OFFSET(record, field, char **) \
	}
#define KEY_RECORDS(name, record, field, keys, item)                                          \
	{                                                                                     \
		name, RECORD_RECORDS, RECORD_OFFSET(record, field, struct record_list), keys, \
			sizeof(struct item)                                                   \
	}
#define KEY_END      \
	{            \
		NULL \
	}
