/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "formats/elements.h"
#include "formats/security.h"
#include "util/parse.h"

static int read_ip(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security *security = object;

	if (security_ip_parse(item->value, &security->ip) < 0)
		return xml_error_value(xml, item, "is not one of no, list, learn");
	return 0;
}

static int read_broadcast(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security *security = object;

	if (parse_u32(item->value, 1, SECURITY_BROADCAST_MAX, &security->broadcast) < 0)
		return xml_error_value(xml, item, "is not a number from 1 to 1000000");
	return 0;
}

static int read_address_ip(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security_address *address = object;

	if (address_parse(item->value, &address->address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	address->prefix = address_bits(&address->address);
	return 0;
}

static int read_prefix(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security_address *address = object;
	unsigned bits = address_bits(&address->address);

	if (parse_u32(item->value, 1, bits, &address->prefix) < 0)
		return xml_error_value(xml, item,
				       bits == 32 ? "is not a number from 1 to 32"
						  : "is not a number from 1 to 128");
	return 0;
}

static int read_group_name(struct xml *xml, const struct xml_item *item, void *object)
{
	const char *why = group_name_wrong(item->value);
	int r;

	if (why)
		return xml_error_value(xml, item, why);
	r = security_add_group(object, item->value);
	if (r == -E2BIG)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<vif:security> can name %d groups", SECURITY_GROUPS_MAX);
	return r < 0 ? error_oom(xml->err) : 0;
}

static const struct xml_rule group_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_group_name },
};
static const struct xml_table group_table = { XML_ATTRIBUTES(group_attributes) };

static int read_no_groups(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security *security = object;

	if (strcmp(item->value, "no") != 0)
		return xml_error_value(xml, item, "is not no; <vif:group name='…'/> names one");
	security->no_groups = true;
	return 0;
}

static const struct xml_rule address_attributes[] = {
	{ "ip", .flags = XML_REQUIRED, .read = read_address_ip },
	{ "prefix", .read = read_prefix },
};
static const struct xml_table address_table = { XML_ATTRIBUTES(address_attributes) };

static int read_address(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security_address address = { 0 };
	int r = xml_read(xml, item->element, &address_table, &address);

	if (r == 0)
		r = security_add(object, &address.address, address.prefix);
	if (r == -E2BIG)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "<vif:security> can list %d addresses of a family",
				 SECURITY_ADDRESSES_MAX);
	return r == -ENOMEM ? error_oom(xml->err) : r;
}

#define TRISTATE(attribute, field)                                                               \
	{                                                                                        \
		attribute, .read = xml_read_tristate, .offset = offsetof(struct security, field) \
	}
static const struct xml_rule security_attributes[] = {
	TRISTATE("mac", mac),
	{ "ip", .read = read_ip },
	TRISTATE("dhcp-server", dhcp_server),
	TRISTATE("ra", ra),
	TRISTATE("other", other),
	{ "broadcast", .read = read_broadcast },
	TRISTATE("optional", optional),
	{ "groups", .read = read_no_groups },
};
static const struct xml_rule security_elements[] = {
	{ "address", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = read_address },
	{ "group", .ns = VIF_NAMESPACE, .flags = XML_MANY, .read = xml_descend,
	  .table = &group_table },
};
static const struct xml_table security_table = { XML_ATTRIBUTES(security_attributes),
						 XML_ELEMENTS(security_elements) };

int security_read(struct xml *xml, const struct xml_item *item, void *object)
{
	void *field = (char *)object + item->rule->offset;
	struct security *ret = field, security = { .set = true, .line = item->line };
	AUTO_ERROR struct error error = ERROR_INIT;
	int r = xml_read_alone(xml, item->element, &security_table, &security);

	if (r == 0 && security_validate(&security, &error) < 0)
		r = xml_error_from(xml, &error);
	if (r < 0) {
		security_done(&security);
		return r;
	}
	*ret = security;
	return 0;
}

static void write_address(struct xml_writer *writer, const struct security_address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(&address->address, text);
	xml_begin(writer, "vif:address");
	xml_attribute(writer, "ip", text);
	if (address->prefix != address_bits(&address->address))
		xml_attribute_number(writer, "prefix", address->prefix);
	xml_end(writer, "vif:address");
}

void security_write(struct xml_writer *writer, const struct security *security)
{
	if (!security->set)
		return;
	xml_begin(writer, "vif:security");
	xml_attribute(writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(writer, "mac", tristate_name(security->mac));
	xml_attribute(writer, "ip", security_ip_name(security->ip));
	xml_attribute(writer, "dhcp-server", tristate_name(security->dhcp_server));
	xml_attribute(writer, "ra", tristate_name(security->ra));
	xml_attribute(writer, "other", tristate_name(security->other));
	if (security->broadcast)
		xml_attribute_number(writer, "broadcast", security->broadcast);
	xml_attribute(writer, "optional", tristate_name(security->optional));
	xml_attribute(writer, "groups", security->no_groups ? "no" : NULL);
	for (size_t i = 0; i < security->n_addresses; i++)
		write_address(writer, &security->addresses[i]);
	for (size_t i = 0; i < security->n_groups; i++) {
		xml_begin(writer, "vif:group");
		xml_attribute(writer, "name", security->groups[i]);
		xml_end(writer, "vif:group");
	}
	xml_end(writer, "vif:security");
}

/* --- a SPEC's word --- */

static int add_spec_address(struct security *security, char *text)
{
	char *prefix = strchr(text, '/');
	struct address address;
	uint32_t length;

	if (prefix)
		*prefix++ = '\0';
	if (address_parse(text, &address) < 0)
		return -EINVAL;
	length = address_bits(&address);
	if (prefix && parse_u32(prefix, 1, length, &length) < 0)
		return -EINVAL;
	return security_add(security, &address, length);
}

static int add_spec_addresses(struct security *security, const char *value)
{
	AUTO_FREE char *copy = strdup(value);
	char *rest = copy, *text;
	int r = copy ? 0 : -ENOMEM;

	security->ip = SECURITY_IP_LIST;
	while (r == 0 && (text = strsep(&rest, "+")))
		r = add_spec_address(security, text);
	return r;
}

int security_from_spec(const char *value, struct security *ret)
{
	struct security security = { .set = true };
	int r = 0;

	if (!strcmp(value, "no")) {
		security.mac = TRISTATE_NO;
		security.ip = SECURITY_IP_NO;
		security.dhcp_server = security.ra = security.other = TRISTATE_YES;
	} else if (!strcmp(value, "mac")) {
		security.mac = TRISTATE_YES;
	} else if (!strcmp(value, "learn")) {
		security.ip = SECURITY_IP_LEARN;
	} else {
		r = add_spec_addresses(&security, value);
	}
	if (r == 0)
		r = security_copy_groups(&security, ret);
	if (r < 0) {
		security_done(&security);
		return r;
	}
	security_done(ret);
	*ret = security;
	return 0;
}

const char security_groups_expected[] = "is neither no nor names of security groups joined by '+'";

int security_groups_from_spec(const char *value, struct security *security)
{
	AUTO(security_done) struct security named = { .no_groups = !strcmp(value, "no") };
	AUTO_FREE char *copy = strdup(value);
	char *rest = copy, *name;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && !named.no_groups && (name = strsep(&rest, "+")))
		r = group_name_wrong(name) ? -EINVAL : security_add_group(&named, name);
	if (r == 0)
		r = security_copy_groups(security, &named);
	if (r == 0)
		security->set = true;
	return r;
}
