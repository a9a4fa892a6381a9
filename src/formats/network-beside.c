/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network has beside its bridge or pool (resolve/beside.h): <vif:reflective-relay>, … */
#include "formats/network-node.h"
#include "util/array.h"

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

/* --- out --- */

static void write_access(struct xml_writer *writer, const struct host_access *access)
{
	char address[ADDRESS_TEXT_SIZE];

	address_format(&access->address, address);
	xml_begin(writer, "vif:host-access");
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(writer, "address", address);
	xml_attribute_number(writer, "prefix", access->prefix);
	xml_end(writer, "vif:host-access");
}

void network_write_beside(struct xml_writer *writer, const struct network *network)
{
	if (network->reflects_ports)
		xml_vif_element(writer, "reflective-relay", "dev", NULL);
	for (size_t i = 0; i < network->n_relays; i++)
		xml_vif_element(writer, "reflective-relay", "dev", network->relays[i].dev);
	for (size_t i = 0; i < network->n_accesses; i++)
		write_access(writer, &network->accesses[i]);
}
