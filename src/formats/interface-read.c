/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may stand in an <interface>, as tables, in the order of reading. An
 * element that is only kept has its place on output in interface-write.c.
 *
 * The type decides what <source> may hold, so it is read first; interface-source.c
 * has a table for each. What vifd keeps and would have to act on is marked so, and
 * refused when the interface is to be plugged (interface_check_served).
 */
#include <errno.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/interface-node.h"
#include "formats/interface-xml.h"
#include "formats/security.h"
#include "util/parse.h"

static const char *const on_off[] = { "on", "off", NULL };
static const char *const yes_no[] = { "yes", "no", NULL };

/* --- attributes --- */

static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (interface_type_parse(item->value, &interface->type) == 0)
		return 0;
	if (!strcmp(item->value, "internal") || !strcmp(item->value, "vds"))
		return xml_refuse(xml, item, object);
	return xml_error_value(xml, item,
			       "is not one of network, direct, bridge, ethernet, user, vhostuser, "
			       "server, client, mcast, udp, null, vdpa, hostdev");
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
	return xml_keep_matters(xml, item, object);
}

static int read_model(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->model_line = item->line;
	return xml_read_string(xml, item, object);
}

/* A device that is given away has a driver of another kind. */
static int read_driver_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (interface->type == INTERFACE_HOSTDEV)
		return xml_keep_one_of(xml, item, object);
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

/* Only a device that is given to the guest is handed over by the host's driver. */
static int keep_managed(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct interface *interface = object;

	if (interface->type != INTERFACE_HOSTDEV)
		return xml_error_value(xml, item, "is possible with type='hostdev' only");
	return xml_keep_one_of(xml, item, object);
}

static int read_virtualport(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	return virtualport_read(xml, item, &interface->virtualport);
}

static int read_bandwidth(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;
	int r = bandwidth_read(xml, item, interface->type == INTERFACE_NETWORK,
			       &interface->bandwidth);

	if (r == 0 && interface->bandwidth.class_id)
		return xml_error(xml, item->line, ERROR_NOT_SUPPORTED,
				 "<bandwidth> has an attribute 'classID' that vifd does not know "
				 "here");
	return r;
}

static int read_vlan(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	return vlan_read(xml, item, &interface->vlan);
}

static int read_filter(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	return filter_ref_read(xml, item, &interface->filter);
}

static int read_isolated(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->isolated_line = item->line;
	return xml_read_tristate(xml, item, object);
}

/* Only a tap is opened by a path; a macvtap has its own, the others have none. */
static int keep_tap_path(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct interface *interface = object;

	if (interface->type != INTERFACE_NETWORK && interface->type != INTERFACE_BRIDGE &&
	    interface->type != INTERFACE_ETHERNET)
		return xml_error_value(xml, item,
				       "is possible with types network, bridge, ethernet only");
	return xml_keep_matters(xml, item, object);
}

static bool has_process_backend(enum interface_type type)
{
	return type == INTERFACE_USER || type == INTERFACE_VHOSTUSER;
}

static int keep_backend_type(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct interface *interface = object;

	if (!strcmp(item->value, "passt") && !has_process_backend(interface->type))
		return xml_error_value(xml, item, "is possible with types user, vhostuser only");
	return xml_keep_one_of(xml, item, object);
}

/* --- the insides of elements that are kept --- */

static const struct xml_rule tune_elements[] = {
	{ "sndbuf", .read = xml_check_number },
};
static const struct xml_table tune_table = { XML_ELEMENTS(tune_elements) };

static const struct xml_rule frames_attributes[] = {
	{ "max", .read = xml_check_number },
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

static int check_transport(struct xml *xml, const struct xml_item *item, void *object)
{
	if (strcmp(item->value, "tcp") != 0 && strcmp(item->value, "udp") != 0)
		return xml_error_value(xml, item, "is not one of tcp, udp");
	return 0;
}

static const struct xml_rule range_attributes[] = {
	{ "start", .flags = XML_REQUIRED, .read = xml_check_port },
	{ "end", .read = xml_check_port },
	{ "to", .read = xml_check_port },
	{ "exclude", .read = xml_check_yes_no },
};
static const struct xml_table range_table = { XML_ATTRIBUTES(range_attributes) };
static const struct xml_rule forward_attributes[] = {
	{ "proto", .flags = XML_REQUIRED, .read = check_transport },
	{ "address", .read = xml_check_text },
	{ "dev", .read = xml_check_text },
};
static const struct xml_rule forward_elements[] = {
	{ "range", .flags = XML_MANY, .read = xml_descend, .table = &range_table },
};
static const struct xml_table forward_table = { XML_ATTRIBUTES(forward_attributes),
						XML_ELEMENTS(forward_elements) };

static const struct xml_rule script_attributes[] = {
	{ "path", .flags = XML_REQUIRED, .read = xml_check_text },
};
static const struct xml_table script_table = { XML_ATTRIBUTES(script_attributes) };
static const struct xml_rule driver_domain_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = xml_check_text },
};
static const struct xml_table driver_domain_table = { XML_ATTRIBUTES(driver_domain_attributes) };

