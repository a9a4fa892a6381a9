/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/elements.h"
#include "util/parse.h"

int xml_read_tristate(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	enum tristate *slot = field;

	if (tristate_parse(item->value, slot) < 0)
		return xml_error_value(xml, item, "is not one of yes, no");
	return 0;
}

int mac_table_manager_read(struct xml *xml, const struct xml_item *item,
			   enum mac_table_manager *ret)
{
	for (unsigned manager = MAC_TABLE_UNSET + 1; manager < MAC_TABLE_MANAGER_COUNT; manager++) {
		if (strcmp(item->value, mac_table_manager_name(manager)) != 0)
			continue;
		*ret = manager;
		return 0;
	}
	return xml_error_value(xml, item, "is not one of kernel, libvirt");
}

/* --- <virtualport> --- */

static int read_field(struct xml *xml, const struct xml_item *item, void *object)
{
	enum virtualport_field field = (enum virtualport_field)item->rule->offset;
	static const char *const expected[] = {
		[VIRTUALPORT_MANAGERID] = "is not a number from 0 to 255",
		[VIRTUALPORT_TYPEID] = "is not a number from 0 to 16777215",
		[VIRTUALPORT_TYPEIDVERSION] = "is not a number from 0 to 255",
		[VIRTUALPORT_INSTANCEID] = "is not a UUID",
		[VIRTUALPORT_INTERFACEID] = "is not a UUID",
		[VIRTUALPORT_PROFILEID] = "does not have 1 to 39 characters",
	};
	_Static_assert(ARRAY_SIZE(expected) == VIRTUALPORT_FIELD_COUNT, "every field is told");

	if (virtualport_set(object, field, item->value) < 0)
		return xml_error_value(xml, item, expected[field]);
	return 0;
}

static const struct xml_rule parameters_attributes[] = {
	{ "managerid", .read = read_field, .offset = VIRTUALPORT_MANAGERID },
	{ "typeid", .read = read_field, .offset = VIRTUALPORT_TYPEID },
	{ "typeidversion", .read = read_field, .offset = VIRTUALPORT_TYPEIDVERSION },
	{ "instanceid", .read = read_field, .offset = VIRTUALPORT_INSTANCEID },
	{ "interfaceid", .read = read_field, .offset = VIRTUALPORT_INTERFACEID },
	{ "profileid", .read = read_field, .offset = VIRTUALPORT_PROFILEID },
};
static const struct xml_table parameters_table = { XML_ATTRIBUTES(parameters_attributes) };

static int read_virtualport_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct virtualport *port = object;

	if (virtualport_type_parse(item->value, &port->type) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of 802.1Qbg, 802.1Qbh, openvswitch, midonet");
}

static const struct xml_rule virtualport_attributes[] = {
	{ "type", .read = read_virtualport_type },
};
static const struct xml_rule virtualport_elements[] = {
	{ "parameters", .read = xml_descend, .table = &parameters_table },
};
static const struct xml_table virtualport_table = { XML_ATTRIBUTES(virtualport_attributes),
						    XML_ELEMENTS(virtualport_elements) };

int virtualport_read(struct xml *xml, const struct xml_item *item, struct virtualport *ret)
{
	struct virtualport port = { .type = VIRTUALPORT_TYPELESS, .line = item->line };
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = xml_read_alone(xml, item->element, &virtualport_table, &port);

	if (r < 0)
		return r;
	r = virtualport_validate(&port, false, &error);
	if (r < 0)
		return xml_error_from(xml, &error);
	*ret = port;
	return 0;
}

static bool has_fields(const struct virtualport *port)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++)
		if (port->has[field])
			return true;
	return false;
}

void virtualport_write(struct xml_writer *writer, const struct virtualport *port)
{
	if (port->type == VIRTUALPORT_NONE)
		return;
	xml_begin(writer, "virtualport");
	if (port->type != VIRTUALPORT_TYPELESS)
		xml_attribute(writer, "type", virtualport_type_name(port->type));
	if (has_fields(port)) {
		xml_begin(writer, "parameters");
		for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++) {
			char text[VIRTUALPORT_VALUE_SIZE];

			if (!port->has[field])
				continue;
			virtualport_format(port, field, text);
			xml_attribute(writer, virtualport_field_name(field), text);
		}
		xml_end(writer, "parameters");
	}
	xml_end(writer, "virtualport");
}

/* --- <bandwidth> --- */

static int read_rate(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	uint64_t *rate = field;

	if (parse_u64(item->value, 0, UINT64_MAX, rate) < 0)
		return xml_error_value(xml, item, "is not a number");
	return 0;
}

#define RATE(name)                                                                         \
	{                                                                                  \
#name, .read = read_rate, .offset = offsetof(struct bandwidth_limit, name) \
	}
static const struct xml_rule limit_attributes[] = {
	RATE(average),
	RATE(peak),
	RATE(burst),
	RATE(floor),
};
static const struct xml_table limit_table = { XML_ATTRIBUTES(limit_attributes) };

