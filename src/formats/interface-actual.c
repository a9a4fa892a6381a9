/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <actual>: what an interface became on this host, as libvirt's status files have it.
 *
 *	<actual type='direct' trustGuestRxFilters='yes'>
 *	  <source dev='eth1' mode='vepa'/>
 *	  <class id='3'/>
 *	  <vlan>…</vlan> <virtualport>…</virtualport> <bandwidth>…</bandwidth> <port isolated=…/>
 *	  <vif:security>…</vif:security>
 *	</actual>
 *
 * A bridge of vifd's own is type='network'. Ours is vif:portgroup, for a portgroup
 * that the interface does not name because it is its network's default; the name
 * of one that it does name stands there only. <source vif:reflective-relay='yes'> is a port whose
 * bridge sends frames back to it. <filterref> does as well: no network has one.
 */
#include <errno.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/interface-node.h"
#include "formats/security.h"
#include "util/parse.h"

static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	if (interface_type_parse(item->value, &actual->type) < 0 ||
	    actual->type > INTERFACE_ETHERNET)
		return xml_error_value(xml, item,
				       "is not one of direct, bridge, network, ethernet");
	actual->managed = actual->type == INTERFACE_NETWORK;
	if (actual->managed)
		actual->type = INTERFACE_BRIDGE;
	return 0;
}

static int read_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	if (direct_mode_parse(item->value, &actual->mode) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of vepa, bridge, private, passthrough");
}

static int read_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	actual->has_dev_mac = true;
	return xml_read_device_mac(xml, item, &actual->dev_mac);
}

static int read_mac_table_manager(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	return mac_table_manager_read(xml, item, &actual->mac_table_manager);
}

static int read_reflects(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	return xml_read_yes_no(xml, item, &actual->reflects);
}

/* No dev: it waits for one of a pool. */
static const struct xml_rule direct_attributes[] = {
	{ "dev", .read = xml_read_ifname, .offset = offsetof(struct actual, dev) },
	{ "mode", .flags = XML_REQUIRED, .read = read_mode },
	{ "mac", .ns = VIF_NAMESPACE, .read = read_mac },
};
static const struct xml_rule bridge_attributes[] = {
	{ "bridge", .flags = XML_REQUIRED, .read = xml_read_ifname,
	  .offset = offsetof(struct actual, bridge) },
	{ "macTableManager", .read = read_mac_table_manager },
	{ "reflective-relay", .ns = VIF_NAMESPACE, .read = read_reflects },
};
static const struct xml_table sources[] = {
	[INTERFACE_DIRECT] = { XML_ATTRIBUTES(direct_attributes) },
	[INTERFACE_BRIDGE] = { XML_ATTRIBUTES(bridge_attributes) },
	[INTERFACE_ETHERNET] = { 0 },
};

static int read_source(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct actual *actual = object;

	return xml_read_alone(xml, item->element, &sources[actual->type], object);
}

static int read_class(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	if (parse_u32(item->value, 1, UINT32_MAX, &actual->bandwidth.class_id) < 0)
		return xml_error_value(xml, item, "is not a number above 0");
	return 0;
}

static int read_virtualport(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = virtualport_read(xml, item, &actual->virtualport);

	if (r == 0 && actual->virtualport.type != VIRTUALPORT_TYPELESS)
		r = virtualport_validate(&actual->virtualport, true, &error);
	return error.code ? xml_error_from(xml, &error) : r;
}

/* A floor is guaranteed by the bridge's own limit, so it is one of vifd's. */
static int read_bandwidth(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;
	unsigned class_id = actual->bandwidth.class_id;
	int r = bandwidth_read(xml, item, actual->managed, &actual->bandwidth);

	if (r == 0)
		actual->bandwidth.class_id = class_id;
	return r;
}

static int read_vlan(struct xml *xml, const struct xml_item *item, void *object)
{
	struct actual *actual = object;

	return vlan_read(xml, item, &actual->vlan);
}

static const struct xml_rule class_attributes[] = {
	{ "id", .flags = XML_REQUIRED, .read = read_class },
};
static const struct xml_table class_table = { XML_ATTRIBUTES(class_attributes) };
static const struct xml_rule port_attributes[] = {
	{ "isolated", .read = xml_read_tristate, .offset = offsetof(struct actual, isolated) },
};
static const struct xml_table port_table = { XML_ATTRIBUTES(port_attributes) };

