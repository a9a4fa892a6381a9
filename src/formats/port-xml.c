/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "formats/interface-node.h"
#include "formats/port-xml.h"
#include "formats/writer.h"
#include "formats/xml.h"
#include "util/parse.h"

/* The name is a device's and also a file's; the kernel takes one with a '%' for a template. */
static int read_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	int r = xml_read_string(xml, item, object);

	if (r == 0 && (!ifname_is_valid(port->name) || strchr(port->name, '%')))
		return xml_error_value(xml, item, "is not a name that a device can have");
	return r;
}

static int read_uuid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (uuid_parse(text, &port->uuid) < 0)
		return xml_error_value(xml, item, "is not a UUID");
	return 0;
}

static int read_state(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (port_state_parse(text, &port->state) < 0)
		return xml_error_value(xml, item, "is not a state of a port");
	return 0;
}

static int read_pid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	uint32_t pid;

	if (parse_u32(item->value, 1, INT_MAX, &pid) < 0)
		return xml_error_value(xml, item, "is not a process id");
	port->owner.pid = (pid_t)pid;
	return 0;
}

static int read_start(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	if (parse_u64(item->value, 0, UINT64_MAX, &port->owner.start_time) < 0)
		return xml_error_value(xml, item, "is not a number");
	return 0;
}

static int read_by_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	port->by_name = true;
	return xml_descend(xml, item, object);
}

static int read_vhost(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	port->vhost = true;
	return xml_descend(xml, item, object);
}

static int read_interface(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	return interface_from_node(xml, item->element, &port->actual, &port->interface);
}

static const struct xml_rule owner_attributes[] = {
	{ "guest", .read = xml_read_string, .offset = offsetof(struct port, owner.guest) },
	{ "pid", .read = read_pid },
	{ "start", .read = read_start },
};
static const struct xml_table owner_table = { XML_ATTRIBUTES(owner_attributes) };
static const struct xml_table empty_table = { 0 };

static const struct xml_rule port_elements[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_name, .offset = offsetof(struct port, name) },
	{ "uuid", .flags = XML_REQUIRED, .read = read_uuid },
	{ "state", .flags = XML_REQUIRED, .read = read_state },
	{ "error", .read = xml_read_string, .offset = offsetof(struct port, error) },
	{ "owner", .read = xml_descend, .table = &owner_table },
	{ "by-name", .read = read_by_name, .table = &empty_table },
	{ "vhost", .read = read_vhost, .table = &empty_table },
	{ "interface", .flags = XML_REQUIRED, .read = read_interface },
};
static const struct xml_table port_table = { XML_ELEMENTS(port_elements) };

int port_from_xml(const char *text, size_t size, const char *source, struct port **ret,
		  struct error *err)
{
	AUTO(port_freep) struct port *port = NULL;
	AUTO_XML struct xml xml;
	int r;

	r = xml_parse(&xml, text, size, source, "port", err);
	if (r < 0)
		return r;
	port = port_new();
	if (!port)
		return error_oom(err);
	r = xml_read(&xml, xml.root, &port_table, port);
	if (r < 0)
		return r;
	*ret = take_ptr(port);
	return 0;
}

static void write_owner(struct xml_writer *writer, const struct owner *owner)
{
	if (!owner->guest && !owner->pid)
		return;
	xml_begin(writer, "owner");
	xml_attribute(writer, "guest", owner->guest);
	if (owner->pid) {
		xml_attribute_number(writer, "pid", (unsigned long long)owner->pid);
		xml_attribute_number(writer, "start", owner->start_time);
	}
	xml_end(writer, "owner");
}

static void write_flag(struct xml_writer *writer, const char *name, bool set)
{
	if (!set)
		return;
	xml_begin(writer, name);
	xml_end(writer, name);
}

int port_to_xml(const struct port *port, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct interface_form form = { 0 };
	char uuid[UUID_TEXT_SIZE];

	if (port->actual.type != INTERFACE_NETWORK)
		form.actual = &port->actual;
	uuid_format(&port->uuid, uuid);
	xml_begin(&writer, "port");
	xml_leaf(&writer, "name", port->name);
	xml_leaf(&writer, "uuid", uuid);
	xml_leaf(&writer, "state", port_state_name(port->state));
	xml_leaf(&writer, "error", port->error);
	write_owner(&writer, &port->owner);
	write_flag(&writer, "by-name", port->by_name);
	write_flag(&writer, "vhost", port->vhost);
	interface_write(&writer, port->interface, &form);
	xml_end(&writer, "port");
	return xml_writer_take(&writer, ret_xml) < 0 ? error_oom(err) : 0;
}
