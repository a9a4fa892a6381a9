/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Output: verbs hand values to a writer, which is text for people or JSON for
 * programs.
 *
 * JSON is one value on one line for each call, with the keys and types that
 * vifd uses. Nothing here fails at once: writer_finish() tells at the end
 * whether all of it got out. Nothing is buffered over a call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util/error.h"
#include "vif/vif.h"

/* A column of a table as text. Its cell is the value of the first of the keys that is there. */
struct column {
	const char *title;
	const char *keys[2];
};

struct writer;

struct writer_kind {
	void (*table)(struct writer *writer, const struct column *columns, size_t n_columns,
		      struct vif_record *const *records);
	void (*record)(struct writer *writer, const struct vif_record *record);
	void (*answer)(struct writer *writer, const struct vif_record *record, const char *text);
	void (*fail)(struct writer *writer, const struct error *err);
};

extern const struct writer_kind writer_text, writer_json;

struct writer {
	const struct writer_kind *kind;
	FILE *out;
	bool used;  /* something was written */
	int failed; /* the first failure, a negative errno */
};

/* The stream stays the caller's. */
void writer_init(struct writer *writer, const struct writer_kind *kind, FILE *out);

/* Records (ending with NULL) as a table of these columns; as an array of whole objects. */
void writer_table(struct writer *writer, const struct column *columns, size_t n_columns,
		  struct vif_record *const *records);

/* One record: a line for each key; an object. */
void writer_record(struct writer *writer, const struct vif_record *record);

/* The text, as it is, and a line break where it has none at its end; the record as an object. */
void writer_answer(struct writer *writer, const struct vif_record *record, const char *text);

/*
 * The command has failed. For programs an object with error and error-kind,
 * unless something was written before; people read stderr.
 */
void writer_fail(struct writer *writer, const struct error *err);

/* 0, or why not all could be written. */
int writer_finish(struct writer *writer, struct error *err);
