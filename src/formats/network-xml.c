/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may stand in a <network>, as tables (see formats/xml.h).
 *
 * <forward> comes first: whether vifd can serve the network at all is the first
 * thing that its author wants to know, before any detail of it.
 */
#include <errno.h>
#include <string.h>

#include "formats/network-xml.h"
#include "formats/writer.h"
#include "formats/xml.h"
#include "util/parse.h"

static const char *const no_yes[] = { "no", "yes", NULL };

/* <forward dev=> until it is compared with the list. */
struct forward {
	struct network *network;
	char *dev;
};

static int read_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;
	enum direct_mode mode;

	if (forward_mode_parse(item->value, &forward->network->forward) < 0)
		return xml_error_value(xml, item,
				       "is not one of bridge, vepa, private, passthrough");
	if (!network_direct_mode(forward->network, &mode))
		return xml_refuse(xml, item, object);
	return 0;
}

/* libvirt takes an empty one for none. */
static int read_forward_dev(struct xml *xml, const struct xml_item *item, void *object)
{
	return *item->value ? xml_read_string(xml, item, object) : 0;
}

static int read_pool_dev(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;

	if (!*item->value)
		return xml_error_value(xml, item, "is empty");
	if (network_pool_add(forward->network, item->value, item->line) < 0)
		return error_oom(xml->err);
	return 0;
}

/* The entry is there: its dev is read first. */
static int read_pool_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct forward *forward = object;
	struct pool_entry *entry = &forward->network->pool[forward->network->n_pool - 1];

	entry->has_mac = true;
	return xml_read_device_mac(xml, item, &entry->mac);
}

static const struct xml_rule pool_attributes[] = {
	{ "dev", .flags = XML_REQUIRED, .read = read_pool_dev },
	{ "mac", .ns = VIF_NAMESPACE, .read = read_pool_mac },
	{ "connections", .read = xml_drop },
};
static const struct xml_table pool_table = { XML_ATTRIBUTES(pool_attributes) };

static const struct xml_rule forward_attributes[] = {
	{ "mode", .read = read_mode },
	{ "dev", .read = read_forward_dev, .offset = offsetof(struct forward, dev) },
	{ "managed", .read = xml_refuse },
};
static const struct xml_rule forward_elements[] = {
	{ "interface", .flags = XML_MANY, .read = xml_descend, .table = &pool_table },
	{ "pf", .flags = XML_MANY, .read = xml_refuse },
	{ "address", .flags = XML_MANY, .read = xml_refuse },
	{ "driver", .read = xml_refuse },
	{ "nat", .flags = XML_MANY, .read = xml_refuse },
};
static const struct xml_table forward_table = { XML_ATTRIBUTES(forward_attributes),
						XML_ELEMENTS(forward_elements) };

/* dev alone is a list of one; beside a list it must repeat the first. */
static int merge_dev(struct xml *xml, unsigned line, const struct forward *forward)
{
	struct network *network = forward->network;

	if (!forward->dev)
		return 0;
	if (network->n_pool == 0)
		return network_pool_add(network, forward->dev, line) < 0 ? error_oom(xml->err) : 0;
	if (!strcmp(network->pool[0].dev, forward->dev))
		return 0;
	return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
			 "<forward dev='%s'> is not the first of the list, <interface dev='%s'> "
			 "in line %u",
			 forward->dev, network->pool[0].dev, network->pool[0].line);
}

static int read_forward(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct forward forward = { .network = network };
	int r;

	network->forward_line = item->line;
	if (!xmlHasNsProp(item->element, BAD_CAST "mode", NULL))
		return xml_error(xml, item->line, ERROR_NOT_SUPPORTED,
				 "<forward> has no mode, which means mode='nat', and that is not "
				 "supported yet");
	r = xml_read(xml, item->element, &forward_table, &forward);
	if (r == 0)
		r = merge_dev(xml, item->line, &forward);
	free(forward.dev);
	return r;
}

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

static int read_bridge_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->bridge.line = item->line;
	return xml_read_string(xml, item, object);
}

/* These are settings of a bridge that vifd would make; libvirt refuses them here too. */
static int refuse_bridge_setting(struct xml *xml, const struct xml_item *item, void *object)
{
	return xml_error_value(xml, item,
			       "is possible only on a bridge that belongs to the network (forward "
			       "mode nat, route, open or none)");
}

/* But no delay is no setting. */
static int read_bridge_delay(struct xml *xml, const struct xml_item *item, void *object)
{
	return strcmp(item->value, "0") ? refuse_bridge_setting(xml, item, object) : 0;
}

static const char *const mac_table_managers[] = { "kernel", "libvirt", NULL };
static const struct xml_rule bridge_attributes[] = {
	{ "name", .read = read_bridge_name, .offset = offsetof(struct network, bridge) },
	{ "macTableManager", .read = xml_keep_first, .values = mac_table_managers },
	{ "stp", .read = refuse_bridge_setting },
	{ "delay", .read = read_bridge_delay },
	{ "zone", .read = refuse_bridge_setting },
};
static const struct xml_table bridge_table = { XML_ATTRIBUTES(bridge_attributes) };

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

