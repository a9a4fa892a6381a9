/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/interface-node.h"
#include "formats/networkport-node.h"
#include "formats/networkport-xml.h"
#include "util/parse.h"

/* --- in --- */

static int read_uuid_text(struct xml *xml, const struct xml_item *item, struct uuid *ret)
{
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (uuid_parse(text, ret) < 0)
		return xml_error_value(xml, item, "is not a UUID");
	return 0;
}

static int read_uuid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return read_uuid_text(xml, item, &networkport->uuid);
}

static int read_owner_uuid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return read_uuid_text(xml, item, &networkport->owner_uuid);
}

static int read_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return xml_read_device_mac(xml, item, &networkport->mac);
}

static int read_virtualport(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return virtualport_read(xml, item, &networkport->actual.virtualport);
}

static int read_bandwidth(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return bandwidth_read(xml, item, true, &networkport->actual.bandwidth);
}

static int read_vlan(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return vlan_read(xml, item, &networkport->actual.vlan);
}

/* <plug>: its type decides what else it has. */

static int read_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	if (direct_mode_parse(item->value, &networkport->actual.mode) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of vepa, bridge, private, passthrough");
}

static int read_manager(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;

	return mac_table_manager_read(xml, item, &networkport->actual.mac_table_manager);
}

static const char *const plug_types[] = { "direct", "bridge", "network", "hostdev-pci" };
enum { PLUG_DIRECT, PLUG_BRIDGE, PLUG_NETWORK, PLUG_HOSTDEV };

/* Looked at before the others. */
static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	return 0;
}

static const struct xml_rule direct_attributes[] = {
	{ "type", .read = read_type },
	{ "dev", .flags = XML_REQUIRED, .read = xml_read_ifname,
	  .offset = offsetof(struct networkport, actual.dev) },
	{ "mode", .flags = XML_REQUIRED, .read = read_mode },
};
static const struct xml_rule bridge_attributes[] = {
	{ "type", .read = read_type },
	{ "bridge", .flags = XML_REQUIRED, .read = xml_read_ifname,
	  .offset = offsetof(struct networkport, actual.bridge) },
	{ "macTableManager", .read = read_manager },
};
static const struct xml_rule pci_attributes[] = {
	{ "domain", .read = xml_check_text },
	{ "bus", .read = xml_check_text },
	{ "slot", .read = xml_check_text },
	{ "function", .read = xml_check_text },
};
static const struct xml_table pci_table = { XML_ATTRIBUTES(pci_attributes) };
static const struct xml_rule driver_attributes[] = {
	{ "name", .read = xml_check_text },
	{ "model", .read = xml_check_text },
};
static const struct xml_table driver_table = { XML_ATTRIBUTES(driver_attributes) };
static const struct xml_rule hostdev_attributes[] = {
	{ "type", .read = read_type },
	{ "managed", .read = xml_check_yes_no },
};
static const struct xml_rule hostdev_elements[] = {
	{ "driver", .read = xml_descend, .table = &driver_table },
	{ "address", .flags = XML_REQUIRED, .read = xml_descend, .table = &pci_table },
};
static const struct xml_table plug_tables[] = {
	[PLUG_DIRECT] = { XML_ATTRIBUTES(direct_attributes) },
	[PLUG_BRIDGE] = { XML_ATTRIBUTES(bridge_attributes) },
	[PLUG_NETWORK] = { XML_ATTRIBUTES(bridge_attributes) },
	[PLUG_HOSTDEV] = { XML_ATTRIBUTES(hostdev_attributes), XML_ELEMENTS(hostdev_elements) },
};
_Static_assert(ARRAY_SIZE(plug_types) == ARRAY_SIZE(plug_tables), "every type has a table");

static int keep_hostdev(struct xml *xml, const struct xml_item *item,
			struct networkport *networkport)
{
	const struct xml_rule rule = { .name = "plug", .table = &plug_tables[PLUG_HOSTDEV] };
	struct xml_item plug = *item;
	int r;

	plug.rule = &rule;
	xml->top = item->element->parent;
	xml->kept = &networkport->kept;
	r = xml_keep_read(xml, &plug, networkport);
	xml->kept = NULL;
	return r;
}

static int read_plug_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct networkport *networkport = object;
	struct xml_item plug = { .element = item->element, .line = item->line };
	int type = name_index(plug_types, ARRAY_SIZE(plug_types), item->value);

	if (type < 0)
		return xml_error_value(xml, item,
				       "is not one of direct, bridge, network, hostdev-pci");
	if (type == PLUG_HOSTDEV)
		return keep_hostdev(xml, &plug, networkport);
	networkport->plugged = true;
	networkport->actual.type = type == PLUG_DIRECT ? INTERFACE_DIRECT : INTERFACE_BRIDGE;
	networkport->actual.managed = type == PLUG_NETWORK;
	return xml_read(xml, item->element, &plug_tables[type], networkport);
}

