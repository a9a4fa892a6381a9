/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network has beside its bridge or pool (resolve/beside.h): <vif:reflective-relay>, … */
#include <string.h>

#include "formats/elements.h"
#include "formats/network-node.h"
#include "util/array.h"
#include "util/parse.h"

/* --- <vif:reflective-relay> --- */

static const struct xml_rule relay_attributes[] = {
	{ "dev", .read = xml_read_string, .offset = offsetof(struct network_relay, dev) },
};
static const struct xml_table relay_table = { XML_ATTRIBUTES(relay_attributes) };

/* Without dev it means the guests' ports. */
int network_read_relay(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct network_relay *relay = array_add(&network->relays, &network->n_relays,
						sizeof(*relay));
	int r;

	if (!relay)
		return error_oom(xml->err);
	relay->line = item->line;
	r = xml_read_alone(xml, item->element, &relay_table, relay);
	if (r < 0 || relay->dev)
		return r;
	network->n_relays--;
	if (network->reflects_ports)
		return xml_error(xml, item->line, ERROR_INVALID_XML,
				 "<%s> without dev stands twice in <network> (first in line %u)",
				 xml_label(xml, item->element), network->reflects_line);
	network->reflects_ports = true;
	network->reflects_line = item->line;
	return 0;
}

/* --- <vif:host-access> --- */

static int read_prefix(struct xml *xml, const struct xml_item *item, void *object)
{
	struct host_access *access = object;

	return network_prefix_read(xml, item, &access->prefix);
}

static const struct xml_rule access_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct host_access, address) },
	{ "prefix", .flags = XML_REQUIRED, .read = read_prefix },
};
static const struct xml_table access_table = { XML_ATTRIBUTES(access_attributes) };

int network_read_access(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct host_access *access = array_add(&network->accesses, &network->n_accesses,
					       sizeof(*access));

	if (!access)
		return error_oom(xml->err);
	access->line = item->line;
	return xml_read_alone(xml, item->element, &access_table, access);
}

/* --- <vif:tunnel> --- */

static int read_tunnel_type(struct xml *xml, const struct xml_item *item, void *object)
{
	if (!strcmp(item->value, "vxlan"))
		return 0;
	return xml_error_value(xml, item, "is not vxlan, which is the only kind there is");
}

static int read_tunnel_id(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tunnel *tunnel = object;

	if (parse_u32(item->value, 1, TUNNEL_ID_MAX, &tunnel->id) < 0)
		return xml_error_value(xml, item, "is not a number from 1 to 16777215");
	return 0;
}

static int read_tunnel_port(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tunnel *tunnel = object;
	uint32_t port;

	if (parse_u32(item->value, 1, UINT16_MAX, &port) < 0)
		return xml_error_value(xml, item, "is not a number from 1 to 65535");
	tunnel->port = (uint16_t)port;
	return 0;
}

static struct tunnel_remote *add_remote(struct xml *xml, const struct xml_item *item,
					struct tunnel *tunnel)
{
	struct tunnel_remote *remote = array_add(&tunnel->remotes, &tunnel->n_remotes,
						 sizeof(*remote));

	if (remote)
		remote->line = item->line;
	else
		(void)error_oom(xml->err);
	return remote;
}

/* One alone may be said shortly. */
static int read_remote_attribute(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tunnel_remote *remote = add_remote(xml, item, object);

	if (!remote)
		return -ENOMEM;
	if (address_parse(item->value, &remote->address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	return 0;
}

static int read_guest_address(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tunnel_remote *remote = object;
	struct mac *mac = array_add(&remote->macs, &remote->n_macs, sizeof(*mac));

	return mac ? xml_read_device_mac(xml, item, mac) : error_oom(xml->err);
}

static const struct xml_rule guest_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = read_guest_address },
};
static const struct xml_table guest_table = { XML_ATTRIBUTES(guest_attributes) };

static int read_guest(struct xml *xml, const struct xml_item *item, void *object)
{
	return xml_read_alone(xml, item->element, &guest_table, object);
}