static const struct xml_rule vif_port_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_port_type },
};
static const struct xml_table vif_port_table = { XML_ATTRIBUTES(vif_port_attributes) };

static const struct xml_rule vif_pool_attributes[] = {
	{ "failover", .flags = XML_REQUIRED, .read = read_failover },
};
static const struct xml_table vif_pool_table = { XML_ATTRIBUTES(vif_pool_attributes) };

static const struct xml_rule port_attributes[] = {
	{ "isolated", .read = xml_keep_first, .values = no_yes },
};
static const struct xml_table port_table = { XML_ATTRIBUTES(port_attributes) };

static const struct xml_rule network_attributes[] = {
	{ "connections", .read = xml_drop },
	{ "ipv6", .read = xml_keep_first, .values = no_yes },
	{ "trustGuestRxFilters", .read = xml_keep_first, .values = no_yes },
};

static const struct xml_rule network_elements[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_name,
	  .offset = offsetof(struct network, name) },
	{ "forward", .read = read_forward },
	{ "uuid", .read = read_uuid },
	{ "title", .read = keep_title },
	{ "description", .read = xml_keep },
	{ "metadata", .read = xml_keep },
	{ "bridge", .read = xml_descend, .table = &bridge_table },
	{ "port", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_port_table },
	{ "pool", .ns = VIF_NAMESPACE, .read = xml_descend, .table = &vif_pool_table },
	{ "port", .read = xml_descend, .table = &port_table },
	{ "virtualport", .read = xml_refuse },
	{ "portgroup", .flags = XML_MANY, .read = xml_refuse },
	{ "bandwidth", .read = xml_refuse },
	{ "vlan", .read = xml_refuse },
	{ "mtu", .read = xml_refuse },
	{ "mac", .read = xml_refuse },
	{ "domain", .read = xml_refuse },
	{ "dns", .read = xml_refuse },
	{ "ip", .flags = XML_MANY, .read = xml_refuse },
	{ "route", .flags = XML_MANY, .read = xml_refuse },
};

static const struct xml_table network_table = { XML_ATTRIBUTES(network_attributes),
						XML_ELEMENTS(network_elements) };

static int read_network(struct xml *xml, struct network *network)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	int r;

	if (!xml_child(xml->root, "forward"))
		return xml_error(xml, xml_line(xml->root), ERROR_NOT_SUPPORTED,
				 "<network> has no <forward>: isolated networks are not supported "
				 "yet");
	r = xml_read(xml, xml->root, &network_table, network);
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

static void write_forward(struct xml_writer *writer, const struct network *network)
{
	xml_begin(writer, "forward");
	if (network->n_pool > 0)
		xml_attribute(writer, "dev", network->pool[0].dev);
	xml_attribute(writer, "mode", forward_mode_name(network->forward));
	xml_kept_attributes(writer, &network->kept, "forward");
	for (size_t i = 0; i < network->n_pool; i++) {
		xml_begin(writer, "interface");
		xml_attribute(writer, "dev", network->pool[i].dev);
		xml_vif_mac(writer, network->pool[i].has_mac ? &network->pool[i].mac : NULL);
		xml_end(writer, "interface");
	}
	xml_kept_elements(writer, &network->kept, "forward", NULL);
	xml_end(writer, "forward");
}

static void write_bridge(struct xml_writer *writer, const struct network *network)
{
	if (!network->bridge.name && !xml_has_kept(&network->kept, "bridge"))
		return;
	xml_begin(writer, "bridge");
	xml_attribute(writer, "name", network->bridge.name);
	xml_end_kept(writer, &network->kept, "bridge");
}

/* The kept elements that libvirt has before <forward>; the foreign ones come last. */
static const char *const first_elements[] = { "title", "description", "metadata" };

static void write_foreign(struct xml_writer *writer, const struct kept_list *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		if (kept->items[i].xml && !*kept->items[i].parent &&
		    name_index(first_elements, ARRAY_SIZE(first_elements), kept->items[i].name) < 0)
			xml_kept_element(writer, &kept->items[i]);
}

static void write_network(struct xml_writer *writer, const struct network *network)
{
	const struct kept_list *kept = &network->kept;
	char uuid[UUID_TEXT_SIZE];

	xml_begin(writer, "network");
	xml_kept_attributes(writer, kept, "");
	xml_leaf(writer, "name", network->name);
	if (network->has_uuid) {
		uuid_format(&network->uuid, uuid);
		xml_leaf(writer, "uuid", uuid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(first_elements); i++)
		xml_kept_elements(writer, kept, "", first_elements[i]);
	write_forward(writer, network);
	write_bridge(writer, network);
	if (xml_has_kept(kept, "port")) {
		xml_begin(writer, "port");
		xml_end_kept(writer, kept, "port");
	}
	if (network->port_type)
		xml_vif_element(writer, "port", "type", port_type_name(network->port_type));
	if (network->failover)
		xml_vif_element(writer, "pool", "failover", "yes");
	write_foreign(writer, kept);
	xml_end(writer, "network");
}

int network_to_xml(const struct network *network, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;

	write_network(&writer, network);
	return xml_writer_take(&writer, ret_xml) < 0 ? error_oom(err) : 0;
}