static int read_limit(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	struct bandwidth_limit *limit = field;

	limit->set = true;
	return xml_read(xml, item->element, &limit_table, limit);
}

static int read_class_id(struct xml *xml, const struct xml_item *item, void *object)
{
	struct bandwidth *bandwidth = object;

	if (parse_u32(item->value, 1, UINT32_MAX, &bandwidth->class_id) < 0)
		return xml_error_value(xml, item, "is not a number above 0");
	return 0;
}

static const struct xml_rule bandwidth_attributes[] = {
	{ "classID", .read = read_class_id },
};
static const struct xml_rule bandwidth_elements[] = {
	{ "inbound", .read = read_limit, .offset = offsetof(struct bandwidth, inbound) },
	{ "outbound", .read = read_limit, .offset = offsetof(struct bandwidth, outbound) },
};
static const struct xml_table bandwidth_table = { XML_ATTRIBUTES(bandwidth_attributes),
						  XML_ELEMENTS(bandwidth_elements) };

int bandwidth_read(struct xml *xml, const struct xml_item *item, bool floor_allowed,
		   struct bandwidth *ret)
{
	struct bandwidth bandwidth = { .set = true, .line = item->line };
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = xml_read_alone(xml, item->element, &bandwidth_table, &bandwidth);

	if (r < 0)
		return r;
	r = bandwidth_validate(&bandwidth, floor_allowed, &error);
	if (r < 0)
		return xml_error_from(xml, &error);
	*ret = bandwidth;
	return 0;
}

static void write_rate(struct xml_writer *writer, const char *name, uint64_t rate)
{
	if (rate)
		xml_attribute_number(writer, name, rate);
}

static void write_limit(struct xml_writer *writer, const char *name,
			const struct bandwidth_limit *limit)
{
	if (!limit->set)
		return;
	xml_begin(writer, name);
	write_rate(writer, "average", limit->average);
	write_rate(writer, "peak", limit->peak);
	write_rate(writer, "floor", limit->floor);
	write_rate(writer, "burst", limit->burst);
	xml_end(writer, name);
}

void bandwidth_write(struct xml_writer *writer, const struct bandwidth *bandwidth)
{
	if (!bandwidth_limits(bandwidth))
		return;
	xml_begin(writer, "bandwidth");
	if (bandwidth->class_id)
		xml_attribute_number(writer, "classID", bandwidth->class_id);
	write_limit(writer, "inbound", &bandwidth->inbound);
	write_limit(writer, "outbound", &bandwidth->outbound);
	xml_end(writer, "bandwidth");
}

/* --- <vlan> --- */

/* <vlan> while it is read: what trunk= said. */
struct vlan_reading {
	struct vlan vlan;
	enum tristate trunk;
};

/* A <tag> while it is read. */
struct tag_reading {
	uint32_t id;
	enum vlan_native native;
};

static int read_tag_id(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tag_reading *tag = object;

	if (parse_u32(item->value, 0, VLAN_ID_MAX, &tag->id) < 0)
		return xml_error_value(xml, item, "is not a number from 0 to 4095");
	return 0;
}

static int read_native(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tag_reading *tag = object;

	if (vlan_native_parse(item->value, &tag->native) < 0)
		return xml_error_value(xml, item, "is not one of tagged, untagged");
	return 0;
}

static const struct xml_rule tag_attributes[] = {
	{ "id", .flags = XML_REQUIRED, .read = read_tag_id },
	{ "nativeMode", .read = read_native },
};
static const struct xml_table tag_table = { XML_ATTRIBUTES(tag_attributes) };

static int read_tag(struct xml *xml, const struct xml_item *item, void *object)
{
	struct vlan_reading *reading = object;
	struct tag_reading tag = { 0 };
	int r = xml_read(xml, item->element, &tag_table, &tag);

	if (r < 0)
		return r;
	if (tag.native != VLAN_NATIVE_NONE && reading->vlan.native != VLAN_NATIVE_NONE)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<vlan> can have one native tag; %u is one already",
				 reading->vlan.native_tag);
	if (tag.native != VLAN_NATIVE_NONE) {
		reading->vlan.native = tag.native;
		reading->vlan.native_tag = (uint16_t)tag.id;
	}
	if (vlan_add_tag(&reading->vlan, (uint16_t)tag.id) < 0)
		return error_oom(xml->err);
	return 0;
}

static const struct xml_rule vlan_attributes[] = {
	{ "trunk", .read = xml_read_tristate, .offset = offsetof(struct vlan_reading, trunk) },
};
static const struct xml_rule vlan_elements[] = {
	{ "tag", .flags = XML_MANY | XML_REQUIRED, .read = read_tag },
};
static const struct xml_table vlan_table = { XML_ATTRIBUTES(vlan_attributes),
					     XML_ELEMENTS(vlan_elements) };

