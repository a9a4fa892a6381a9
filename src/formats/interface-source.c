/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <source> of an <interface>: a table for each type.
 *
 * Those of the types that vifd connects are read into the interface. Those of
 * the others are kept, after a look at what libvirt requires of them, in
 * libvirt's spelling: addresses with their family, PCI addresses in hexadecimal.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/interface-node.h"
#include "util/parse.h"

static int read_mode(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	if (direct_mode_parse(item->value, &interface->mode) == 0)
		return 0;
	return xml_error_value(xml, item, "is not one of vepa, bridge, private, passthrough");
}

static int read_dev_mac(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->has_dev_mac = true;
	return xml_read_device_mac(xml, item, &interface->dev_mac);
}

static int read_startup_policy(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->optional = !strcmp(item->value, "optional");
	if (interface->optional || !strcmp(item->value, "mandatory"))
		return 0;
	return xml_error_value(xml, item, "is not one of mandatory, optional");
}

static const struct xml_rule network_source[] = {
	{ "network", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, network) },
	{ "portgroup", .read = xml_read_string, .offset = offsetof(struct interface, portgroup) },
	{ "startupPolicy", .read = read_startup_policy },
	{ "portid", .read = xml_drop },
	{ "bridge", .read = xml_drop },
	{ "macTableManager", .read = xml_drop },
};

/* The network's name beside a resolved source is for people; libvirt does not read it either. */
static const struct xml_rule direct_source[] = {
	{ "dev", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, dev) },
	{ "mode", .read = read_mode },
	{ "mac", .ns = VIF_NAMESPACE, .read = read_dev_mac },
	{ "startupPolicy", .read = read_startup_policy },
	{ "network", .read = xml_keep },
	{ "portgroup", .read = xml_keep },
	{ "portid", .read = xml_drop },
};

static const char *const mac_table_managers[] = { "kernel", "libvirt", NULL };
static const struct xml_rule bridge_source[] = {
	{ "bridge", .flags = XML_REQUIRED, .read = xml_read_string,
	  .offset = offsetof(struct interface, bridge) },
	{ "startupPolicy", .read = read_startup_policy },
	{ "network", .read = xml_keep },
	{ "portgroup", .read = xml_keep },
	{ "portid", .read = xml_drop },
	{ "macTableManager", .read = xml_keep_matters, .values = mac_table_managers },
};

/* --- addresses, for the host's end of a tap or for the guest --- */

/* Strings, in libvirt's order. */
struct address_reading {
	char *address;
	char *family;
	char *netmask;
	char *prefix;
	char *peer;
	char *gateway;
	char *metric;
};

static void address_reading_done(struct address_reading *reading)
{
	free(reading->address);
	free(reading->family);
	free(reading->netmask);
	free(reading->prefix);
	free(reading->peer);
	free(reading->gateway);
	free(reading->metric);
}

static int family_of(const char *text)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, text, &address) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, &address) == 1 ? AF_INET6 : AF_UNSPEC;
}

static int read_address(struct xml *xml, const struct xml_item *item, void *object)
{
	if (family_of(item->value) == AF_UNSPEC)
		return xml_error_value(xml, item, "is not an IP address");
	return xml_read_string(xml, item, object);
}

static int read_family(struct xml *xml, const struct xml_item *item, void *object)
{
	if (strcmp(item->value, "ipv4") != 0 && strcmp(item->value, "ipv6") != 0)
		return xml_error_value(xml, item, "is not one of ipv4, ipv6");
	return xml_read_string(xml, item, object);
}

static int read_prefix(struct xml *xml, const struct xml_item *item, void *object)
{
	const struct address_reading *reading = object;
	uint32_t prefix;

	if (parse_u32(item->value, 0, family_of(reading->address) == AF_INET ? 32 : 128, &prefix) <
	    0)
		return xml_error_value(xml, item, "is not the length of a prefix of the address");
	return xml_read_string(xml, item, object);
}

static int read_number(struct xml *xml, const struct xml_item *item, void *object)
{
	int r = xml_check_number(xml, item, object);

	return r < 0 ? r : xml_read_string(xml, item, object);
}

#define READING(name) .offset = offsetof(struct address_reading, name)

static const struct xml_rule ip_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = read_address, READING(address) },
	{ "family", .read = read_family, READING(family) },
	{ "prefix", .read = read_prefix, READING(prefix) },
	{ "peer", .read = read_address, READING(peer) },
};
static const struct xml_table ip_table = { XML_ATTRIBUTES(ip_attributes) };

/* The address is read before the length of its prefix, and written behind its family. */
static const struct xml_rule route_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = read_address, READING(address) },
	{ "family", .read = read_family, READING(family) },
	{ "netmask", .read = read_address, READING(netmask) },
	{ "prefix", .read = read_prefix, READING(prefix) },
	{ "gateway", .flags = XML_REQUIRED, .read = read_address, READING(gateway) },
	{ "metric", .read = read_number, READING(metric) },
};
static const struct xml_table route_table = { XML_ATTRIBUTES(route_attributes) };