static const struct xml_rule actual_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_type },
	{ "trustGuestRxFilters", .read = xml_read_tristate,
	  .offset = offsetof(struct actual, trust_rx_filters) },
	{ "portgroup", .ns = VIF_NAMESPACE, .read = xml_read_string,
	  .offset = offsetof(struct actual, portgroup) },
};
static const struct xml_rule actual_elements[] = {
	{ "source", .read = read_source },
	{ "class", .read = xml_descend, .table = &class_table },
	{ "vlan", .read = read_vlan },
	{ "virtualport", .read = read_virtualport },
	{ "bandwidth", .read = read_bandwidth },
	{ "port", .read = xml_descend, .table = &port_table },
	SECURITY_RULE(struct actual),
};
static const struct xml_table actual_table = { XML_ATTRIBUTES(actual_attributes),
					       XML_ELEMENTS(actual_elements) };

static int cannot_be(struct xml *xml, unsigned line, const struct actual *actual,
		     const struct interface *interface)
{
	return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
			 "<actual type='%s'> cannot be that of an interface of type='%s'",
			 actual_type_name(actual), interface_type_name(interface->type));
}

/* A network becomes a macvtap or a tap on a bridge; everything else is what it was asked to be. */
static int check_actual(struct xml *xml, const struct xml_item *item,
			const struct interface *interface, const struct actual *actual)
{
	bool possible = interface->type == INTERFACE_NETWORK
				? actual->type != INTERFACE_ETHERNET
				: actual->type == interface->type && !actual->managed;

	if (!possible)
		return cannot_be(xml, item->line, actual, interface);
	if (actual->type != INTERFACE_ETHERNET && !xml_child(item->element, "source"))
		return xml_error(xml, item->line, ERROR_INVALID_XML,
				 "<actual> lacks the element <source>");
	if (actual->portgroup && (interface->portgroup || interface->type != INTERFACE_NETWORK))
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<actual> has a portgroup '%s' where the interface %s",
				 actual->portgroup,
				 interface->portgroup ? "names one itself" : "is of no network");
	return 0;
}

/* What the interface says for both. */
static int complete_actual(const struct interface *interface, struct actual *actual)
{
	if (interface->portgroup) {
		actual->portgroup = strdup(interface->portgroup);
		if (!actual->portgroup)
			return -ENOMEM;
	}
	return filter_ref_copy(&interface->filter, &actual->filter);
}

int interface_actual_read(struct xml *xml, const struct xml_item *item, void *object)
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
	if (r == 0 && complete_actual(object, &actual) < 0)
		r = error_oom(xml->err);
	if (r < 0) {
		actual_done(&actual);
		return r;
	}
	*wanted = actual;
	return 0;
}

/* --- out --- */

const char *actual_type_name(const struct actual *actual)
{
	return interface_type_name(actual->managed ? INTERFACE_NETWORK : actual->type);
}

void actual_source_write(struct xml_writer *writer, const struct actual *actual)
{
	if (actual->type == INTERFACE_DIRECT) {
		xml_attribute(writer, "dev", actual->dev);
		xml_attribute(writer, "mode", direct_mode_name(actual->mode));
	} else {
		xml_attribute(writer, "bridge", actual->bridge);
		xml_attribute(writer, "macTableManager",
			      mac_table_manager_name(actual->mac_table_manager));
	}
}

void port_options_write(struct xml_writer *writer, enum tristate isolated)
{
	if (isolated == TRISTATE_UNSET)
		return;
	xml_begin(writer, "port");
	xml_attribute(writer, "isolated", tristate_name(isolated));
	xml_end(writer, "port");
}

static void write_class(struct xml_writer *writer, unsigned id)
{
	if (!id)
		return;
	xml_begin(writer, "class");
	xml_attribute_number(writer, "id", id);
	xml_end(writer, "class");
}

void interface_actual_write(struct xml_writer *writer, const struct interface *interface,
			    const struct actual *actual)
{
	struct bandwidth bandwidth = actual->bandwidth;

	bandwidth.class_id = 0;
	xml_begin(writer, "actual");
	xml_attribute(writer, "type", actual_type_name(actual));
	xml_attribute(writer, "trustGuestRxFilters", tristate_name(actual->trust_rx_filters));
	if (actual->portgroup && !interface->portgroup) {
		xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
		xml_attribute(writer, "vif:portgroup", actual->portgroup);
	}
	xml_kept_attributes(writer, &interface->kept, "actual");
	if (actual->type != INTERFACE_ETHERNET) {
		xml_begin(writer, "source");
		actual_source_write(writer, actual);
		xml_vif_mac(writer, actual->has_dev_mac ? &actual->dev_mac : NULL);
		if (actual->reflects)
			xml_vif_attribute(writer, "reflective-relay", "yes");
		xml_end(writer, "source");
	}
	write_class(writer, actual->bandwidth.class_id);
	vlan_write(writer, &actual->vlan);
	virtualport_write(writer, &actual->virtualport);
	bandwidth_write(writer, &bandwidth);
	port_options_write(writer, actual->isolated);
	security_write(writer, &actual->security);
	xml_kept_elements(writer, &interface->kept, "actual", NULL);
	xml_end(writer, "actual");
}