static int check_trunk(struct xml *xml, const struct vlan_reading *reading)
{
	const struct vlan *vlan = &reading->vlan;

	if (reading->trunk != TRISTATE_NO || (vlan->n_tags < 2 && !vlan->native))
		return 0;
	return xml_error(xml, vlan->line, ERROR_INVALID_ARGUMENT,
			 "<vlan trunk='no'> can have neither several tags nor a native one");
}

int vlan_read(struct xml *xml, const struct xml_item *item, struct vlan *ret)
{
	struct vlan_reading reading = { .vlan.line = item->line };
	int r = xml_read_alone(xml, item->element, &vlan_table, &reading);

	if (r == 0)
		r = check_trunk(xml, &reading);
	if (r < 0) {
		vlan_done(&reading.vlan);
		return r;
	}
	reading.vlan.trunk = reading.trunk == TRISTATE_YES || reading.vlan.n_tags > 1 ||
			     reading.vlan.native != VLAN_NATIVE_NONE;
	*ret = reading.vlan;
	return 0;
}

static void write_tag(struct xml_writer *writer, const struct vlan *vlan, uint16_t tag)
{
	xml_begin(writer, "tag");
	xml_attribute_number(writer, "id", tag);
	if (vlan->native != VLAN_NATIVE_NONE && vlan->native_tag == tag)
		xml_attribute(writer, "nativeMode", vlan_native_name(vlan->native));
	xml_end(writer, "tag");
}

void vlan_write(struct xml_writer *writer, const struct vlan *vlan)
{
	if (vlan->n_tags == 0)
		return;
	xml_begin(writer, "vlan");
	if (vlan->trunk)
		xml_attribute(writer, "trunk", "yes");
	for (size_t i = 0; i < vlan->n_tags; i++)
		write_tag(writer, vlan, vlan->tags[i]);
	xml_end(writer, "vlan");
}

/* --- <filterref> --- */

struct parameter_reading {
	char *name;
	char *value;
};

static int read_value(struct xml *xml, const struct xml_item *item, void *object)
{
	struct parameter_reading *reading = object;

	reading->value = strdup(item->value);
	return reading->value ? 0 : error_oom(xml->err);
}

static const struct xml_rule parameter_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct parameter_reading, name) },
	{ "value", .flags = XML_REQUIRED, .read = read_value },
};
static const struct xml_table parameter_table = { XML_ATTRIBUTES(parameter_attributes) };

static int read_parameter(struct xml *xml, const struct xml_item *item, void *object)
{
	struct parameter_reading reading = { 0 };
	int r = xml_read(xml, item->element, &parameter_table, &reading);

	if (r == 0 && filter_ref_add(object, reading.name, reading.value) < 0)
		r = error_oom(xml->err);
	free(reading.name);
	free(reading.value);
	return r;
}

static const struct xml_rule filter_attributes[] = {
	{ "filter", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct filter_ref, filter) },
};
static const struct xml_rule filter_elements[] = {
	{ "parameter", .flags = XML_MANY, .read = read_parameter },
};
static const struct xml_table filter_table = { XML_ATTRIBUTES(filter_attributes),
					       XML_ELEMENTS(filter_elements) };

int filter_ref_read(struct xml *xml, const struct xml_item *item, struct filter_ref *ret)
{
	struct filter_ref ref = { .line = item->line };
	int r = xml_read_alone(xml, item->element, &filter_table, &ref);

	if (r < 0) {
		filter_ref_done(&ref);
		return r;
	}
	*ret = ref;
	return 0;
}

/* libvirt writes the names in order; the values of one name are a list, whose order counts. */
static int by_name(const void *a, const void *b)
{
	const struct filter_parameter *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	if (order)
		return order;
	return *x < *y ? -1 : *x > *y;
}

static void write_parameters(struct xml_writer *writer, const struct filter_ref *ref)
{
	AUTO_FREE const struct filter_parameter **sorted = NULL;

	if (!ref->n_parameters)
		return;
	sorted = calloc(ref->n_parameters, sizeof(*sorted));
	if (!sorted) {
		writer->text.failed = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < ref->n_parameters; i++)
		sorted[i] = &ref->parameters[i];
	qsort(sorted, ref->n_parameters, sizeof(*sorted), by_name);
	for (size_t i = 0; i < ref->n_parameters; i++) {
		xml_begin(writer, "parameter");
		xml_attribute(writer, "name", sorted[i]->name);
		xml_attribute(writer, "value", sorted[i]->value);
		xml_end(writer, "parameter");
	}
}

void filter_ref_write(struct xml_writer *writer, const struct filter_ref *ref)
{
	if (!ref->filter)
		return;
	xml_begin(writer, "filterref");
	xml_attribute(writer, "filter", ref->filter);
	write_parameters(writer, ref);
	xml_end(writer, "filterref");
}
