/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text for people. What vifd says may hold names that somebody else chose, which
 * a terminal must not obey (util/plain.h). Only documents may break lines.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/writer.h"
#include "util/plain.h"
#include "util/text.h"

enum {
	GAP = 2, /* spaces between columns */
};

/* In characters, not bytes: those that continue a UTF-8 character do not count. */
static int text_width(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static void strings_add(struct text *text, const char *const *strings)
{
	for (size_t i = 0; strings[i]; i++)
		text_add(text, "%s%s", i ? "," : "", strings[i]);
}

/* A value as text, "-" where there is none; NULL when out of memory. The caller's. */
static char *value_text(const struct vif_record *record, const char *key)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	switch (vif_record_type(record, key)) {
	case VIF_STRING:
		text_add(&text, "%s", vif_record_string(record, key));
		break;
	case VIF_NUMBER:
		text_add(&text, "%" PRIu64, vif_record_number(record, key));
		break;
	case VIF_BOOLEAN:
		text_add(&text, "%s", vif_record_boolean(record, key) ? "yes" : "no");
		break;
	case VIF_STRINGS:
		strings_add(&text, vif_record_strings(record, key));
		break;
	case VIF_RECORDS: /* for programs */
	case VIF_ABSENT:
		break;
	}
	if (text_take(&text, &string) < 0)
		return NULL;
	if (*string)
		return plain_take(string, "");
	free(string);
	return strdup("-");
}

static char *cell_text(const struct vif_record *record, const struct column *column)
{
	const char *key = column->keys[0];

	if (column->keys[1] && vif_record_type(record, key) == VIF_ABSENT)
		key = column->keys[1];
	return value_text(record, key);
}

static int column_width(const struct column *column, struct vif_record *const *records)
{
	int width = text_width(column->title);

	for (; *records; records++) {
		AUTO_FREE char *cell = cell_text(*records, column);
		int cell_width = cell ? text_width(cell) : 0;

		if (cell_width > width)
			width = cell_width;
	}
	return width;
}

/* The last of a line is not padded. */
static void cell_print(struct writer *writer, const char *cell, int width, bool last)
{
	if (!cell) {
		writer->failed = -ENOMEM;
		return;
	}
	(void)fputs(cell, writer->out);
	if (last)
		(void)fputc('\n', writer->out);
	else
		(void)fprintf(writer->out, "%*s", width + GAP - text_width(cell), "");
}

static void text_table(struct writer *writer, const struct column *columns, size_t n_columns,
		       struct vif_record *const *records)
{
	AUTO_FREE int *widths = calloc(n_columns, sizeof(*widths));

	if (!widths) {
		writer->failed = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n_columns; i++) {
		widths[i] = column_width(&columns[i], records);
		cell_print(writer, columns[i].title, widths[i], i + 1 == n_columns);
	}
	for (; *records; records++)
		for (size_t i = 0; i < n_columns; i++) {
			AUTO_FREE char *cell = cell_text(*records, &columns[i]);

			cell_print(writer, cell, widths[i], i + 1 == n_columns);
		}
}

static void text_record(struct writer *writer, const struct vif_record *record)
{
	int width = 0;

	for (size_t i = 0; i < vif_record_size(record); i++) {
		int key_width = text_width(vif_record_key(record, i));

		if (key_width > width)
			width = key_width;
	}
	for (size_t i = 0; i < vif_record_size(record); i++) {
		const char *key = vif_record_key(record, i);
		AUTO_FREE char *value = value_text(record, key);

		cell_print(writer, key, width, false);
		cell_print(writer, value, 0, true);
	}
}

static void text_answer(struct writer *writer, const struct vif_record *record, const char *text)
{
	AUTO_FREE char *plain = plain_format(text, "\n\t");
	size_t length = strlen(text);

	if (!plain) {
		writer->failed = -ENOMEM;
		return;
	}
	(void)fputs(plain, writer->out);
	if (length == 0 || text[length - 1] != '\n')
		(void)fputc('\n', writer->out);
}

static void text_fail(struct writer *writer, const struct error *err)
{
}

const struct writer_kind writer_text = {
	.table = text_table,
	.record = text_record,
	.answer = text_answer,
	.fail = text_fail,
};
