/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/virtualport.h"
#include "util/parse.h"

static const char *const type_names[] = {
	[VIRTUALPORT_NONE] = "none",
	[VIRTUALPORT_TYPELESS] = "none",
	[VIRTUALPORT_8021QBG] = "802.1Qbg",
	[VIRTUALPORT_8021QBH] = "802.1Qbh",
	[VIRTUALPORT_OPENVSWITCH] = "openvswitch",
	[VIRTUALPORT_MIDONET] = "midonet",
};
_Static_assert(ARRAY_SIZE(type_names) == VIRTUALPORT_TYPE_COUNT, "every type has a name");

static const struct {
	const char *name;
	uint32_t max; /* of a number */
} fields[] = {
	[VIRTUALPORT_MANAGERID] = { "managerid", 0xff },
	[VIRTUALPORT_TYPEID] = { "typeid", 0xffffff },
	[VIRTUALPORT_TYPEIDVERSION] = { "typeidversion", 0xff },
	[VIRTUALPORT_INSTANCEID] = { "instanceid", 0 },
	[VIRTUALPORT_INTERFACEID] = { "interfaceid", 0 },
	[VIRTUALPORT_PROFILEID] = { "profileid", 0 },
};
_Static_assert(ARRAY_SIZE(fields) == VIRTUALPORT_FIELD_COUNT, "every field has a name");

#define BIT(field) (1U << VIRTUALPORT_##field)

/* What each type uses, what of that must be given, and what is generated else. */
static const struct {
	unsigned uses, needs, generates;
} types[] = {
	[VIRTUALPORT_NONE] = { 0 },
	[VIRTUALPORT_TYPELESS] = { .uses = (1U << VIRTUALPORT_FIELD_COUNT) - 1 },
	[VIRTUALPORT_8021QBG] = { BIT(MANAGERID) | BIT(TYPEID) | BIT(TYPEIDVERSION) |
					  BIT(INSTANCEID),
				  BIT(MANAGERID) | BIT(TYPEID) | BIT(TYPEIDVERSION),
				  BIT(INSTANCEID) },
	[VIRTUALPORT_8021QBH] = { BIT(PROFILEID), BIT(PROFILEID), 0 },
	[VIRTUALPORT_OPENVSWITCH] = { BIT(INTERFACEID) | BIT(PROFILEID), 0, BIT(INTERFACEID) },
	[VIRTUALPORT_MIDONET] = { BIT(INTERFACEID), BIT(INTERFACEID), 0 },
};
_Static_assert(ARRAY_SIZE(types) == VIRTUALPORT_TYPE_COUNT, "every type has its fields");

const char *virtualport_type_name(enum virtualport_type type)
{
	return type_names[type];
}

int virtualport_type_parse(const char *text, enum virtualport_type *ret_type)
{
	enum { FIRST = VIRTUALPORT_8021QBG };
	int type = name_index(type_names + FIRST, VIRTUALPORT_TYPE_COUNT - FIRST, text);

	if (type < 0)
		return type;
	*ret_type = FIRST + type;
	return 0;
}

const char *virtualport_field_name(enum virtualport_field field)
{
	return fields[field].name;
}

static int set_number(const char *text, uint32_t max, uint32_t *ret_number)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return *text == '-' && isdigit((unsigned char)text[1]) ? -ERANGE : -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (*end)
		return -EINVAL;
	if (errno || number > max)
		return -ERANGE;
	*ret_number = (uint32_t)number;
	return 0;
}

static int set_profile(const char *text, char profile[static VIRTUALPORT_PROFILE_SIZE])
{
	if (!*text)
		return -EINVAL;
	if (strlen(text) >= VIRTUALPORT_PROFILE_SIZE)
		return -ERANGE;
	snprintf(profile, VIRTUALPORT_PROFILE_SIZE, "%s", text);
	return 0;
}

int virtualport_set(struct virtualport *port, enum virtualport_field field, const char *text)
{
	int r;

	switch (field) {
	case VIRTUALPORT_INSTANCEID:
		r = uuid_parse(text, &port->instance_id);
		break;
	case VIRTUALPORT_INTERFACEID:
		r = uuid_parse(text, &port->interface_id);
		break;
	case VIRTUALPORT_PROFILEID:
		r = set_profile(text, port->profile_id);
		break;
	default:
		r = set_number(text, fields[field].max, &port->numbers[field]);
		break;
	}
	port->has[field] |= r == 0;
	return r;
}

void virtualport_format(const struct virtualport *port, enum virtualport_field field,
			char text[static VIRTUALPORT_VALUE_SIZE])
{
	switch (field) {
	case VIRTUALPORT_INSTANCEID:
		uuid_format(&port->instance_id, text);
		break;
	case VIRTUALPORT_INTERFACEID:
		uuid_format(&port->interface_id, text);
		break;
	case VIRTUALPORT_PROFILEID:
		snprintf(text, VIRTUALPORT_VALUE_SIZE, "%s", port->profile_id);
		break;
	default:
		snprintf(text, VIRTUALPORT_VALUE_SIZE, "%u", port->numbers[field]);
		break;
	}
}

static bool virtualport_field_equal(const struct virtualport *a, const struct virtualport *b,
				    enum virtualport_field field)
{
	char x[VIRTUALPORT_VALUE_SIZE], y[VIRTUALPORT_VALUE_SIZE];

