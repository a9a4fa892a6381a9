/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "lib/record.h"
#include "util/array.h"
#include "util/strings.h"

struct field {
	char *key;
	enum vif_type type;
	uint64_t number; /* and the boolean */
	char *string;
	char **strings;
	struct vif_record **records;
};

struct vif_record {
	struct field *fields;
	size_t n_fields;
};

static void field_done(struct field *field)
{
	free(field->key);
	free(field->string);
	strings_free(field->strings);
	vif_records_free(field->records);
	*field = (struct field){ 0 };
}

static struct field *field_find(const struct vif_record *record, const char *key)
{
	for (size_t i = 0; i < record->n_fields; i++)
		if (!strcmp(record->fields[i].key, key))
			return &record->fields[i];
	return NULL;
}

static const struct field *field_get(const struct vif_record *record, const char *key,
				     enum vif_type type)
{
	const struct field *field = field_find(record, key);

	return field && field->type == type ? field : NULL;
}

/* Puts the value (which becomes the record's, whatever happens) under the key. */
static int field_put(struct vif_record *record, const char *key, struct field *value)
{
	struct field *field = field_find(record, key);

	value->key = strdup(key);
	if (value->key && !field)
		field = array_add(&record->fields, &record->n_fields, sizeof(*field));
	if (!value->key || !field) {
		field_done(value);
		return -ENOMEM;
	}
	field_done(field);
	*field = *value;
	return 0;
}

struct vif_record *vif_record_new(void)
{
	return calloc(1, sizeof(struct vif_record));
}

void vif_record_free(struct vif_record *record)
{
	if (!record)
		return;
	for (size_t i = 0; i < record->n_fields; i++)
		field_done(&record->fields[i]);
	free(record->fields);
	free(record);
}

void vif_records_free(struct vif_record **records)
{
	for (struct vif_record **r = records; r && *r; r++)
		vif_record_free(*r);
	free(records);
}

size_t vif_record_size(const struct vif_record *record)
{
	return record->n_fields;
}

const char *vif_record_key(const struct vif_record *record, size_t index)
{
	return record->fields[index].key;
}

enum vif_type vif_record_type(const struct vif_record *record, const char *key)
{
	const struct field *field = field_find(record, key);

	return field ? field->type : VIF_ABSENT;
}

const char *vif_record_string(const struct vif_record *record, const char *key)
{
	const struct field *field = field_get(record, key, VIF_STRING);

	return field ? field->string : NULL;
}

uint64_t vif_record_number(const struct vif_record *record, const char *key)
{
	const struct field *field = field_get(record, key, VIF_NUMBER);

	return field ? field->number : 0;
}

bool vif_record_boolean(const struct vif_record *record, const char *key)
{
	const struct field *field = field_get(record, key, VIF_BOOLEAN);

	return field && field->number;
}

const char *const *vif_record_strings(const struct vif_record *record, const char *key)
{
	const struct field *field = field_get(record, key, VIF_STRINGS);

	return field ? (const char *const *)field->strings : NULL;
}

struct vif_record *const *vif_record_records(const struct vif_record *record, const char *key)
{
	const struct field *field = field_get(record, key, VIF_RECORDS);

	return field ? field->records : NULL;
}

int vif_record_set_string(struct vif_record *record, const char *key, const char *value)
{
	struct field field = { .type = VIF_STRING, .string = strdup(value) };

	return field.string ? field_put(record, key, &field) : -ENOMEM;
}

int vif_record_set_number(struct vif_record *record, const char *key, uint64_t value)
{
	struct field field = { .type = VIF_NUMBER, .number = value };

	return field_put(record, key, &field);
}

int vif_record_set_boolean(struct vif_record *record, const char *key, bool value)
{
	struct field field = { .type = VIF_BOOLEAN, .number = value };

	return field_put(record, key, &field);
}

int vif_record_set_strings(struct vif_record *record, const char *key, const char *const *strings)
{
	struct field field = { .type = VIF_STRINGS, .strings = strings_copy(strings) };

	return field.strings ? field_put(record, key, &field) : -ENOMEM;
}

static int strings_read(sd_bus_message *message, struct vif_record *record, const char *key)
{
	static const char *const none[] = { NULL };
	AUTO(strings_freep) char **strings = NULL;
	int r;

	r = sd_bus_message_read_strv(message, &strings); /* leaves NULL for an empty list */
	if (r < 0)
		return r;
	return vif_record_set_strings(record, key, strings ? (const char *const *)strings : none);
}

