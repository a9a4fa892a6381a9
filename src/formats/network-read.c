/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may stand in a <network>, as tables (see formats/xml.h). */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/network-node.h"
#include "formats/network-xml.h"
#include "formats/security.h"
#include "util/array.h"
#include "util/parse.h"

/* --- <name>, <uuid>, <title> --- */

static int read_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->name_line = item->line;
	return xml_read_string(xml, item, object);
}

static int read_uuid(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (uuid_parse(text, &network->uuid) < 0)
		return xml_error_value(xml, item, "is not a UUID");
	network->has_uuid = true;
	return 0;
}

static int keep_title(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_FREE char *text = NULL;
	int r = xml_item_text(xml, item, &text);

	if (r < 0)
		return r;
	if (strchr(text, '\n'))
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<title> may have one line only");
	return xml_keep(xml, item, object);
}

/* --- <bridge>, <mtu>, <mac> --- */

static int read_stp(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_bridge *bridge = object;

	if (!strcmp(item->value, "on"))
		bridge->stp = TRISTATE_YES;
	else if (!strcmp(item->value, "off"))
		bridge->stp = TRISTATE_NO;
	else
		return xml_error_value(xml, item, "is not one of on, off");
	return 0;
}

static int read_delay(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_bridge *bridge = object;
	uint64_t delay;

	if (parse_u64(item->value, 0, LONG_MAX, &delay) < 0)
		return xml_error_value(xml, item, "is not a number of seconds");
	bridge->delay = delay;
	bridge->has_delay = true;
	return 0;
}

static int read_mac_table_manager(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_bridge *bridge = object;

	return mac_table_manager_read(xml, item, &bridge->mac_table_manager);
}

static const struct xml_rule bridge_attributes[] = {
	{ "name", .read = xml_read_string, .offset = offsetof(struct network_bridge, name) },
	{ "zone", .read = xml_read_string, .offset = offsetof(struct network_bridge, zone) },
	{ "stp", .read = read_stp },
	{ "delay", .read = read_delay },
	{ "macTableManager", .read = read_mac_table_manager },
};
static const struct xml_table bridge_table = { XML_ATTRIBUTES(bridge_attributes) };

static int read_bridge(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->bridge.line = item->line;
	return xml_read(xml, item->element, &bridge_table, &network->bridge);
}

static int read_mtu(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	uint32_t mtu;

	if (parse_u32(item->value, INTERFACE_MTU_MIN, INTERFACE_MTU_MAX, &mtu) < 0)
		return xml_error_value(xml, item, "is not a number from 68 to 65535");
	network->mtu = mtu;
	network->mtu_line = item->line;
	return 0;
}

static const struct xml_rule mtu_attributes[] = {
	{ "size", .flags = XML_REQUIRED, .read = read_mtu },
};
static const struct xml_table mtu_table = { XML_ATTRIBUTES(mtu_attributes) };

static int read_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->has_mac = true;
	network->mac_line = item->line;
	return xml_read_device_mac(xml, item, &network->mac);
}

static const struct xml_rule mac_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = read_mac },
};
static const struct xml_table mac_table = { XML_ATTRIBUTES(mac_attributes) };

/* --- what is asked for the ports --- */

static const struct xml_rule port_attributes[] = {
	{ "isolated", .read = xml_read_tristate, .offset = offsetof(struct network, isolated) },
};
static const struct xml_table port_table = { XML_ATTRIBUTES(port_attributes) };

static int read_virtualport(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;

	return virtualport_read(xml, item, field);
}

static int read_bandwidth(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;

	if (xmlHasNsProp(item->element, BAD_CAST "classID", NULL))
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<bandwidth classID=> belongs to a port, not to a network");
	return bandwidth_read(xml, item, false, field);
}

static int read_vlan(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;

	return vlan_read(xml, item, field);
}

static int read_default(struct xml *xml, const struct xml_item *item, void *object)
{
	struct portgroup *portgroup = object;

	return xml_read_yes_no(xml, item, &portgroup->is_default);
}

static const struct xml_rule portgroup_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct portgroup, name) },
	{ "default", .read = read_default },
	{ "trustGuestRxFilters", .read = xml_read_tristate,
	  .offset = offsetof(struct portgroup, trust_rx_filters) },
};
static const struct xml_rule portgroup_elements[] = {
	{ "virtualport", .read = read_virtualport,
	  .offset = offsetof(struct portgroup, virtualport) },
	{ "bandwidth", .read = read_bandwidth, .offset = offsetof(struct portgroup, bandwidth) },
	{ "vlan", .read = read_vlan, .offset = offsetof(struct portgroup, vlan) },
	SECURITY_RULE(struct portgroup),
};
static const struct xml_table portgroup_table = { XML_ATTRIBUTES(portgroup_attributes),
						  XML_ELEMENTS(portgroup_elements) };