static int read_plug(struct xml *xml, const struct xml_item *item, void *object)
{
	xmlChar *type = xmlGetNoNsProp(item->element, BAD_CAST "type");
	struct xml_item attribute = *item;
	int r;

	if (!type)
		return xml_error(xml, item->line, ERROR_INVALID_XML,
				 "<plug> lacks the attribute 'type'");
	attribute.name = "type";
	attribute.value = (const char *)type;
	r = read_plug_type(xml, &attribute, object);
	xmlFree(type);
	return r;
}

static const struct xml_rule owner_elements[] = {
	{ "name", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct networkport, owner_name) },
	{ "uuid", .flags = XML_REQUIRED, .read = read_owner_uuid },
};
static const struct xml_table owner_table = { XML_ELEMENTS(owner_elements) };
static const struct xml_rule mac_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = read_mac },
};
static const struct xml_table mac_table = { XML_ATTRIBUTES(mac_attributes) };
static const struct xml_rule port_attributes[] = {
	{ "isolated", .read = xml_read_tristate,
	  .offset = offsetof(struct networkport, actual.isolated) },
};
static const struct xml_table port_table = { XML_ATTRIBUTES(port_attributes) };
static const struct xml_rule filters_attributes[] = {
	{ "trustGuest", .flags = XML_REQUIRED, .read = xml_read_tristate,
	  .offset = offsetof(struct networkport, actual.trust_rx_filters) },
};
static const struct xml_table filters_table = { XML_ATTRIBUTES(filters_attributes) };

static const struct xml_rule networkport_elements[] = {
	{ "uuid", .flags = XML_REQUIRED, .read = read_uuid },
	{ "owner", .flags = XML_REQUIRED, .read = xml_descend, .table = &owner_table },
	{ "group", .read = xml_read_string,
	  .offset = offsetof(struct networkport, actual.portgroup) },
	{ "mac", .flags = XML_REQUIRED, .read = xml_descend, .table = &mac_table },
	{ "virtualport", .read = read_virtualport },
	{ "bandwidth", .read = read_bandwidth },
	{ "vlan", .read = read_vlan },
	{ "port", .read = xml_descend, .table = &port_table },
	{ "rxfilters", .read = xml_descend, .table = &filters_table },
	{ "plug", .read = read_plug },
};
static const struct xml_table networkport_table = { XML_ELEMENTS(networkport_elements) };

int networkport_from_node(struct xml *xml, xmlNode *node, struct networkport *ret)
{
	struct networkport networkport = { .line = xml_line(node) };
	xmlNode *top = xml->top;
	int r = xml_read_alone(xml, node, &networkport_table, &networkport);

	xml->top = top;
	if (r < 0) {
		networkport_done(&networkport);
		return r;
	}
	*ret = networkport;
	return 0;
}

int networkport_from_xml(const char *text, size_t size, const char *source, struct networkport *ret,
			 struct error *err)
{
	AUTO_XML struct xml xml;
	int r;

	r = xml_parse(&xml, text, size, source, "networkport", err);
	if (r < 0)
		return r;
	return networkport_from_node(&xml, xml.root, ret);
}

/* --- that of a port --- */

bool port_has_networkport(const struct port *port)
{
	return port->interface->type <= INTERFACE_BRIDGE && port->interface->has_mac;
}

/* What is asked for, while nothing is decided. */
static int request_of(const struct interface *interface, struct actual *ret)
{
	struct actual actual = {
		.portgroup = interface->portgroup,
		.trust_rx_filters = interface->trust_rx_filters,
		.isolated = interface->isolated,
		.virtualport = interface->virtualport,
		.bandwidth = interface->bandwidth,
		.vlan = interface->vlan,
	};

	return actual_copy(&actual, ret);
}

static bool is_decided(const struct actual *actual)
{
	return actual->type != INTERFACE_NETWORK;
}

int networkport_of(const struct port *port, struct networkport *ret)
{
	const struct actual *actual = &port->actual;
	struct networkport networkport = { .uuid = port->uuid, .mac = port->interface->mac };
	int r;

	if (port->owner.has_guest_uuid)
		networkport.owner_uuid = port->owner.guest_uuid;
	networkport.plugged = is_decided(actual) &&
			      (actual->type != INTERFACE_DIRECT || actual->dev);
	networkport.owner_name = strdup(port->owner.guest ? port->owner.guest
							  : NETWORKPORT_UNKNOWN);
	if (!networkport.owner_name)
		return -ENOMEM;
	r = is_decided(actual) ? actual_copy(actual, &networkport.actual)
			       : request_of(port->interface, &networkport.actual);
	if (r < 0) {
		networkport_done(&networkport);
		return r;
	}
	*ret = networkport;
	return 0;
}

