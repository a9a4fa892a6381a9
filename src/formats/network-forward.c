/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <forward>: the kind of network, and the pool.
 *
 * Without a mode it means nat. dev= is the pool's first entry said once more,
 * or a pool of one. A <pf> beside a list of interfaces means nothing to libvirt,
 * and is forgotten here as it is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/network-node.h"
#include "util/array.h"
#include "util/parse.h"

/* <forward dev=> until it is compared with the list. */
struct forward {
	struct network *network;
	char *dev;
};

static int read_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;

	if (forward_mode_parse(item->value, &forward->network->forward) < 0)
		return xml_error_value(xml, item,
				       "is not one of none, nat, route, open, bridge, vepa, "
				       "private, passthrough, hostdev");
	return 0;
}

/* libvirt takes an empty one for none. */
static int read_forward_dev(struct xml *xml, const struct xml_item *item, void *object)
{
	return *item->value ? xml_read_string(xml, item, object) : 0;
}

static int read_managed(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;
	bool managed;
	int r = xml_read_yes_no(xml, item, &managed);

	if (r < 0)
		return r;
	forward->network->forward_managed = strdup(item->value);
	return forward->network->forward_managed ? 0 : error_oom(xml->err);
}

/* --- <interface> --- */

static int read_pool_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct pool_entry *entry = object;

	entry->has_mac = true;
	return xml_read_device_mac(xml, item, &entry->mac);
}

static const struct xml_rule pool_attributes[] = {
	{ "dev", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct pool_entry, dev) },
	{ "mac", .ns = VIF_NAMESPACE, .read = read_pool_mac },
	{ "connections", .read = xml_drop },
};
static const struct xml_table pool_table = { XML_ATTRIBUTES(pool_attributes) };

int pool_entry_read(struct xml *xml, const struct xml_item *item, struct pool_entry *ret)
{
	ret->line = item->line;
	return xml_read(xml, item->element, &pool_table, ret);
}

static int read_interface(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;
	struct pool_entry entry = { 0 };
	struct pool_entry *place;
	int r = pool_entry_read(xml, item, &entry);

	if (r == 0) {
		place = array_add(&forward->network->pool, &forward->network->n_pool,
				  sizeof(*place));
		if (place) {
			*place = entry;
			return 0;
		}
		r = error_oom(xml->err);
	}
	free(entry.dev);
	return r;
}

/* --- <address> --- */

/* A number as C writes it: 3, 0x03. Each field of a PCI address has its own last one. */
static int read_pci_number(struct xml *xml, const struct xml_item *item, unsigned max,
			   unsigned *ret)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(item->value, &end, 0);
	if (!strchr("0123456789", *item->value) || !*item->value || *end || errno || number > max)
		return xml_error_value(xml, item,
				       max == 0xffff ? "is not a number from 0 to 0xffff"
				       : max == 0xff ? "is not a number from 0 to 0xff"
				       : max == 0x1f ? "is not a number from 0 to 0x1f"
						     : "is not a number from 0 to 7");
	*ret = (unsigned)number;
	return 0;
}

static int read_domain(struct xml *xml, const struct xml_item *item, void *object)
{
	struct pool_function *function = object;
	unsigned number;
	int r = read_pci_number(xml, item, 0xffff, &number);

	if (r == 0)
		function->domain = (uint16_t)number;
	return r;
}

static int read_bus(struct xml *xml, const struct xml_item *item, void *object)
{
	struct pool_function *function = object;
	unsigned number;
	int r = read_pci_number(xml, item, 0xff, &number);

	if (r == 0)
		function->bus = (uint8_t)number;
	return r;
}

static int read_slot(struct xml *xml, const struct xml_item *item, void *object)
{
	struct pool_function *function = object;
	unsigned number;
	int r = read_pci_number(xml, item, 0x1f, &number);

	if (r == 0)
		function->slot = (uint8_t)number;
	return r;
}

static int read_function(struct xml *xml, const struct xml_item *item, void *object)
{
	struct pool_function *function = object;
	unsigned number;
	int r = read_pci_number(xml, item, 7, &number);

	if (r == 0)
		function->function = (uint8_t)number;
	return r;
}

static int read_address_type(struct xml *xml, const struct xml_item *item, void *object)
{
	return strcmp(item->value, "pci") ? xml_error_value(xml, item, "is not pci") : 0;
}

static const struct xml_rule address_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_address_type },
	{ "domain", .read = read_domain },
	{ "bus", .flags = XML_REQUIRED, .read = read_bus },
	{ "slot", .flags = XML_REQUIRED, .read = read_slot },
	{ "function", .flags = XML_REQUIRED, .read = read_function },
	{ "connections", .read = xml_drop },
};
static const struct xml_table address_table = { XML_ATTRIBUTES(address_attributes) };

static int read_address(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;
	struct pool_function *function = array_add(
		&forward->network->functions, &forward->network->n_functions, sizeof(*function));

	if (!function)
		return error_oom(xml->err);
	function->line = item->line;
	return xml_read(xml, item->element, &address_table, function);
}

/* --- <pf>, <driver>, <nat> --- */

static const struct xml_rule pf_attributes[] = {
	{ "dev", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct network, pf) },
};
static const struct xml_table pf_table = { XML_ATTRIBUTES(pf_attributes) };