/* <virtualport/> says nothing: libvirt does not write it either. */
static bool virtualport_says_nothing(const struct virtualport *port)
{
	for (unsigned field = 0; field < VIRTUALPORT_FIELD_COUNT; field++)
		if (port->has[field])
			return false;
	return port->type == VIRTUALPORT_TYPELESS;
}

int portgroup_read(struct xml *xml, const struct xml_item *item, struct portgroup *ret)
{
	int r;

	ret->line = item->line;
	r = xml_read_alone(xml, item->element, &portgroup_table, ret);
	if (virtualport_says_nothing(&ret->virtualport))
		ret->virtualport = (struct virtualport){ 0 };
	return r;
}

static int read_portgroup(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct portgroup *portgroup = array_add(&network->portgroups, &network->n_portgroups,
						sizeof(*portgroup));

	return portgroup ? portgroup_read(xml, item, portgroup) : error_oom(xml->err);
}

/* --- ours --- */

static int read_port_type(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	return xml_read_port_type(xml, item, &network->port_type);
}

static int read_failover(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	return xml_read_yes_no(xml, item, &network->failover);
}

static int read_open(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->open_firewall_line = item->line;
	return xml_read_yes_no(xml, item, &network->open_firewall);
}

static const struct xml_rule vif_port_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_port_type },
};
static const struct xml_table vif_port_table = { XML_ATTRIBUTES(vif_port_attributes) };

static const struct xml_rule vif_pool_attributes[] = {
	{ "failover", .flags = XML_REQUIRED, .read = read_failover },
};
static const struct xml_table vif_pool_table = { XML_ATTRIBUTES(vif_pool_attributes) };

static const struct xml_rule vif_firewall_attributes[] = {
	{ "open", .flags = XML_REQUIRED, .read = read_open },
};
static const struct xml_table vif_firewall_table = { XML_ATTRIBUTES(vif_firewall_attributes) };

/* --- <network> --- */

static const struct xml_rule network_attributes[] = {
	{ "connections", .read = xml_drop },
	{ "ipv6", .read = xml_read_tristate, .offset = offsetof(struct network, ipv6) },
	{ "trustGuestRxFilters", .read = xml_read_tristate,
	  .offset = offsetof(struct network, trust_rx_filters) },
};

static const struct xml_rule network_elements[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_name,
	  .offset = offsetof(struct network, name) },
	{ "uuid", .read = read_uuid },
	{ "title", .read = keep_title },
	{ "description", .read = xml_keep },
	{ "metadata", .read = xml_keep },
	{ "forward", .read = network_read_forward },
	{ "bridge", .read = read_bridge },
	{ "mtu", .read = xml_descend, .table = &mtu_table },
	{ "mac", .read = xml_descend, .table = &mac_table },
	{ "domain", .read = network_read_domain },
	{ "dns", .read = network_read_dns },
	{ "vlan", .read = read_vlan, .offset = offsetof(struct network, vlan) },
	{ "bandwidth", .read = read_bandwidth, .offset = offsetof(struct network, bandwidth) },
	{ "port", .read = xml_descend, .table = &port_table },
	{ "ip", .flags = XML_MANY, .read = network_read_ip },
	{ "route", .flags = XML_MANY, .read = network_read_route },
	{ "virtualport", .read = read_virtualport,
	  .offset = offsetof(struct network, virtualport) },
	{ "portgroup", .flags = XML_MANY, .read = read_portgroup },
	{ "port", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_port_table },
	SECURITY_RULE(struct network),
	{ "firewall", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_firewall_table },
	{ "pool", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_pool_table },
	{ "reflective-relay", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = network_read_relay },
	{ "tunnel", .ns = VIF_NAMESPACE, .read = network_read_tunnel },
	{ "host-access", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = network_read_access },
};

static const struct xml_table network_table = { XML_ATTRIBUTES(network_attributes),
						XML_ELEMENTS(network_elements) };

static int read_network(struct xml *xml, struct network *network)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = xml_read(xml, xml->root, &network_table, network);

	if (r < 0)
		return r;
	r = network_validate(network, &error);
	return r < 0 ? xml_error_from(xml, &error) : 0;
}

int network_from_xml(const char *text, size_t size, const char *source, struct network **ret,
		     struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	AUTO_XML struct xml xml;
	int r;

	r = xml_parse(&xml, text, size, source, "network", err);
	if (r < 0)
		return r;
	network = network_new();
	if (!network)
		return error_oom(err);
	xml.top = xml.root;
	xml.kept = &network->kept;
	r = read_network(&xml, network);
	if (r < 0)
		return r;
	*ret = take_ptr(network);
	return 0;
}
