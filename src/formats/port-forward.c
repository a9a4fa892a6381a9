/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:forward>. The guest's port may stand in to-port= or behind the address
 * in to=, and is the host's port where it stands in neither; to-port= is what
 * is written.
 */
#include "formats/network-node.h"
#include "util/array.h"
#include "util/parse.h"

static int read_protocol(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port_forward *forward = object;

	if (forward_protocol_parse(item->value, &forward->protocol) < 0)
		return xml_error_value(xml, item, "is not one of tcp, udp");
	return 0;
}

static int read_number(struct xml *xml, const struct xml_item *item, uint16_t *ret_port)
{
	uint32_t number;

	if (parse_u32(item->value, 1, UINT16_MAX, &number) < 0)
		return xml_error_value(xml, item, "is not a number from 1 to 65535");
	*ret_port = (uint16_t)number;
	return 0;
}

static int read_port(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port_forward *forward = object;

	return read_number(xml, item, &forward->port);
}

static int read_to(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port_forward *forward = object;

	if (address_port_parse(item->value, &forward->to, &forward->to_port) < 0)
		return xml_error_value(xml, item,
				       "is not an IP address, with or without a port: "
				       "192.168.122.10, 192.168.122.10:80, [fd00::10]:80");
	return 0;
}

static int read_to_port(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port_forward *forward = object;

	if (forward->to_port != 0)
		return xml_error_value(xml, item, "is said in to= already");
	return read_number(xml, item, &forward->to_port);
}

static int read_address(struct xml *xml, const struct xml_item *item, void *object)
{
	struct port_forward *forward = object;

	if (address_parse(item->value, &forward->address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	return 0;
}

static const struct xml_rule attributes[] = {
	{ "proto", .flags = XML_REQUIRED, .read = read_protocol },
	{ "port", .flags = XML_REQUIRED, .read = read_port },
	{ "to", .read = read_to },
	{ "to-port", .read = read_to_port },
	{ "address", .read = read_address },
};
static const struct xml_table table = { XML_ATTRIBUTES(attributes) };

int port_forward_read(struct xml *xml, const struct xml_item *item, struct port_forward *ret)
{
	int r;

	ret->line = item->line;
	r = xml_read_alone(xml, item->element, &table, ret);
	if (r == 0 && ret->to_port == 0)
		ret->to_port = ret->port;
	return r;
}

void port_forward_write(struct xml_writer *writer, const struct port_forward *forward)
{
	char to[ADDRESS_TEXT_SIZE], address[ADDRESS_TEXT_SIZE];

	address_format(&forward->to, to);
	address_format(&forward->address, address);
	xml_begin(writer, "vif:forward");
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(writer, "proto", forward_protocol_name(forward->protocol));
	xml_attribute_number(writer, "port", forward->port);
	xml_attribute(writer, "to", to);
	xml_attribute_number(writer, "to-port", forward->to_port);
	xml_attribute(writer, "address", forward->address.family ? address : NULL);
	xml_end(writer, "vif:forward");
}
