/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "methods/record.h"

static bool get_string(const char *string, struct record_value *ret_value)
{
	ret_value->string = string;
	return string;
}

static bool get_tristate(enum tristate value, struct record_value *ret_value)
{
	ret_value->boolean = value == TRISTATE_YES;
	return value != TRISTATE_UNSET;
}

static bool get_number(uint64_t number, bool always, struct record_value *ret_value)
{
	ret_value->number = number;
	return number || always;
}

bool record_get(const struct record_key *key, const void *record, struct record_value *ret_value)
{
	const void *field = (const char *)record + key->offset;
	const char *text = field;

	switch (key->type) {
	case RECORD_STRING:
		return get_string(*(const char *const *)field, ret_value);
	case RECORD_TEXT:
		return get_string(*text ? text : NULL, ret_value);
	case RECORD_BOOLEAN:
		ret_value->boolean = *(const bool *)field;
		return true;
	case RECORD_TRISTATE:
		return get_tristate(*(const enum tristate *)field, ret_value);
	case RECORD_NUMBER:
	case RECORD_COUNT:
		return get_number(*(const uint32_t *)field, key->type == RECORD_COUNT, ret_value);
	case RECORD_LONG:
		return get_number(*(const uint64_t *)field, false, ret_value);
	case RECORD_STRINGS:
		ret_value->strings = *(char **const *)field;
		return ret_value->strings;
	case RECORD_RECORDS:
		ret_value->list = *(const struct record_list *)field;
		return ret_value->list.items;
	case RECORD_TYPE_COUNT:
	default:
		return false;
	}
}