static int nested_read(sd_bus_message *message, struct vif_record *record, const char *key)
{
	struct field field = { .type = VIF_RECORDS };
	int r;

	r = records_read(message, &field.records);
	return r < 0 ? r : field_put(record, key, &field);
}

/* The inside of a variant. One that no record can hold is passed over. */
static int value_read(sd_bus_message *message, const char *signature, struct vif_record *record,
		      const char *key)
{
	const char *string;
	uint32_t small;
	uint64_t number;
	int truth, r;

	if (!strcmp(signature, "s")) {
		r = sd_bus_message_read(message, "s", &string);
		return r < 0 ? r : vif_record_set_string(record, key, string);
	}
	if (!strcmp(signature, "u")) {
		r = sd_bus_message_read(message, "u", &small);
		return r < 0 ? r : vif_record_set_number(record, key, small);
	}
	if (!strcmp(signature, "t")) {
		r = sd_bus_message_read(message, "t", &number);
		return r < 0 ? r : vif_record_set_number(record, key, number);
	}
	if (!strcmp(signature, "b")) {
		r = sd_bus_message_read(message, "b", &truth);
		return r < 0 ? r : vif_record_set_boolean(record, key, truth);
	}
	if (!strcmp(signature, "as"))
		return strings_read(message, record, key);
	if (!strcmp(signature, "aa{sv}"))
		return nested_read(message, record, key);
	r = sd_bus_message_skip(message, signature);
	return r < 0 ? r : 0;
}

/* One {sv}; the container is entered already. */
static int entry_read(sd_bus_message *message, struct vif_record *record)
{
	const char *key, *signature;
	char type;
	int r;

	r = sd_bus_message_read(message, "s", &key);
	if (r >= 0)
		r = sd_bus_message_peek_type(message, &type, &signature);
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'v', signature);
	if (r >= 0)
		r = value_read(message, signature, record, key);
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	return r;
}

int record_read(sd_bus_message *message, struct vif_record **ret_record)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	int r;

	if (!record)
		return -ENOMEM;
	r = sd_bus_message_enter_container(message, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = entry_read(message, record);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_record = take_ptr(record);
	return 0;
}

/* Keeps the NULL at the end by adding it first and filling the place before it. */
static int records_add(struct vif_record ***records, size_t *n, struct vif_record *record)
{
	struct vif_record **place = array_add(records, n, sizeof(*place));

	if (!place)
		return -ENOMEM;
	if (record)
		place[-1] = record;
	return 0;
}

int records_read(sd_bus_message *message, struct vif_record ***ret_records)
{
	AUTO(vif_records_freep) struct vif_record **records = NULL;
	size_t n = 0;
	int r;

	r = records_add(&records, &n, NULL);
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "a{sv}");
	while (r >= 0 && (r = sd_bus_message_at_end(message, false)) == 0) {
		AUTO(vif_record_freep) struct vif_record *record = NULL;

		r = record_read(message, &record);
		if (r >= 0)
			r = records_add(&records, &n, record);
		if (r >= 0)
			record = NULL;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r < 0)
		return r;
	*ret_records = take_ptr(records);
	return 0;
}

static int strings_append(sd_bus_message *message, const struct field *field)
{
	int r;

	r = sd_bus_message_open_container(message, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append(message, "s", field->key);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_append_strv(message, field->strings);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r;
}

static int field_append(sd_bus_message *message, const struct field *field)
{
	switch (field->type) {
	case VIF_STRING:
		return sd_bus_message_append(message, "{sv}", field->key, "s", field->string);
	case VIF_NUMBER:
		if (field->number <= UINT32_MAX)
			return sd_bus_message_append(message, "{sv}", field->key, "u",
						     (uint32_t)field->number);
		return sd_bus_message_append(message, "{sv}", field->key, "t", field->number);
	case VIF_BOOLEAN:
		return sd_bus_message_append(message, "{sv}", field->key, "b", (int)field->number);
	case VIF_STRINGS:
		return strings_append(message, field);
	case VIF_RECORDS: /* of answers only: there is no setter */
	case VIF_ABSENT:
		break;
	}
	return -EINVAL;
}

int record_append(const struct vif_record *record, sd_bus_message *message)
{
	int r;

	r = sd_bus_message_open_container(message, 'a', "{sv}");
	for (size_t i = 0; r >= 0 && record && i < record->n_fields; i++)
		r = field_append(message, &record->fields[i]);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : 0;
}
