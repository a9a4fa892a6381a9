/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "formats/interface-node.h"
#include "formats/networkport-node.h"
#include "formats/networkport-xml.h"
#include "formats/port-xml.h"
#include "formats/xml-writer.h"
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

static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (port_type_parse(text, &port->type) < 0)
		return xml_error_value(xml, item, "is not one of direct, live");
	return 0;
}

static int read_side(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (parse_u32(text, 0, UINT32_MAX, &port->side) < 0)
		return xml_error_value(xml, item, "is not a number below 4294967296");
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

static int read_guest_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (mac_parse(text, &port->guest_mac) < 0)
		return xml_error_value(xml, item, "is not a MAC address");
	port->has_guest_mac = true;
	return 0;
}

static int read_start(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	if (parse_u64(item->value, 0, UINT64_MAX, &port->owner.start_time) < 0)
		return xml_error_value(xml, item, "is not a number");
	return 0;
}

static int read_uid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	uint32_t uid;

	if (parse_u32(item->value, 0, UINT32_MAX, &uid) < 0)
		return xml_error_value(xml, item, "is not a user's id");
	port->owner.uid = uid;
	return 0;
}

static int read_device_uid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;
	uint32_t uid;

	if (parse_u32(item->value, 0, UINT32_MAX - 1, &uid) < 0)
		return xml_error_value(xml, item, "is not a user's id");
	port->owner.device_uid = uid;
	return 0;
}

static int read_guest_uuid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	if (uuid_parse(item->value, &port->owner.guest_uuid) < 0)
		return xml_error_value(xml, item, "is not a UUID");
	port->owner.has_guest_uuid = true;
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

/* Beside the port: what the record says twice, until it is compared. */
struct repeated {
	bool read;
	struct networkport networkport;
};

static int read_networkport(struct xml *xml, const struct xml_item *item, void *object)
{
	struct repeated *repeated = xml->user;
	int r = networkport_from_node(xml, item->element, &repeated->networkport);

	repeated->read = r == 0;
	return r;
}

static int read_interface(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port *port = object;

	return interface_from_node(xml, item->element, &port->actual, &port->interface);
}

static const struct xml_rule owner_attributes[] = {
	{ "guest", .read = xml_read_string, .offset = offsetof(struct port, owner.guest) },
	{ "uuid", .read = read_guest_uuid },
	{ "pid", .read = read_pid },
	{ "start", .read = read_start },
	{ "uid", .read = read_uid },
	{ "device-uid", .read = read_device_uid },
};
static const struct xml_table owner_table = { XML_ATTRIBUTES(owner_attributes) };
static const struct xml_table empty_table = { 0 };

static const struct xml_rule port_elements[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_name, .offset = offsetof(struct port, name) },
	{ "uuid", .flags = XML_REQUIRED, .read = read_uuid },
	{ "state", .flags = XML_REQUIRED, .read = read_state },
	{ "reason", .read = xml_read_string, .offset = offsetof(struct port, reason) },
	{ "type", .flags = XML_REQUIRED, .read = read_type },
	{ "side", .read = read_side },
	{ "owner", .read = xml_descend, .table = &owner_table },
	{ "by-name", .read = read_by_name, .table = &empty_table },
	{ "vhost", .read = read_vhost, .table = &empty_table },
	{ "qmp", .read = xml_read_string, .offset = offsetof(struct port, qmp) },
	{ "guest-mac", .read = read_guest_mac },
	{ "networkport", .read = read_networkport },
	{ "interface", .flags = XML_REQUIRED, .read = read_interface },
};
static const struct xml_table port_table = { XML_ELEMENTS(port_elements) };

/* Written from the rest, it says the same as the rest, or the record is torn. */
static int check_repeated(struct xml *xml, const struct port *port, const struct repeated *repeated)
{
	const unsigned line = repeated->networkport.line;
	struct networkport expected;
	const char *difference;

	if (!repeated->read)
		return 0;
	if (!port_has_networkport(port))
		return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
				 "<networkport> stands beside an interface that can have none");
	if (networkport_of(port, &expected) < 0)
		return error_oom(xml->err);
	difference = networkport_difference(&repeated->networkport, &expected);
	networkport_done(&expected);
	if (!difference)
		return 0;
	return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
			 "<networkport> has another <%s> than the rest of the record", difference);
}

static int read_port(struct xml *xml, struct port *port)
{
	struct repeated repeated = { 0 };
	int r;

	xml->user = &repeated;
	r = xml_read(xml, xml->root, &port_table, port);
	if (r == 0)
		r = check_repeated(xml, port, &repeated);
	networkport_done(&repeated.networkport);
	return r;
}

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
	r = read_port(&xml, port);
	if (r < 0)
		return r;
	*ret = take_ptr(port);
	return 0;
}

static void write_owner(struct xml_writer *writer, const struct owner *owner)
{
	char uuid[UUID_TEXT_SIZE];

	if (!owner->guest && !owner->pid && !owner->has_guest_uuid && owner->uid == 0 &&
	    owner->device_uid == 0)
		return;
	uuid_format(&owner->guest_uuid, uuid);
	xml_begin(writer, "owner");
	xml_attribute(writer, "guest", owner->guest);
	xml_attribute(writer, "uuid", owner->has_guest_uuid ? uuid : NULL);
	if (owner->pid) {
		xml_attribute_number(writer, "pid", (unsigned long long)owner->pid);
		xml_attribute_number(writer, "start", owner->start_time);
	}
	if (owner->uid != 0)
		xml_attribute_number(writer, "uid", owner->uid);
	if (owner->device_uid != 0)
		xml_attribute_number(writer, "device-uid", owner->device_uid);
	xml_end(writer, "owner");
}

static void write_flag(struct xml_writer *writer, const char *name, bool set)
{
	if (!set)
		return;
	xml_begin(writer, name);
	xml_end(writer, name);
}

static int write_networkport(struct xml_writer *writer, const struct port *port)
{
	struct networkport networkport;

	if (!port_has_networkport(port))
		return 0;
	if (networkport_of(port, &networkport) < 0)
		return -ENOMEM;
	networkport_write(writer, &networkport);
	networkport_done(&networkport);
	return 0;
}

/* vifd's own elements. */
static void write_own(struct xml_writer *writer, const struct port *port)
{
	char uuid[UUID_TEXT_SIZE], side[16], mac[MAC_TEXT_SIZE];

	mac_format(&port->guest_mac, mac);
	uuid_format(&port->uuid, uuid);
	snprintf(side, sizeof(side), "%u", port->side);
	xml_leaf(writer, "name", port->name);
	xml_leaf(writer, "uuid", uuid);
	xml_leaf(writer, "state", port_state_name(port->state));
	xml_leaf(writer, "reason", port->reason);
	xml_leaf(writer, "type", port_type_name(port->type));
	if (port->side)
		xml_leaf(writer, "side", side);
	write_owner(writer, &port->owner);
	write_flag(writer, "by-name", port->by_name);
	write_flag(writer, "vhost", port->vhost);
	xml_leaf(writer, "qmp", port->qmp);
	xml_leaf(writer, "guest-mac", port->has_guest_mac ? mac : NULL);
}

int port_to_xml(const struct port *port, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct interface_form form = { 0 };

	if (port->actual.type != INTERFACE_NETWORK)
		form.actual = &port->actual;
	xml_begin(&writer, "port");
	write_own(&writer, port);
	if (write_networkport(&writer, port) < 0)
		return error_oom(err);
	interface_write(&writer, port->interface, &form);
	xml_end(&writer, "port");
	return xml_writer_take(&writer, ret_xml) < 0 ? error_oom(err) : 0;
}
