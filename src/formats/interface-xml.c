/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may stand in an <interface>, as tables: one for what is read, in the
 * order of reading, and one for what is written, in libvirt's order. An element
 * that is only kept stands in both by its name.
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

/* --- reading: attributes --- */

static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	static const char *const others[] = { "user",  "vhostuser", "server",  "client",
					      "mcast", "internal",  "hostdev", "udp",
					      "vdpa",  "null",      "vds" };
	struct interface *interface = object;

	if (interface_type_parse(item->value, &interface->type) == 0)
		return 0;
	if (name_index(others, ARRAY_SIZE(others), item->value) >= 0)
		return xml_refuse(xml, item, object);
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

static int read_port_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	return xml_read_port_type(xml, item, &interface->port_type);
}

/* --- reading: the insides of elements that are kept --- */

static int check_number(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_FREE char *text = item->value ? strdup(item->value) : xml_text(item->element);
	uint32_t number;

	if (!text)
		return error_oom(xml->err);
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

/* --- reading: the tables --- */

static const struct xml_rule network_source[] = {
	{ "network", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, network) },
	{ "portgroup", .read = xml_read_string, .offset = offsetof(struct interface, portgroup) },
	{ "portid", .read = xml_drop },
	{ "bridge", .read = xml_drop },
	{ "macTableManager", .read = xml_drop },
};
/* The network's name beside a resolved source is for people; libvirt does not read it either. */
static const struct xml_rule direct_source[] = {
	{ "dev", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, dev) },
	{ "mode", .read = read_mode },
	{ "network", .read = xml_keep },
	{ "portgroup", .read = xml_keep },
	{ "portid", .read = xml_drop },
};
static const char *const mac_table_managers[] = { "kernel", "libvirt", NULL };
static const struct xml_rule bridge_source[] = {
	{ "bridge", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, bridge) },
	{ "network", .read = xml_keep },
	{ "portgroup", .read = xml_keep },
	{ "portid", .read = xml_drop },
	{ "macTableManager", .read = xml_keep_first, .values = mac_table_managers },
};
static const struct xml_rule ethernet_source_elements[] = {
	{ "ip", .flags = XML_MANY, .read = xml_refuse },
	{ "route", .flags = XML_MANY, .read = xml_refuse },
};
static const struct xml_table source_tables[] = {
	[INTERFACE_NETWORK] = { XML_ATTRIBUTES(network_source) },
	[INTERFACE_DIRECT] = { XML_ATTRIBUTES(direct_source) },
	[INTERFACE_BRIDGE] = { XML_ATTRIBUTES(bridge_source) },
	[INTERFACE_ETHERNET] = { XML_ELEMENTS(ethernet_source_elements) },
};
_Static_assert(ARRAY_SIZE(source_tables) == INTERFACE_TYPE_COUNT, "every type has a source");

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

/* --- reading: <actual>, in the record of a port only --- */

static int read_actual_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	if (interface_type_parse(item->value, &actual->type) == 0 &&
	    actual->type != INTERFACE_NETWORK)
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