static const struct xml_rule remote_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = network_read_address,
	  .offset = offsetof(struct tunnel_remote, address) },
};
static const struct xml_rule remote_elements[] = {
	{ "mac", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = read_guest },
};
static const struct xml_table remote_table = { XML_ATTRIBUTES(remote_attributes),
					       XML_ELEMENTS(remote_elements) };

static int read_remote(struct xml *xml, const struct xml_item *item, void *object)
{
	struct tunnel_remote *remote = add_remote(xml, item, object);

	return remote ? xml_read_alone(xml, item->element, &remote_table, remote) : -ENOMEM;
}

static const struct xml_rule tunnel_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_tunnel_type },
	{ "id", .flags = XML_REQUIRED, .read = read_tunnel_id },
	{ "port", .read = read_tunnel_port },
	{ "dev", .read = xml_read_string, .offset = offsetof(struct tunnel, dev) },
	{ "group", .read = network_read_address, .offset = offsetof(struct tunnel, group) },
	{ "remote", .read = read_remote_attribute },
	{ "learning", .read = xml_read_tristate, .offset = offsetof(struct tunnel, learning) },
};
static const struct xml_rule tunnel_elements[] = {
	{ "remote", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = read_remote },
};
static const struct xml_table tunnel_table = { XML_ATTRIBUTES(tunnel_attributes),
					       XML_ELEMENTS(tunnel_elements) };

int network_read_tunnel(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;

	network->tunnel.set = true;
	network->tunnel.line = item->line;
	network->tunnel.port = TUNNEL_PORT;
	return xml_read_alone(xml, item->element, &tunnel_table, &network->tunnel);
}

/* --- out --- */

static void write_address(struct xml_writer *writer, const char *name,
			  const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!address->family)
		return;
	address_format(address, text);
	xml_attribute(writer, name, text);
}

static void write_remote(struct xml_writer *writer, const struct tunnel_remote *remote)
{
	char mac[MAC_TEXT_SIZE];

	xml_begin(writer, "vif:remote");
	write_address(writer, "address", &remote->address);
	for (size_t i = 0; i < remote->n_macs; i++) {
		mac_format(&remote->macs[i], mac);
		xml_begin(writer, "vif:mac");
		xml_attribute(writer, "address", mac);
		xml_end(writer, "vif:mac");
	}
	xml_end(writer, "vif:remote");
}

static void write_tunnel(struct xml_writer *writer, const struct tunnel *tunnel)
{
	bool is_short = tunnel->n_remotes == 1 && tunnel->remotes[0].n_macs == 0;

	if (!tunnel->set)
		return;
	xml_begin(writer, "vif:tunnel");
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(writer, "type", "vxlan");
	xml_attribute_number(writer, "id", tunnel->id);
	if (tunnel->port != TUNNEL_PORT)
		xml_attribute_number(writer, "port", tunnel->port);
	xml_attribute(writer, "dev", tunnel->dev);
	write_address(writer, "group", &tunnel->group);
	if (is_short)
		write_address(writer, "remote", &tunnel->remotes[0].address);
	xml_attribute(writer, "learning", tristate_name(tunnel->learning));
	for (size_t i = 0; !is_short && i < tunnel->n_remotes; i++)
		write_remote(writer, &tunnel->remotes[i]);
	xml_end(writer, "vif:tunnel");
}

static void write_access(struct xml_writer *writer, const struct host_access *access)
{
	xml_begin(writer, "vif:host-access");
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	write_address(writer, "address", &access->address);
	xml_attribute_number(writer, "prefix", access->prefix);
	xml_end(writer, "vif:host-access");
}

void network_write_beside(struct xml_writer *writer, const struct network *network)
{
	if (network->reflects_ports)
		xml_vif_element(writer, "reflective-relay", "dev", NULL);
	for (size_t i = 0; i < network->n_relays; i++)
		xml_vif_element(writer, "reflective-relay", "dev", network->relays[i].dev);
	write_tunnel(writer, &network->tunnel);
	for (size_t i = 0; i < network->n_accesses; i++)
		write_access(writer, &network->accesses[i]);
}