/* An element in place of one that was read; it matters. */
static int keep_written(struct xml *xml, const struct xml_item *item, struct xml_writer *writer)
{
	const char *parent = item->element->parent == xml->top ? "" : "source";
	AUTO_FREE char *text = NULL;

	if (xml_writer_take(writer, &text) < 0 ||
	    kept_add_element(xml->kept, parent, item->rule->name, text, false, item->line) < 0)
		return error_oom(xml->err);
	xml->kept->items[xml->kept->n - 1].matters = true;
	return 0;
}

/* All addresses of one family, which is the one that was said. */
static int check_family(struct xml *xml, const struct xml_item *item,
			const struct address_reading *reading)
{
	int family = family_of(reading->address);
	const char *const others[] = { reading->netmask, reading->peer, reading->gateway };
	bool agree = !reading->family ||
		     !strcmp(reading->family, family == AF_INET ? "ipv4" : "ipv6");

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		agree = agree && (!others[i] || family_of(others[i]) == family);
	if (agree)
		return 0;
	return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
			 "<%s address='%s'> mixes IPv4 and IPv6", item->rule->name,
			 reading->address);
}

int interface_ip_keep(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct address_reading reading = { 0 };
	int r = xml_read_alone(xml, item->element, &ip_table, &reading);

	if (r == 0)
		r = check_family(xml, item, &reading);
	if (r == 0) {
		xml_begin(&writer, "ip");
		xml_attribute(&writer, "address", reading.address);
		xml_attribute(&writer, "family",
			      family_of(reading.address) == AF_INET ? "ipv4" : "ipv6");
		xml_attribute(&writer, "prefix", reading.prefix);
		xml_attribute(&writer, "peer", reading.peer);
		xml_end(&writer, "ip");
		r = keep_written(xml, item, &writer);
	}
	address_reading_done(&reading);
	return r;
}

int interface_route_keep(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct address_reading reading = { 0 };
	int r = xml_read_alone(xml, item->element, &route_table, &reading);

	if (r == 0)
		r = check_family(xml, item, &reading);
	if (r == 0) {
		xml_begin(&writer, "route");
		xml_attribute(&writer, "family", reading.family);
		xml_attribute(&writer, "address", reading.address);
		xml_attribute(&writer, "netmask", reading.netmask);
		xml_attribute(&writer, "prefix", reading.prefix);
		xml_attribute(&writer, "gateway", reading.gateway);
		xml_attribute(&writer, "metric", reading.metric);
		xml_end(&writer, "route");
		r = keep_written(xml, item, &writer);
	}
	address_reading_done(&reading);
	return r;
}

static const struct xml_rule ethernet_source[] = {
	{ "ip", .flags = XML_MANY, .read = interface_ip_keep },
	{ "route", .flags = XML_MANY, .read = interface_route_keep },
};

/* --- types that are kept --- */

static int check_ip_address(struct xml *xml, const struct xml_item *item, void *object)
{
	if (family_of(item->value) != AF_INET)
		return xml_error_value(xml, item, "is not an IPv4 address");
	return 0;
}

static int keep_port(struct xml *xml, const struct xml_item *item, void *object)
{
	int r = xml_check_port(xml, item, object);

	return r < 0 ? r : xml_keep(xml, item, object);
}

static int keep_ip_address(struct xml *xml, const struct xml_item *item, void *object)
{
	int r = check_ip_address(xml, item, object);

	return r < 0 ? r : xml_keep(xml, item, object);
}

static int keep_name(struct xml *xml, const struct xml_item *item, void *object)
{
	int r = xml_check_text(xml, item, object);

	return r < 0 ? r : xml_keep(xml, item, object);
}

static const struct xml_rule user_source[] = {
	{ "dev", .flags = XML_REQUIRED, .read = keep_name },
};

static const struct xml_rule reconnect_attributes[] = {
	{ "enabled", .read = xml_check_yes_no },
	{ "timeout", .read = xml_check_number },
	{ "delay", .read = xml_check_number },
};
static const struct xml_table reconnect_table = { XML_ATTRIBUTES(reconnect_attributes) };
static const char *const socket_types[] = { "unix", NULL };
static const char *const socket_modes[] = { "server", "client", NULL };
static const struct xml_rule vhostuser_source[] = {
	{ "type", .read = xml_keep_one_of, .values = socket_types },
	{ "path", .read = keep_name },
	{ "mode", .read = xml_keep_one_of, .values = socket_modes },
	{ "dev", .read = keep_name },
};
static const struct xml_rule vhostuser_source_elements[] = {
	{ "reconnect", .read = xml_keep_read, .table = &reconnect_table },
};