static int read_pf(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;

	forward->network->pf_line = item->line;
	return xml_read(xml, item->element, &pf_table, forward->network);
}

static int check_driver_name(struct xml *xml, const struct xml_item *item, void *object)
{
	static const char *const names[] = { "kvm", "vfio", "xen" };

	if (name_index(names, ARRAY_SIZE(names), item->value) < 0)
		return xml_error_value(xml, item, "is not one of kvm, vfio, xen");
	return 0;
}

/* It is the business of who attaches the device: kept whole, with any model. */
static const struct xml_rule driver_attributes[] = {
	{ "name", .read = check_driver_name },
	{ "model", .read = xml_drop },
};
static const struct xml_table driver_table = { XML_ATTRIBUTES(driver_attributes) };

static int read_nat_address(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	struct address *address = field;

	if (address_parse(item->value, address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	return 0;
}

static int read_nat_port(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	uint16_t *port = field;
	uint32_t number;

	if (parse_u32(item->value, 0, UINT16_MAX, &number) < 0)
		return xml_error_value(xml, item, "is not a number from 0 to 65535");
	*port = (uint16_t)number;
	return 0;
}

static const struct xml_rule nat_address_attributes[] = {
	{ "start", .flags = XML_REQUIRED, .read = read_nat_address,
	  .offset = offsetof(struct network_nat, first) },
	{ "end", .flags = XML_REQUIRED, .read = read_nat_address,
	  .offset = offsetof(struct network_nat, last) },
};
static const struct xml_table nat_address_table = { XML_ATTRIBUTES(nat_address_attributes) };

static const struct xml_rule nat_port_attributes[] = {
	{ "start", .flags = XML_REQUIRED, .read = read_nat_port,
	  .offset = offsetof(struct network_nat, first_port) },
	{ "end", .flags = XML_REQUIRED, .read = read_nat_port,
	  .offset = offsetof(struct network_nat, last_port) },
};
static const struct xml_table nat_port_table = { XML_ATTRIBUTES(nat_port_attributes) };

static int read_nat_ports(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network_nat *nat = object;

	nat->has_ports = true;
	return xml_read(xml, item->element, &nat_port_table, nat);
}

static const struct xml_rule nat_attributes[] = {
	{ "ipv6", .read = xml_read_tristate, .offset = offsetof(struct network_nat, ipv6) },
};
static const struct xml_rule nat_elements[] = {
	{ "address", .read = xml_descend, .table = &nat_address_table },
	{ "port", .read = read_nat_ports },
};
static const struct xml_table nat_table = { XML_ATTRIBUTES(nat_attributes),
					    XML_ELEMENTS(nat_elements) };

static int read_nat(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;

	forward->network->nat.set = true;
	forward->network->nat.line = item->line;
	return xml_read(xml, item->element, &nat_table, &forward->network->nat);
}

static int read_port_forward(struct xml *xml, const struct xml_item *item, void *object)
{
	struct forward *forward = object;
	struct network *network = forward->network;
	struct port_forward *place = array_add(&network->forwards, &network->n_forwards,
					       sizeof(*place));

	return place ? port_forward_read(xml, item, place) : error_oom(xml->err);
}

/* --- <forward> --- */

static const struct xml_rule forward_attributes[] = {
	{ "mode", .read = read_mode },
	{ "dev", .read = read_forward_dev, .offset = offsetof(struct forward, dev) },
	{ "managed", .read = read_managed },
};
static const struct xml_rule forward_elements[] = {
	{ "interface", .flags = XML_MANY, .read = read_interface },
	{ "address", .flags = XML_MANY, .read = read_address },
	{ "pf", .read = read_pf },
	{ "driver", .read = xml_keep_read, .table = &driver_table },
	{ "nat", .read = read_nat },
	{ "forward", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = read_port_forward },
};
static const struct xml_table forward_table = { XML_ATTRIBUTES(forward_attributes),
						XML_ELEMENTS(forward_elements) };

/* dev alone is a list of one; beside a list it must repeat the first. */
static int merge_dev(struct xml *xml, unsigned line, const struct forward *forward)
{
	struct network *network = forward->network;

	if (!forward->dev)
		return 0;
	if (network->n_functions > 0 || network->pf)
		return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
				 "<forward dev='%s'> cannot stand beside <address> or <pf>",
				 forward->dev);
	if (network->n_pool == 0)
		return network_pool_add(network, forward->dev, line) < 0 ? error_oom(xml->err) : 0;
	if (!strcmp(network->pool[0].dev, forward->dev))
		return 0;
	return xml_error(xml, line, ERROR_INVALID_ARGUMENT,
			 "<forward dev='%s'> is not the first of the list, <interface dev='%s'> "
			 "in line %u",
			 forward->dev, network->pool[0].dev, network->pool[0].line);
}

int network_read_forward(struct xml *xml, const struct xml_item *item, void *object)
{
	struct network *network = object;
	struct forward forward = { .network = network };
	int r;

	network->has_forward = true;
	network->forward = FORWARD_NAT;
	network->forward_line = item->line;
	r = xml_read(xml, item->element, &forward_table, &forward);
	if (r == 0)
		r = merge_dev(xml, item->line, &forward);
	free(forward.dev);
	if (r == 0 && network->n_pool > 0) {
		free(network->pf);
		network->pf = NULL;
	}
	return r;
}
