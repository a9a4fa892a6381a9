/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/writer.h"

void writer_init(struct writer *writer, const struct writer_kind *kind, FILE *out)
{
	*writer = (struct writer){ .kind = kind, .out = out };
}

/* Flushed each time: an event must not wait for the next one, and exec must find nothing left. */
static void writer_flush(struct writer *writer)
{
	writer->used = true;
	errno = 0;
	if ((fflush(writer->out) != 0 || ferror(writer->out)) && !writer->failed)
		writer->failed = errno ? -errno : -EIO;
}

void writer_table(struct writer *writer, const struct column *columns, size_t n_columns,
		  struct vif_record *const *records)
{
	writer->kind->table(writer, columns, n_columns, records);
	writer_flush(writer);
}

void writer_record(struct writer *writer, const struct vif_record *record)
{
	writer->kind->record(writer, record);
	writer_flush(writer);
}

void writer_answer(struct writer *writer, const struct vif_record *record, const char *text)
{
	writer->kind->answer(writer, record, text);
	writer_flush(writer);
}

void writer_fail(struct writer *writer, const struct error *err)
{
	if (writer->used)
		return;
	writer->kind->fail(writer, err);
	writer_flush(writer);
}

int writer_finish(struct writer *writer, struct error *err)
{
	if (writer->failed)
		return error_system(err, writer->failed, "cannot write the output");
	return 0;
}