	if (!a->has[field] || !b->has[field])
		return a->has[field] == b->has[field];
	virtualport_format(a, field, x);
	virtualport_format(b, field, y);
	return !strcmp(x, y);
}

bool virtualport_equal(const struct virtualport *a, const struct virtualport *b)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++)
		if (!virtualport_field_equal(a, b, field))
			return false;
	return a->type == b->type;
}

/* Does a virtualport of that type use the field? A typeless one may carry any. */
static bool virtualport_uses(enum virtualport_type type, enum virtualport_field field)
{
	return types[type].uses & 1U << field;
}

static int check_complete(const struct virtualport *port, struct error *err)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++)
		if (types[port->type].needs & 1U << field && !port->has[field])
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "missing %s in <virtualport type='%s'>",
					 fields[field].name, type_names[port->type]);
	return 0;
}

static int check_used(const struct virtualport *port, struct error *err)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++)
		if (port->has[field] && !virtualport_uses(port->type, field))
			return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
					 "extra %s unsupported in <virtualport type='%s'>",
					 fields[field].name, type_names[port->type]);
	return 0;
}

int virtualport_validate(const struct virtualport *port, bool complete, struct error *err)
{
	int r = check_used(port, err);

	if (r == 0 && complete)
		r = check_complete(port, err);
	if (r < 0 && port->line)
		error_prefix(err, "line %u: ", port->line);
	return r;
}

static bool is_typed(const struct virtualport *port)
{
	return port->type > VIRTUALPORT_TYPELESS;
}

static int contradiction(const char *what, const struct virtualport_source *a, const char *x,
			 const struct virtualport_source *b, const char *y, struct error *err)
{
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "the virtualport's %s is '%s' in %s and '%s' in %s", what, x, a->place, y,
			 b->place);
}

static int check_types(const struct virtualport_source *a, const struct virtualport_source *b,
		       struct error *err)
{
	if (!is_typed(a->port) || !is_typed(b->port) || a->port->type == b->port->type)
		return 0;
	return contradiction("type", a, type_names[a->port->type], b, type_names[b->port->type],
			     err);
}

/* Of what the type uses. */
static int check_fields(const struct virtualport_source *a, const struct virtualport_source *b,
			enum virtualport_type type, struct error *err)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++) {
		char x[VIRTUALPORT_VALUE_SIZE], y[VIRTUALPORT_VALUE_SIZE];

		if (!virtualport_uses(type, field) || !a->port->has[field] ||
		    !b->port->has[field] || virtualport_field_equal(a->port, b->port, field))
			continue;
		virtualport_format(a->port, field, x);
		virtualport_format(b->port, field, y);
		return contradiction(fields[field].name, a, x, b, y, err);
	}
	return 0;
}

/* What `from` has and the type uses, over what is there already. */
static void overlay(struct virtualport *to, const struct virtualport *from)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++) {
		char text[VIRTUALPORT_VALUE_SIZE];

		if (!from->has[field] || !virtualport_uses(to->type, field))
			continue;
		virtualport_format(from, field, text);
		(void)virtualport_set(to, field, text);
	}
}

static void generate_ids(struct virtualport *port, const struct uuid *generated)
{
	if (types[port->type].generates & BIT(INSTANCEID) && !port->has[VIRTUALPORT_INSTANCEID]) {
		port->instance_id = *generated;
		port->has[VIRTUALPORT_INSTANCEID] = true;
	}
	if (types[port->type].generates & BIT(INTERFACEID) && !port->has[VIRTUALPORT_INTERFACEID]) {
		port->interface_id = *generated;
		port->has[VIRTUALPORT_INTERFACEID] = true;
	}
}

int virtualport_merge(const struct virtualport_source *interface,
		      const struct virtualport_source *portgroup,
		      const struct virtualport_source *network, bool strict,
		      const struct uuid *generated, struct virtualport *ret_merged,
		      struct error *err)
{
	const struct virtualport_source *typed = is_typed(portgroup->port) ? portgroup : network;
	struct virtualport merged = { 0 };
	int r;

	r = strict ? check_types(network, portgroup, err) : 0;
	if (r == 0)
		r = check_types(interface, typed, err);
	if (r < 0)
		return r;
	merged.type = is_typed(interface->port) ? interface->port->type : typed->port->type;
	if (!is_typed(&merged)) {
		*ret_merged = *interface->port;
		return 0;
	}
	if (strict)
		r = check_fields(network, portgroup, merged.type, err);
	if (r == 0)
		r = check_fields(interface, portgroup, merged.type, err);
	if (r < 0)
		return r;
	/* What was meant for a switch of another type is not for this one. */
	if (!is_typed(network->port) || network->port->type == merged.type)
		overlay(&merged, network->port);
	overlay(&merged, portgroup->port);
	/* What the portgroup overrides is not contradicted any more. */
	r = check_fields(interface,
			 &(struct virtualport_source){ .port = &merged, .place = network->place },
			 merged.type, err);
	if (r < 0)
		return r;
	overlay(&merged, interface->port);
	generate_ids(&merged, generated);
	r = check_complete(&merged, err);
	if (r == 0)
		*ret_merged = merged;
	return r;
}
