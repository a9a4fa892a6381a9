/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A <network> in libvirt's words and order, so that both write the same file. */
#include <stdio.h>

#include "formats/elements.h"
#include "formats/network-node.h"
#include "formats/network-xml.h"
#include "formats/security.h"
#include "util/parse.h"

/* --- <forward> --- */

static void write_nat(struct xml_writer *writer, const struct network_nat *nat)
{
	char first[ADDRESS_TEXT_SIZE], last[ADDRESS_TEXT_SIZE];

	if (!nat->first.family && !nat->has_ports && nat->ipv6 == TRISTATE_UNSET)
		return;
	xml_begin(writer, "nat");
	xml_attribute(writer, "ipv6", tristate_name(nat->ipv6));
	if (nat->first.family) {
		address_format(&nat->first, first);
		address_format(&nat->last, last);
		xml_begin(writer, "address");
		xml_attribute(writer, "start", first);
		xml_attribute(writer, "end", last);
		xml_end(writer, "address");
	}
	if (nat->has_ports) {
		xml_begin(writer, "port");
		xml_attribute_number(writer, "start", nat->first_port);
		xml_attribute_number(writer, "end", nat->last_port);
		xml_end(writer, "port");
	}
	xml_end(writer, "nat");
}

static void write_entry(struct xml_writer *writer, const struct pool_entry *entry)
{
	xml_begin(writer, "interface");
	xml_attribute(writer, "dev", entry->dev);
	xml_vif_mac(writer, entry->has_mac ? &entry->mac : NULL);
	xml_end(writer, "interface");
}

static void write_hexadecimal(struct xml_writer *writer, const char *name, int digits,
			      unsigned number)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%0*x", digits, number);
	xml_attribute(writer, name, text);
}

static void write_function(struct xml_writer *writer, const struct pool_function *function)
{
	xml_begin(writer, "address");
	xml_attribute(writer, "type", "pci");
	write_hexadecimal(writer, "domain", 4, function->domain);
	write_hexadecimal(writer, "bus", 2, function->bus);
	write_hexadecimal(writer, "slot", 2, function->slot);
	write_hexadecimal(writer, "function", 1, function->function);
	xml_end(writer, "address");
}

/* What is kept in <forward> and no <driver>, which libvirt has first. */
static void write_foreign_forward(struct xml_writer *writer, const struct kept_list *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		if (kept->items[i].xml && streq(kept->items[i].parent, "forward") &&
		    !streq(kept->items[i].name, "driver"))
			xml_kept_element(writer, &kept->items[i]);
}

static void write_forward(struct xml_writer *writer, const struct network *network)
{
	const struct kept_list *kept = &network->kept;

	if (network->forward == FORWARD_ISOLATED && !xml_has_kept(kept, "forward"))
		return;
	xml_begin(writer, "forward");
	if (network->n_pool > 0)
		xml_attribute(writer, "dev", network->pool[0].dev);
	xml_attribute(writer, "mode", forward_mode_name(network->forward));
	xml_attribute(writer, "managed", network->forward_managed);
	xml_kept_attributes(writer, kept, "forward");
	xml_kept_elements(writer, kept, "forward", "driver");
	write_nat(writer, &network->nat);
	if (network->pf) {
		xml_begin(writer, "pf");
		xml_attribute(writer, "dev", network->pf);
		xml_end(writer, "pf");
	}
	for (size_t i = 0; i < network->n_pool; i++)
		write_entry(writer, &network->pool[i]);
	for (size_t i = 0; i < network->n_functions; i++)
		write_function(writer, &network->functions[i]);
	for (size_t i = 0; i < network->n_forwards; i++)
		port_forward_write(writer, &network->forwards[i]);
	write_foreign_forward(writer, kept);
	xml_end(writer, "forward");
}

/* --- <bridge>, <mtu>, <mac>, <port> --- */

static void write_bridge(struct xml_writer *writer, const struct network *network)
{
	const struct network_bridge *bridge = &network->bridge;

	if (!network_is_managed(network) && !bridge->name &&
	    bridge->mac_table_manager == MAC_TABLE_UNSET && !xml_has_kept(&network->kept, "bridge"))
		return;
	xml_begin(writer, "bridge");
	xml_attribute(writer, "name", bridge->name);
	xml_attribute(writer, "zone", bridge->zone);
	/* The defaults are written out: so a reader sees them. */
	if (network_is_managed(network)) {
		xml_attribute(writer, "stp", bridge->stp == TRISTATE_YES ? "on" : "off");
		xml_attribute_number(writer, "delay", bridge->delay);
	}
	xml_attribute(writer, "macTableManager", mac_table_manager_name(bridge->mac_table_manager));
	xml_end_kept(writer, &network->kept, "bridge");
}

