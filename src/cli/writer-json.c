/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>
#include <string.h>

#include "cli/writer.h"

static json_t *strings_to_json(const char *const *strings)
{
	json_t *array = json_array();

	for (; *strings; strings++)
		if (json_array_append_new(array, json_string(*strings)) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *record_to_json(const struct vif_record *record);

static json_t *records_to_json(struct vif_record *const *records)
{
	json_t *array = json_array();

	for (; array && *records; records++)
		if (json_array_append_new(array, record_to_json(*records)) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *value_to_json(const struct vif_record *record, const char *key)
{
	switch (vif_record_type(record, key)) {
	case VIF_STRING:
		return json_string(vif_record_string(record, key));
	case VIF_NUMBER:
		return json_integer((json_int_t)vif_record_number(record, key));
	case VIF_BOOLEAN:
		return json_boolean(vif_record_boolean(record, key));
	case VIF_STRINGS:
		return strings_to_json(vif_record_strings(record, key));
	case VIF_RECORDS:
		return records_to_json(vif_record_records(record, key));
	case VIF_ABSENT:
		break;
	}
	return NULL;
}

/* NULL when out of memory; vifd's strings are UTF-8. */
static json_t *record_to_json(const struct vif_record *record)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < vif_record_size(record); i++) {
		const char *key = vif_record_key(record, i);

		if (json_object_set_new(object, key, value_to_json(record, key)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* Takes the value; NULL means that there was no memory for it. */
static void json_print(struct writer *writer, json_t *json)
{
	if (!json) {
		if (!writer->failed)
			writer->failed = -ENOMEM;
		return;
	}
	(void)json_dumpf(json, writer->out, JSON_COMPACT); /* the stream remembers its errors */
	(void)fputc('\n', writer->out);
	json_decref(json);
}

static void json_table(struct writer *writer, const struct column *columns, size_t n_columns,
		       struct vif_record *const *records)
{
	json_print(writer, records_to_json(records));
}

static void json_record(struct writer *writer, const struct vif_record *record)
{
	json_print(writer, record_to_json(record));
}

static void json_answer(struct writer *writer, const struct vif_record *record, const char *text)
{
	json_record(writer, record);
}

static void json_fail(struct writer *writer, const struct error *err)
{
	json_t *object = json_object();

	if (!object || json_object_set_new(object, "error", json_string(error_text(err))) < 0 ||
	    json_object_set_new(object, "error-kind", json_string(error_kind_name(err->kind))) <
		    0) {
		json_decref(object);
		object = NULL;
	}
	json_print(writer, object);
}

const struct writer_kind writer_json = {
	.table = json_table,
	.record = json_record,
	.answer = json_answer,
	.fail = json_fail,
};
