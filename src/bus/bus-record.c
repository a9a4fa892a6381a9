/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-record.h"
#include "util/cleanup.h"
#include "util/plain.h"

static const char *const types[] = {
	[RECORD_STRING] = "s",   [RECORD_TEXT] = "s",     [RECORD_BOOLEAN] = "b",
	[RECORD_TRISTATE] = "b", [RECORD_NUMBER] = "u",   [RECORD_COUNT] = "u",
	[RECORD_LONG] = "t",     [RECORD_STRINGS] = "as", [RECORD_RECORDS] = "aa{sv}",
};
_Static_assert(ARRAY_SIZE(types) == RECORD_TYPE_COUNT, "every type has a type of D-Bus");

const char *bus_record_type(enum record_type type)
{
	return types[type];
}

/* D-Bus takes UTF-8 alone, and sentences and plans have lines. */
static const char allowed[] = "\n\t";

static int append_string(sd_bus_message *message, const char *string)
{
	AUTO_FREE char *plain = NULL;

	if (plain_is(string, allowed))
		return sd_bus_message_append_basic(message, 's', string);
	plain = plain_format(string, allowed);
	return plain ? sd_bus_message_append_basic(message, 's', plain) : -ENOMEM;
}

static int append_strings(sd_bus_message *message, char *const *strings)
{
	int r = sd_bus_message_open_container(message, 'a', "s");

	for (; r >= 0 && *strings; strings++)
		r = append_string(message, *strings);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_value(sd_bus_message *message, const struct record_key *key,
			const struct record_value *value)
{
	switch (key->type) {
	case RECORD_STRING:
	case RECORD_TEXT:
		return append_string(message, value->string);
	case RECORD_BOOLEAN:
	case RECORD_TRISTATE:
		return sd_bus_message_append_basic(message, 'b', &(int){ value->boolean });
	case RECORD_NUMBER:
	case RECORD_COUNT:
		return sd_bus_message_append_basic(message, 'u',
						   &(uint32_t){ (uint32_t)value->number });
	case RECORD_LONG:
		return sd_bus_message_append_basic(message, 't', &value->number);
	case RECORD_STRINGS:
		return append_strings(message, value->strings);
	case RECORD_RECORDS:
		return bus_append_records(message, key->of, key->size, &value->list);
	case RECORD_TYPE_COUNT:
	default:
		return -EINVAL;
	}
}

static int append_key(sd_bus_message *message, const struct record_key *key,
		      const struct record_value *value)
{
	int r;

	r = sd_bus_message_open_container(message, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append_basic(message, 's', key->name);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', types[key->type]);
	if (r >= 0)
		r = append_value(message, key, value);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int bus_append_record(sd_bus_message *message, const struct record_key *keys, const void *record)
{
	struct record_value value;
	int r;

	r = sd_bus_message_open_container(message, 'a', "{sv}");
	for (; r >= 0 && keys->name; keys++)
		if (record_get(keys, record, &value))
			r = append_key(message, keys, &value);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int bus_append_records(sd_bus_message *message, const struct record_key *keys, size_t size,
		       const struct record_list *list)
{
	const char *items = list->items;
	int r;

	r = sd_bus_message_open_container(message, 'a', "a{sv}");
	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = bus_append_record(message, keys, items + i * size);
	return r < 0 ? r : sd_bus_message_close_container(message);
}