static const struct xml_rule actual_direct[] = {
	{ "dev", .flags = XML_REQUIRED, .read = read_actual_name,
	  .offset = offsetof(struct actual, dev) },
	{ "mode", .flags = XML_REQUIRED, .read = read_actual_mode },
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
static int check_actual(struct xml *xml, unsigned line, const struct interface *interface,
			const struct actual *actual)
{
	bool possible = interface->type == INTERFACE_NETWORK ? actual->type != INTERFACE_ETHERNET
							     : actual->type == interface->type;

	if (!possible)
		return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
				 "<actual type='%s'> cannot be that of an interface of type='%s'",
				 interface_type_name(actual->type),
				 interface_type_name(interface->type));
	if ((actual->type == INTERFACE_DIRECT && !actual->dev) ||
	    (actual->type == INTERFACE_BRIDGE && !actual->bridge))
		return xml_error(xml, line, ERROR_INVALID_XML,
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
		r = check_actual(xml, item->line, object, &actual);
	if (r < 0) {
		actual_done(&actual);
		return r;
	}
	*wanted = actual;
	return 0;
}

/* --- reading: <interface> --- */

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

/* --- writing --- */

/* What is written: the interface, or its merged form. */
struct writing {
	struct xml_writer *writer;
	const struct interface *interface;
	const struct interface_form *form;
	bool merged;
};

static void write_mac(const struct writing *w)
{
	const struct kept_list *kept = &w->interface->kept;
	char text[MAC_TEXT_SIZE];

	if (!w->interface->has_mac && !xml_has_kept(kept, "mac"))
		return;
	mac_format(&w->interface->mac, text);
	xml_begin(w->writer, "mac");
	xml_attribute(w->writer, "address", text);
	xml_end_kept(w->writer, kept, "mac");
}

static void write_direct(struct xml_writer *writer, const char *dev, enum direct_mode mode)
{
	xml_attribute(writer, "dev", dev);
	xml_attribute(writer, "mode", direct_mode_name(mode));
}

static void write_actual_source(struct xml_writer *writer, const struct actual *actual)
{
	if (actual->type == INTERFACE_DIRECT)
		write_direct(writer, actual->dev, actual->mode);
	else
		xml_attribute(writer, "bridge", actual->bridge);
}

static void write_source(const struct writing *w)
{
	const struct interface *interface = w->interface;
	struct xml_writer *writer = w->writer;
	char portid[UUID_TEXT_SIZE];

	if (interface->type == INTERFACE_ETHERNET && !xml_has_kept(&interface->kept, "source"))
		return;
	xml_begin(writer, "source");
	if (interface->type == INTERFACE_NETWORK) {
		xml_attribute(writer, "network", interface->network);
		xml_attribute(writer, "portgroup", interface->portgroup);
		if (w->merged && w->form->portid) {
			uuid_format(w->form->portid, portid);
			xml_attribute(writer, "portid", portid);
		}
	}
	if (w->merged)
		write_actual_source(writer, w->form->actual);
	else if (interface->type == INTERFACE_DIRECT)
		write_direct(writer, interface->dev, interface->mode);
	else
		xml_attribute(writer, "bridge", interface->bridge);
	xml_end_kept(writer, &interface->kept, "source");
}

static void write_actual(const struct writing *w)
{
	const struct actual *actual = w->form->actual;

	if (!actual || w->merged)
		return;
	xml_begin(w->writer, "actual");
	xml_attribute(w->writer, "type", interface_type_name(actual->type));
	if (actual->type != INTERFACE_ETHERNET) {
		xml_begin(w->writer, "source");
		write_actual_source(w->writer, actual);
		xml_end(w->writer, "source");
	}
	xml_end_kept(w->writer, &w->interface->kept, "actual");
}

static void write_target(const struct writing *w)
{
	const char *target = w->form->target ? w->form->target : w->interface->target;

	if (!target)
		return;
	xml_begin(w->writer, "target");
	xml_attribute(w->writer, "dev", target);
	xml_end_kept(w->writer, &w->interface->kept, "target");
}

static void write_driver(const struct writing *w)
{
	const struct interface *interface = w->interface;

	if (!interface->driver && !interface->queues && !xml_has_kept(&interface->kept, "driver"))
		return;
	xml_begin(w->writer, "driver");
	xml_attribute(w->writer, "name", driver_name_text(interface->driver));
	if (interface->queues)
		xml_attribute_number(w->writer, "queues", interface->queues);
	xml_end_kept(w->writer, &interface->kept, "driver");
}

/* <name attribute='value'/>, if there is a value or anything kept. */
static void write_one(const struct writing *w, const char *name, const char *attribute,
		      const char *value)
{
	if (!value && !xml_has_kept(&w->interface->kept, name))
		return;
	xml_begin(w->writer, name);
	xml_attribute(w->writer, attribute, value);
	xml_end_kept(w->writer, &w->interface->kept, name);
}

static void write_model(const struct writing *w)
{
	write_one(w, "model", "type", w->interface->model);
}

static void write_link(const struct writing *w)
{
	write_one(w, "link", "state", link_state_name(w->interface->link));
}

static void write_mtu(const struct writing *w)
{
	char mtu[16];

	snprintf(mtu, sizeof(mtu), "%u", w->interface->mtu);
	write_one(w, "mtu", "size", w->interface->mtu ? mtu : NULL);
}

static void write_alias(const struct writing *w)
{
	write_one(w, "alias", "name", w->interface->alias);
}

static void write_port(const struct writing *w)
{
	write_one(w, "port", NULL, NULL);
}

static void write_backend(const struct writing *w)
{
	write_one(w, "backend", NULL, NULL);
}

/* libvirt's order. A row without a function is an element that is only kept. */
static const struct {
	const char *name;
	void (*write)(const struct writing *w);
} output[] = {
	{ "mac", write_mac },     { "source", write_source }, { "actual", write_actual },
	{ "port", write_port },   { "target", write_target }, { "guest", NULL },
	{ "model", write_model }, { "driver", write_driver }, { "backend", write_backend },
	{ "tune", NULL },         { "link", write_link },     { "mtu", write_mtu },
	{ "coalesce", NULL },     { "boot", NULL },           { "alias", write_alias },
	{ "rom", NULL },          { "acpi", NULL },           { "address", NULL },
};

static bool has_place(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(output); i++)
		if (!output[i].write && !strcmp(output[i].name, name))
			return true;
	return false;
}

/* What is kept and has no place of its own: foreign elements, in their order. */
static void write_rest(const struct writing *w)
{
	const struct kept_list *kept = &w->interface->kept;

	if (w->interface->port_type)
		xml_vif_port(w->writer, port_type_name(w->interface->port_type));
	for (size_t i = 0; i < kept->n; i++)
		if (kept->items[i].xml && !*kept->items[i].parent &&
		    !has_place(kept->items[i].name))
			xml_kept_element(w->writer, &kept->items[i]);
}

void interface_write(struct xml_writer *writer, const struct interface *interface,
		     const struct interface_form *form)
{
	struct writing w = {
		.writer = writer,
		.interface = interface,
		.form = form,
		.merged = form->actual && form->target,
	};
	enum interface_type type = w.merged ? form->actual->type : interface->type;

	xml_begin(writer, "interface");
	xml_attribute(writer, "type", interface_type_name(type));
	xml_kept_attributes(writer, &interface->kept, "");
	for (size_t i = 0; i < ARRAY_SIZE(output); i++) {
		if (output[i].write)
			output[i].write(&w);
		else
			xml_kept_elements(writer, &interface->kept, "", output[i].name);
	}
	write_rest(&w);
	xml_end(writer, "interface");
}

static int finish(struct xml_writer *writer, char **ret_xml, struct error *err)
{
	return xml_writer_take(writer, ret_xml) < 0 ? error_oom(err) : 0;
}

int interface_to_xml(const struct interface *interface, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;

	interface_write(&writer, interface, &(struct interface_form){ 0 });
	return finish(&writer, ret_xml, err);
}

int interface_merged_to_xml(const struct port *port, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct interface_form form = { .target = port->name, .portid = &port->uuid };

	if (port->actual.type != INTERFACE_NETWORK)
		form.actual = &port->actual;
	interface_write(&writer, port->interface, &form);
	return finish(&writer, ret_xml, err);
}
