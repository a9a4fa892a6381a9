/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may stand in an <interface>, as tables, in the order of reading. An
 * element that is only kept has its place on output in interface-write.c.
 *
 * The type decides what <source> may hold, so it is read first, and each type
 * has its own table for it.
 */
#include <errno.h>
#include <string.h>

#include "formats/interface-node.h"
#include "formats/interface-xml.h"
#include "util/parse.h"

static const char *const on_off[] = { "on", "off", NULL };
static const char *const yes_no[] = { "yes", "no", NULL };
static const char *const no_yes[] = { "no", "yes", NULL };

/* --- attributes --- */

static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (interface_type_parse(item->value, &interface->type) == 0)
		return interface->type > INTERFACE_ETHERNET ? xml_refuse(xml, item, object) : 0;
	return xml_error_value(xml, item, "is not one of network, direct, bridge, ethernet");
}

/* libvirt's rule: the zero address is none. It is given back beside kept attributes only. */
static int read_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->mac_line = item->line;
	if (mac_parse(item->value, &interface->mac) < 0)
		return xml_error_value(xml, item,
				       "is not a MAC address (six pairs of hexadecimal digits)");
	if (mac_is_multicast(&interface->mac))
		return xml_error_value(xml, item, "is multicast; a guest needs a unicast address");
	interface->has_mac = !mac_is_zero(&interface->mac);
	return 0;
}

static int read_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (direct_mode_parse(item->value, &interface->mode) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of vepa, bridge, private, passthrough");
}

static int read_target(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->target_line = item->line;
	return xml_read_string(xml, item, object);
}

/* "no": the device is somebody else's; libvirt knows that of taps on nothing only. */
static int read_target_managed(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct interface *interface = object;

	if (!strcmp(item->value, "no") && interface->type != INTERFACE_ETHERNET)
		return xml_error_value(xml, item, "is possible with type='ethernet' only");
	return xml_keep_first(xml, item, object);
}

static int read_model(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->model_line = item->line;
	return xml_read_string(xml, item, object);
}

static int read_driver_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (driver_name_parse(item->value, &interface->driver) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of qemu, vhost");
}

/* 0 and 1 mean the same as nothing, and libvirt gives neither back. */
static int read_queues(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (parse_u32(item->value, 0, UINT32_MAX, &interface->queues) < 0)
		return xml_error_value(xml, item, "is not a number");
	if (interface->queues == 1)
		interface->queues = 0;
	return 0;
}

static int read_driver(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->driver_line = item->line;
	return xml_descend(xml, item, object);
}

/* virtio's queues are rings: QEMU takes powers of two only. */
static int keep_queue_size(struct xml *xml, const struct xml_item *item, void *object)
{
	uint32_t size;

	if (parse_u32(item->value, 1, 32768, &size) < 0 || (size & (size - 1)) != 0)
		return xml_error_value(xml, item, "is not a power of two up to 32768");
	return xml_keep(xml, item, object);
}

static int read_link(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (link_state_parse(item->value, &interface->link) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of up, down");
}

static int read_mtu(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->mtu_line = item->line;
	if (parse_u32(item->value, INTERFACE_MTU_MIN, INTERFACE_MTU_MAX, &interface->mtu) < 0)
		return xml_error_value(xml, item, "is not a number from 68 to 65535");
	return 0;
}

static int read_alias(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->alias_line = item->line;
	return xml_read_string(xml, item, object);
}

static int read_dev_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->has_dev_mac = true;
	return xml_read_device_mac(xml, item, &interface->dev_mac);
}

static int read_startup_policy(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->optional = !strcmp(item->value, "optional");
	if (interface->optional || !strcmp(item->value, "mandatory"))
		return 0;
	return xml_error_value(xml, item, "is not one of mandatory, optional");
}

static int read_follow(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	return xml_read_yes_no(xml, item, &interface->follow_link);
}

static int read_port_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	return xml_read_port_type(xml, item, &interface->port_type);
}

/* --- the insides of elements that are kept --- */

static int check_number(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_FREE char *text = NULL;
	uint32_t number;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (parse_u32(text, 0, UINT32_MAX, &number) < 0)
		return xml_error_value(xml, item, "is not a number below 4294967296");
	return 0;
}

static const struct xml_rule tune_elements[] = {
	{ "sndbuf", .read = check_number },
};
static const struct xml_table tune_table = { XML_ELEMENTS(tune_elements) };