static bool plug_equal(const struct networkport *a, const struct networkport *b)
{
	const struct actual *x = &a->actual, *y = &b->actual;

	if (!a->plugged || !b->plugged)
		return a->plugged == b->plugged && a->kept.n == b->kept.n;
	if (x->type != y->type)
		return false;
	if (x->type == INTERFACE_DIRECT)
		return streq(x->dev, y->dev) && x->mode == y->mode;
	return streq(x->bridge, y->bridge) && x->managed == y->managed &&
	       x->mac_table_manager == y->mac_table_manager;
}

/* An element that limits nothing is not written. */
static bool limits_equal(struct bandwidth a, struct bandwidth b)
{
	a.set = bandwidth_limits(&a);
	b.set = bandwidth_limits(&b);
	return bandwidth_equal(&a, &b) && (!a.set || a.class_id == b.class_id);
}

const char *networkport_difference(const struct networkport *a, const struct networkport *b)
{
	const struct actual *x = &a->actual, *y = &b->actual;

	if (!uuid_equal(&a->uuid, &b->uuid))
		return "uuid";
	if (!streq(a->owner_name, b->owner_name) || !uuid_equal(&a->owner_uuid, &b->owner_uuid))
		return "owner";
	if (!streq(x->portgroup, y->portgroup))
		return "group";
	if (!mac_equal(&a->mac, &b->mac))
		return "mac";
	if (!virtualport_equal(&x->virtualport, &y->virtualport))
		return "virtualport";
	if (!limits_equal(x->bandwidth, y->bandwidth))
		return "bandwidth";
	if (!vlan_equal(&x->vlan, &y->vlan))
		return "vlan";
	if (x->isolated != y->isolated)
		return "port";
	if (x->trust_rx_filters != y->trust_rx_filters)
		return "rxfilters";
	return plug_equal(a, b) ? NULL : "plug";
}

/* --- out --- */

static void write_owner(struct xml_writer *writer, const struct networkport *networkport)
{
	char uuid[UUID_TEXT_SIZE];

	uuid_format(&networkport->owner_uuid, uuid);
	xml_begin(writer, "owner");
	xml_leaf(writer, "name", networkport->owner_name);
	xml_leaf(writer, "uuid", uuid);
	xml_end(writer, "owner");
}

static void write_mac(struct xml_writer *writer, const struct mac *mac)
{
	char text[MAC_TEXT_SIZE];

	mac_format(mac, text);
	xml_begin(writer, "mac");
	xml_attribute(writer, "address", text);
	xml_end(writer, "mac");
}

static void write_filters(struct xml_writer *writer, enum tristate trust)
{
	if (trust == TRISTATE_UNSET)
		return;
	xml_begin(writer, "rxfilters");
	xml_attribute(writer, "trustGuest", tristate_name(trust));
	xml_end(writer, "rxfilters");
}

static void write_plug(struct xml_writer *writer, const struct networkport *networkport)
{
	if (networkport->plugged) {
		xml_begin(writer, "plug");
		xml_attribute(writer, "type", actual_type_name(&networkport->actual));
		actual_source_write(writer, &networkport->actual);
		xml_end(writer, "plug");
	}
	xml_kept_elements(writer, &networkport->kept, "", NULL);
}

void networkport_write(struct xml_writer *writer, const struct networkport *networkport)
{
	const struct actual *actual = &networkport->actual;
	char uuid[UUID_TEXT_SIZE];

	uuid_format(&networkport->uuid, uuid);
	xml_begin(writer, "networkport");
	xml_leaf(writer, "uuid", uuid);
	write_owner(writer, networkport);
	xml_leaf(writer, "group", actual->portgroup);
	write_mac(writer, &networkport->mac);
	virtualport_write(writer, &actual->virtualport);
	bandwidth_write(writer, &actual->bandwidth);
	vlan_write(writer, &actual->vlan);
	port_options_write(writer, actual->isolated);
	write_filters(writer, actual->trust_rx_filters);
	write_plug(writer, networkport);
	xml_end(writer, "networkport");
}

int networkport_format(const struct networkport *networkport, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;

	networkport_write(&writer, networkport);
	return xml_writer_take(&writer, ret_xml) < 0 ? error_oom(err) : 0;
}

int networkport_to_xml(const struct port *port, char **ret_xml, struct error *err)
{
	struct networkport networkport;
	int r;

	if (networkport_of(port, &networkport) < 0)
		return error_oom(err);
	r = networkport_format(&networkport, ret_xml, err);
	networkport_done(&networkport);
	return r;
}

void networkport_done(struct networkport *networkport)
{
	free(networkport->owner_name);
	actual_done(&networkport->actual);
	kept_done(&networkport->kept);
	*networkport = (struct networkport){ 0 };
}