static void write_mtu(struct xml_writer *writer, const struct network *network)
{
	if (!network->mtu && !xml_has_kept(&network->kept, "mtu"))
		return;
	xml_begin(writer, "mtu");
	xml_attribute_number(writer, "size", network->mtu);
	xml_end_kept(writer, &network->kept, "mtu");
}

static void write_mac(struct xml_writer *writer, const struct network *network)
{
	char text[MAC_TEXT_SIZE];

	if (!network->has_mac)
		return;
	mac_format(&network->mac, text);
	xml_begin(writer, "mac");
	xml_attribute(writer, "address", text);
	xml_end_kept(writer, &network->kept, "mac");
}

static void write_port(struct xml_writer *writer, const struct network *network)
{
	if (network->isolated == TRISTATE_UNSET && !xml_has_kept(&network->kept, "port"))
		return;
	xml_begin(writer, "port");
	xml_attribute(writer, "isolated", tristate_name(network->isolated));
	xml_end_kept(writer, &network->kept, "port");
}

static void write_portgroup(struct xml_writer *writer, const struct portgroup *group)
{
	xml_begin(writer, "portgroup");
	xml_attribute(writer, "name", group->name);
	xml_attribute(writer, "default", group->is_default ? "yes" : NULL);
	xml_attribute(writer, "trustGuestRxFilters", tristate_name(group->trust_rx_filters));
	xml_open(writer);
	vlan_write(writer, &group->vlan);
	virtualport_write(writer, &group->virtualport);
	bandwidth_write(writer, &group->bandwidth);
	security_write(writer, &group->security);
	xml_end(writer, "portgroup");
}

/* --- <network> --- */

/* The kept elements that libvirt has before <forward>; the foreign ones come last. */
static const char *const first_elements[] = { "title", "description", "metadata" };

static void write_head(struct xml_writer *writer, const struct network *network)
{
	char uuid[UUID_TEXT_SIZE];

	xml_attribute(writer, "ipv6", network->ipv6 == TRISTATE_YES ? "yes" : NULL);
	xml_attribute(writer, "trustGuestRxFilters", tristate_name(network->trust_rx_filters));
	xml_leaf(writer, "name", network->name);
	if (network->has_uuid) {
		uuid_format(&network->uuid, uuid);
		xml_leaf(writer, "uuid", uuid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(first_elements); i++)
		xml_kept_elements(writer, &network->kept, "", first_elements[i]);
}

/* What libvirt does not have: ours, then the foreign elements that were kept, in their order. */
static void write_rest(struct xml_writer *writer, const struct network *network)
{
	const struct kept_list *kept = &network->kept;

	if (network->port_type)
		xml_vif_element(writer, "port", "type", port_type_name(network->port_type));
	if (network->failover)
		xml_vif_element(writer, "pool", "failover", "yes");
	network_write_beside(writer, network);
	if (network->open_firewall)
		xml_vif_element(writer, "firewall", "open", "yes");
	security_write(writer, &network->security);
	for (size_t i = 0; i < kept->n; i++)
		if (kept->items[i].xml && !*kept->items[i].parent &&
		    name_index(first_elements, ARRAY_SIZE(first_elements), kept->items[i].name) < 0)
			xml_kept_element(writer, &kept->items[i]);
}

static void write_network(struct xml_writer *writer, const struct network *network)
{
	xml_begin(writer, "network");
	xml_kept_attributes(writer, &network->kept, "");
	write_head(writer, network);
	write_forward(writer, network);
	write_bridge(writer, network);
	write_mtu(writer, network);
	write_mac(writer, network);
	network_write_domain(writer, network);
	network_write_dns(writer, network);
	vlan_write(writer, &network->vlan);
	bandwidth_write(writer, &network->bandwidth);
	write_port(writer, network);
	network_write_ips(writer, network);
	network_write_routes(writer, network);
	virtualport_write(writer, &network->virtualport);
	for (size_t i = 0; i < network->n_portgroups; i++)
		write_portgroup(writer, &network->portgroups[i]);
	write_rest(writer, network);
	xml_end(writer, "network");
}

int network_to_xml(const struct network *network, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;

	write_network(&writer, network);
	return xml_writer_take(&writer, ret_xml) < 0 ? error_oom(err) : 0;
}