static const struct xml_rule frames_attributes[] = {
	{ "max", .read = check_number },
};
static const struct xml_table frames_table = { XML_ATTRIBUTES(frames_attributes) };
static const struct xml_rule rx_elements[] = {
	{ "frames", .read = xml_descend, .table = &frames_table },
};
static const struct xml_table rx_table = { XML_ELEMENTS(rx_elements) };
static const struct xml_rule coalesce_elements[] = {
	{ "rx", .read = xml_descend, .table = &rx_table },
};
static const struct xml_table coalesce_table = { XML_ELEMENTS(coalesce_elements) };

/* --- the tables --- */

static const struct xml_rule network_source[] = {
	{ "network", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, network) },
	{ "portgroup", .read = xml_read_string, .offset = offsetof(struct interface, portgroup) },
	{ "startupPolicy", .read = read_startup_policy },
	{ "portid", .read = xml_drop },
	{ "bridge", .read = xml_drop },
	{ "macTableManager", .read = xml_drop },
};
/* The network's name beside a resolved source is for people; libvirt does not read it either. */
static const struct xml_rule direct_source[] = {
	{ "dev", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, dev) },
	{ "mode", .read = read_mode },
	{ "mac", .ns = VIF_NAMESPACE, .read = read_dev_mac },
	{ "startupPolicy", .read = read_startup_policy },
	{ "network", .read = xml_keep },
	{ "portgroup", .read = xml_keep },
	{ "portid", .read = xml_drop },
};
static const char *const mac_table_managers[] = { "kernel", "libvirt", NULL };
static const struct xml_rule bridge_source[] = {
	{ "bridge", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, bridge) },
	{ "startupPolicy", .read = read_startup_policy },
	{ "network", .read = xml_keep },
	{ "portgroup", .read = xml_keep },
	{ "portid", .read = xml_drop },
	{ "macTableManager", .read = xml_keep_first, .values = mac_table_managers },
};
static const struct xml_rule ethernet_source_elements[] = {
	{ "ip", .flags = XML_MANY, .read = xml_refuse },
	{ "route", .flags = XML_MANY, .read = xml_refuse },
};
static const struct xml_table source_tables[INTERFACE_TYPE_COUNT] = {
	[INTERFACE_NETWORK] = { XML_ATTRIBUTES(network_source) },
	[INTERFACE_DIRECT] = { XML_ATTRIBUTES(direct_source) },
	[INTERFACE_BRIDGE] = { XML_ATTRIBUTES(bridge_source) },
	[INTERFACE_ETHERNET] = { XML_ELEMENTS(ethernet_source_elements) },
};

static int read_source(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->source_line = item->line;
	return xml_read(xml, item->element, &source_tables[interface->type], object);
}

static const char *const mac_types[] = { "generated", "static", NULL };
static const struct xml_rule mac_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = read_mac },
	{ "type", .read = xml_keep_one_of, .values = mac_types },
	{ "check", .read = xml_keep_one_of, .values = yes_no },
	{ "currentAddress", .read = xml_drop },
};
static const struct xml_rule target_attributes[] = {
	{ "dev", .flags = XML_REQUIRED, .read = read_target,
	  .offset = offsetof(struct interface, target) },
	{ "managed", .read = read_target_managed, .values = yes_no },
};
static const struct xml_rule model_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_model,
	  .offset = offsetof(struct interface, model) },
};
static const char *const txmodes[] = { "iothread", "timer", NULL };
static const struct xml_rule driver_attributes[] = {
	{ "name", .read = read_driver_name },
	{ "queues", .read = read_queues },
	{ "txmode", .read = xml_keep_one_of, .values = txmodes },
	{ "ioeventfd", .read = xml_keep_one_of, .values = on_off },
	{ "event_idx", .read = xml_keep_one_of, .values = on_off },
	{ "rx_queue_size", .read = keep_queue_size },
	{ "tx_queue_size", .read = keep_queue_size },
	{ "rss", .read = xml_keep_one_of, .values = on_off },
	{ "rss_hash_report", .read = xml_keep_one_of, .values = on_off },
	{ "iommu", .read = xml_keep_one_of, .values = on_off },
	{ "ats", .read = xml_keep_one_of, .values = on_off },
	{ "packed", .read = xml_keep_one_of, .values = on_off },
	{ "page_per_vq", .read = xml_keep_one_of, .values = on_off },
};
static const struct xml_rule driver_elements[] = {
	{ "host", .read = xml_keep },
	{ "guest", .read = xml_keep },
};
static const struct xml_rule link_attributes[] = {
	{ "state", .flags = XML_REQUIRED, .read = read_link },
};
static const struct xml_rule mtu_attributes[] = {
	{ "size", .flags = XML_REQUIRED, .read = read_mtu },
};
static const struct xml_rule alias_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_alias,
	  .offset = offsetof(struct interface, alias) },
};
static const char *const backend_types[] = { "default", "passt", NULL };
static const struct xml_rule backend_attributes[] = {
	{ "type", .read = xml_keep_first, .values = backend_types },
	{ "tap", .read = xml_refuse },
	{ "vhost", .read = xml_refuse },
	{ "logFile", .read = xml_refuse },
};
static const struct xml_rule port_attributes[] = {
	{ "isolated", .read = xml_keep_first, .values = no_yes },
};
static const struct xml_rule vif_port_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_port_type },
};
static const struct xml_rule vif_link_attributes[] = {
	{ "follow", .flags = XML_REQUIRED, .read = read_follow },
};