/* --- the tables --- */

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
static const char *const host_drivers[] = { "vfio", "kvm", "xen", NULL };
static const char *const txmodes[] = { "iothread", "timer", NULL };
static const struct xml_rule driver_attributes[] = {
	{ "name", .read = read_driver_name, .values = host_drivers },
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
	{ "type", .read = keep_backend_type, .values = backend_types },
	{ "tap", .read = keep_tap_path },
	{ "vhost", .read = xml_keep_matters },
	{ "logFile", .read = xml_keep_matters },
};
static const struct xml_rule port_attributes[] = {
	{ "isolated", .read = read_isolated, .offset = offsetof(struct interface, isolated) },
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

/* --- <interface> --- */

static const struct xml_rule interface_attributes[] = {
	{ "type", .read = read_type },
	{ "trustGuestRxFilters", .read = xml_read_tristate,
	  .offset = offsetof(struct interface, trust_rx_filters) },
	{ "managed", .read = keep_managed, .values = yes_no },
};

static const struct xml_rule interface_elements[] = {
	{ "mac", .read = xml_descend, .table = &mac_table },
	{ "source", .read = interface_source_read },
	{ "target", .read = xml_descend, .table = &target_table },
	{ "model", .read = xml_descend, .table = &model_table },
	{ "driver", .read = read_driver, .table = &driver_table },
	{ "link", .read = xml_descend, .table = &link_table },
	{ "mtu", .read = xml_descend, .table = &mtu_table },
	{ "alias", .read = xml_descend, .table = &alias_table },
	{ "port", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_port_table },
	{ "link", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_link_table },
	SECURITY_RULE(struct interface),
	{ "port", .read = xml_descend, .table = &port_table },
	{ "backend", .read = xml_descend, .table = &backend_table },
	{ "tune", .read = xml_keep_read, .table = &tune_table },
	{ "coalesce", .read = xml_keep_read, .table = &coalesce_table },
	{ "guest", .read = xml_keep },
	{ "boot", .read = xml_keep },
	{ "rom", .read = xml_keep },
	{ "acpi", .read = xml_keep },
	{ "address", .read = xml_keep },
	{ "virtualport", .read = read_virtualport },
	{ "vlan", .read = read_vlan },
	{ "bandwidth", .read = read_bandwidth },
	{ "filterref", .read = read_filter },
	{ "actual", .read = interface_actual_read },
	{ "script", .read = xml_keep_matters, .table = &script_table },
	{ "downscript", .read = xml_keep_matters, .table = &script_table },
	{ "backenddomain", .read = xml_keep_matters, .table = &driver_domain_table },
	{ "ip", .flags = XML_MANY, .read = interface_ip_keep },
	{ "route", .flags = XML_MANY, .read = interface_route_keep },
	{ "portForward", .flags = XML_MANY, .read = xml_keep_matters, .table = &forward_table },
	{ "teaming", .read = xml_refuse },
};

static const struct xml_table interface_table = { XML_ATTRIBUTES(interface_attributes),
						  XML_ELEMENTS(interface_elements) };

/* libvirt's rules for the helper processes of types user and vhostuser. */
static int check_process(struct xml *xml, xmlNode *node, const struct interface *interface)
{
	const char *type = kept_value(&interface->kept, "backend", "type");
	bool passt = type && !strcmp(type, "passt");
	const struct kept_list *kept = &interface->kept;
	xmlNode *forward = xml_child(node, "portForward");

	if (forward && !passt)
		return xml_error(xml, xml_line(forward), ERROR_INVALID_ARGUMENT,
				 "<portForward> is possible with <backend type='passt'/> only");
	if (!has_process_backend(interface->type))
		return 0;
	if (kept_value(kept, "source", "dev") && !passt)
		return xml_error(xml, interface->source_line, ERROR_INVALID_ARGUMENT,
				 "<source dev=> of type='%s' is possible with <backend "
				 "type='passt'/> only",
				 interface_type_name(interface->type));
	if (interface->type == INTERFACE_VHOSTUSER && !passt &&
	    (!kept_value(kept, "source", "type") || !kept_value(kept, "source", "path") ||
	     !kept_value(kept, "source", "mode")))
		return xml_error(xml,
				 interface->source_line ? interface->source_line : interface->line,
				 ERROR_INVALID_XML,
				 "<interface type='vhostuser'> needs <source type='unix' path= "
				 "mode=/>");
	return 0;
}

static int check_source(struct xml *xml, const struct interface *interface)
{
	if (!interface_needs_source(interface->type) || interface->source_line)
		return 0;
	return xml_error(xml, interface->line, ERROR_INVALID_XML,
			 "<interface type='%s'> lacks the element <source>",
			 interface_type_name(interface->type));
}

/*
 * No type means 'user' to libvirt. Whose <source> is that of another type has
 * forgotten to say it.
 */
static int read_no_type(struct xml *xml, xmlNode *node, struct interface *interface)
{
	static const char *const others[] = { "network", "bridge", "mode" };
	xmlNode *source = xml_child(node, "source");

	interface->type = INTERFACE_USER;
	for (size_t i = 0; source && i < ARRAY_SIZE(others); i++)
		if (xmlHasNsProp(source, BAD_CAST others[i], NULL))
			return xml_error(xml, interface->line, ERROR_INVALID_XML,
					 "<interface> lacks its type; with <source %s=> it is "
					 "type='%s'",
					 others[i], i == 2 ? "direct" : others[i]);
	return 0;
}

static int read_interface(struct xml *xml, xmlNode *node, struct interface *interface)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = 0;

	interface->line = xml_line(node);
	if (!xmlHasNsProp(node, BAD_CAST "type", NULL))
		r = read_no_type(xml, node, interface);
	if (r < 0)
		return r;
	r = xml_read(xml, node, &interface_table, interface);
	if (r == 0)
		r = check_source(xml, interface);
	if (r == 0)
		r = check_process(xml, node, interface);
	if (r < 0)
		return r;
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