static const struct xml_rule server_source[] = {
	{ "address", .read = keep_ip_address },
	{ "port", .flags = XML_REQUIRED, .read = keep_port },
};
static const struct xml_rule peer_source[] = {
	{ "address", .flags = XML_REQUIRED, .read = keep_ip_address },
	{ "port", .flags = XML_REQUIRED, .read = keep_port },
};
static const struct xml_rule local_attributes[] = {
	{ "address", .flags = XML_REQUIRED, .read = check_ip_address },
	{ "port", .flags = XML_REQUIRED, .read = xml_check_port },
};
static const struct xml_table local_table = { XML_ATTRIBUTES(local_attributes) };
static const struct xml_rule udp_source_elements[] = {
	{ "local", .flags = XML_REQUIRED, .read = xml_keep_read, .table = &local_table },
};

/* --- a PCI device --- */

struct pci_address {
	unsigned long domain, bus, slot, function;
};

static int read_pci_number(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	unsigned long *number = field;
	char *end;

	errno = 0;
	*number = strtoul(item->value, &end, 0); /* any base, as libvirt */
	if (errno || *end || !strchr("0123456789", *item->value) || !*item->value ||
	    *number > UINT32_MAX)
		return xml_error_value(xml, item, "is not a number");
	return 0;
}

static int read_pci_type(struct xml *xml, const struct xml_item *item, void *object)
{
	if (strcmp(item->value, "pci") != 0)
		return xml_error_value(xml, item, "is not pci");
	return 0;
}

static const struct xml_rule pci_attributes[] = {
	{ "type", .flags = XML_REQUIRED, .read = read_pci_type },
	{ "domain", .read = read_pci_number, .offset = offsetof(struct pci_address, domain) },
	{ "bus", .read = read_pci_number, .offset = offsetof(struct pci_address, bus) },
	{ "slot", .read = read_pci_number, .offset = offsetof(struct pci_address, slot) },
	{ "function", .read = read_pci_number, .offset = offsetof(struct pci_address, function) },
};
static const struct xml_table pci_table = { XML_ATTRIBUTES(pci_attributes) };

static void write_pci_number(struct xml_writer *writer, const char *name, int digits,
			     unsigned long number)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%0*lx", digits, number);
	xml_attribute(writer, name, text);
}

static int keep_pci_address(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	struct pci_address address = { 0 };
	int r = xml_read_alone(xml, item->element, &pci_table, &address);

	if (r < 0)
		return r;
	if (address.domain > 0xffff || address.bus > 0xff || address.slot > 0x1f ||
	    address.function > 7)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<address type='pci'> is not one that a PCI device can have");
	xml_begin(&writer, "address");
	xml_attribute(&writer, "type", "pci");
	write_pci_number(&writer, "domain", 4, address.domain);
	write_pci_number(&writer, "bus", 2, address.bus);
	write_pci_number(&writer, "slot", 2, address.slot);
	write_pci_number(&writer, "function", 1, address.function);
	xml_end(&writer, "address");
	return keep_written(xml, item, &writer);
}

static const struct xml_rule hostdev_source_elements[] = {
	{ "address", .flags = XML_REQUIRED, .read = keep_pci_address },
};

/* --- all of them --- */

static const struct {
	struct xml_table table;
	bool needed;
} sources[INTERFACE_TYPE_COUNT] = {
	[INTERFACE_NETWORK] = { { XML_ATTRIBUTES(network_source) }, true },
	[INTERFACE_DIRECT] = { { XML_ATTRIBUTES(direct_source) }, true },
	[INTERFACE_BRIDGE] = { { XML_ATTRIBUTES(bridge_source) }, true },
	[INTERFACE_ETHERNET] = { { XML_ELEMENTS(ethernet_source) }, false },
	[INTERFACE_USER] = { { XML_ATTRIBUTES(user_source) }, false },
	[INTERFACE_VHOSTUSER] = { { XML_ATTRIBUTES(vhostuser_source),
				    XML_ELEMENTS(vhostuser_source_elements) },
				  false },
	[INTERFACE_SERVER] = { { XML_ATTRIBUTES(server_source) }, true },
	[INTERFACE_CLIENT] = { { XML_ATTRIBUTES(peer_source) }, true },
	[INTERFACE_MCAST] = { { XML_ATTRIBUTES(peer_source) }, true },
	[INTERFACE_UDP] = { { XML_ATTRIBUTES(peer_source), XML_ELEMENTS(udp_source_elements) },
			    true },
	[INTERFACE_NULL] = { { 0 }, false },
	[INTERFACE_VDPA] = { { XML_ATTRIBUTES(user_source) }, true },
	[INTERFACE_HOSTDEV] = { { XML_ELEMENTS(hostdev_source_elements) }, true },
};

bool interface_needs_source(enum interface_type type)
{
	return sources[type].needed;
}

int interface_source_read(struct xml *xml, const struct xml_item *item, void *object)
{
	struct interface *interface = object;

	interface->source_line = item->line;
	return xml_read(xml, item->element, &sources[interface->type].table, object);
}