static const struct xml_table mac_table = { XML_ATTRIBUTES(mac_attributes) };
static const struct xml_table target_table = { XML_ATTRIBUTES(target_attributes) };
static const struct xml_table model_table = { XML_ATTRIBUTES(model_attributes) };
static const struct xml_table driver_table = { XML_ATTRIBUTES(driver_attributes),
					       XML_ELEMENTS(driver_elements) };
static const struct xml_table link_table = { XML_ATTRIBUTES(link_attributes) };
static const struct xml_table mtu_table = { XML_ATTRIBUTES(mtu_attributes) };
static const struct xml_table alias_table = { XML_ATTRIBUTES(alias_attributes) };
static const struct xml_table backend_table = { XML_ATTRIBUTES(backend_attributes) };
static const struct xml_table port_table = { XML_ATTRIBUTES(port_attributes) };
static const struct xml_table vif_port_table = { XML_ATTRIBUTES(vif_port_attributes) };
static const struct xml_table vif_link_table = { XML_ATTRIBUTES(vif_link_attributes) };

/* --- <actual>, in the record of a port only --- */

static int read_actual_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	if (interface_type_parse(item->value, &actual->type) == 0 &&
	    actual->type != INTERFACE_NETWORK && actual->type <= INTERFACE_ETHERNET)
		return 0;
	return xml_error_value(xml, item, "is not one of direct, bridge, ethernet");
}

static int read_actual_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	if (direct_mode_parse(item->value, &actual->mode) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of vepa, bridge, private, passthrough");
}

static int read_actual_name(struct xml *xml, const struct xml_item *item, void *object)
{
	if (!ifname_is_valid(item->value))
		return xml_error_value(xml, item, "is not a name that a device can have");
	return xml_read_string(xml, item, object);
}

static int read_actual_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	actual->has_dev_mac = true;
	return xml_read_device_mac(xml, item, &actual->dev_mac);
}

/* No dev: it waits for one of a pool. */
static const struct xml_rule actual_direct[] = {
	{ "dev", .read = read_actual_name, .offset = offsetof(struct actual, dev) },
	{ "mode", .flags = XML_REQUIRED, .read = read_actual_mode },
	{ "mac", .ns = VIF_NAMESPACE, .read = read_actual_mac },
};
static const struct xml_rule actual_bridge[] = {
	{ "bridge", .flags = XML_REQUIRED, .read = read_actual_name,
	  .offset = offsetof(struct actual, bridge) },
};
static const struct xml_table actual_sources[] = {
	[INTERFACE_DIRECT] = { XML_ATTRIBUTES(actual_direct) },
	[INTERFACE_BRIDGE] = { XML_ATTRIBUTES(actual_bridge) },
	[INTERFACE_ETHERNET] = { 0 },
};

static int read_actual_source(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct actual *actual = object;

	return xml_read(xml, item->element, &actual_sources[actual->type], object);
}

static const struct xml_rule actual_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_actual_type },
};
static const struct xml_rule actual_elements[] = {
	{ "source", .read = read_actual_source },
};
static const struct xml_table actual_table = { XML_ATTRIBUTES(actual_attributes),
					       XML_ELEMENTS(actual_elements) };

/* A network becomes a macvtap or a tap on a bridge; everything else is what it was asked to be. */
static int check_actual(struct xml *xml, const struct xml_item *item,
			const struct interface *interface, const struct actual *actual)
{
	bool possible = interface->type == INTERFACE_NETWORK ? actual->type != INTERFACE_ETHERNET
							     : actual->type == interface->type;

	if (!possible)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<actual type='%s'> cannot be that of an interface of type='%s'",
				 interface_type_name(actual->type),
				 interface_type_name(interface->type));
	if (actual->type != INTERFACE_ETHERNET && !xml_child(item->element, "source"))
		return xml_error(xml, item->line, ERROR_INVALID_XML,
				 "<actual> lacks the element <source>");
	return 0;
}

static int read_actual(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *wanted = xml->user, actual = { 0 };
	int r;

	if (!wanted)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<actual> is a record of vifd's own; an interface that is asked "
				 "for may not have it");
	r = xml_read(xml, item->element, &actual_table, &actual);
	if (r == 0)
		r = check_actual(xml, item, object, &actual);
	if (r < 0) {
		actual_done(&actual);
		return r;
	}
	*wanted = actual;
	return 0;
}

/* --- <interface> --- */

static const struct xml_rule interface_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_type },
	{ "trustGuestRxFilters", .read = xml_keep_first, .values = no_yes },
	{ "managed", .read = xml_refuse },
};

static const struct xml_rule interface_elements[] = {
	{ "mac", .read = xml_descend, .table = &mac_table },
	{ "source", .read = read_source },
	{ "actual", .read = read_actual },
	{ "target", .read = xml_descend, .table = &target_table },
	{ "model", .read = xml_descend, .table = &model_table },
	{ "driver", .read = read_driver, .table = &driver_table },
	{ "link", .read = xml_descend, .table = &link_table },
	{ "mtu", .read = xml_descend, .table = &mtu_table },
	{ "alias", .read = xml_descend, .table = &alias_table },
	{ "port", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_port_table },
	{ "link", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_link_table },
	{ "port", .read = xml_descend, .table = &port_table },
	{ "backend", .read = xml_descend, .table = &backend_table },
	{ "tune", .read = xml_keep_read, .table = &tune_table },
	{ "coalesce", .read = xml_keep_read, .table = &coalesce_table },
	{ "guest", .read = xml_keep },
	{ "boot", .read = xml_keep },
	{ "rom", .read = xml_keep },
	{ "acpi", .read = xml_keep },
	{ "address", .read = xml_keep },
	{ "virtualport", .read = xml_refuse },
	{ "vlan", .read = xml_refuse },
	{ "bandwidth", .read = xml_refuse },
	{ "filterref", .read = xml_refuse },
	{ "teaming", .read = xml_refuse },
	{ "script", .read = xml_refuse },
	{ "downscript", .read = xml_refuse },
	{ "backenddomain", .read = xml_refuse },
	{ "ip", .flags = XML_MANY, .read = xml_refuse },
	{ "route", .flags = XML_MANY, .read = xml_refuse },
	{ "portForward", .flags = XML_MANY, .read = xml_refuse },
};

static const struct xml_table interface_table = { XML_ATTRIBUTES(interface_attributes),
						  XML_ELEMENTS(interface_elements) };

/* No type means 'user' to libvirt. */
static int read_interface(struct xml *xml, xmlNode *node, struct interface *interface)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	int r;

	if (!xmlHasNsProp(node, BAD_CAST "type", NULL))
		return xml_error(xml, xml_line(node), ERROR_NOT_SUPPORTED,
				 "<interface> has no type, which means type='user', and that is "
				 "not supported yet");
	interface->line = xml_line(node);
	r = xml_read(xml, node, &interface_table, interface);
	if (r < 0)
		return r;
	if (interface->type != INTERFACE_ETHERNET && !interface->source_line)
		return xml_error(xml, interface->line, ERROR_INVALID_XML,
				 "<interface type='%s'> lacks the element <source>",
				 interface_type_name(interface->type));
	r = interface_validate(interface, &error);
	return r < 0 ? xml_error_from(xml, &error) : 0;
}

int interface_from_node(struct xml *xml, xmlNode *node, struct actual *actual,
			struct interface **ret)
{
	AUTO(interface_freep) struct interface *interface = interface_new();
	struct xml outer = *xml;
	int r;

	if (!interface)
		return error_oom(xml->err);
	xml->top = node;
	xml->kept = &interface->kept;
	xml->user = actual;
	r = read_interface(xml, node, interface);
	xml->top = outer.top;
	xml->kept = outer.kept;
	xml->user = outer.user;
	if (r < 0)
		return r;
	*ret = take_ptr(interface);
	return 0;
}

int interface_from_xml(const char *text, size_t size, const char *source, struct interface **ret,
		       struct error *err)
{
	AUTO_XML struct xml xml;
	int r;

	r = xml_parse(&xml, text, size, source, "interface", err);
	if (r < 0)
		return r;
	return interface_from_node(&xml, xml.root, NULL, ret);
}
