/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/group-xml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml.h"
#include "util/array.h"
#include "util/parse.h"

/* --- <rule> --- */

static int read_direction(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_rule *rule = object;

	rule->in = streq(item->value, "in");
	if (!rule->in && !streq(item->value, "out"))
		return xml_error_value(xml, item, "is neither in nor out");
	return 0;
}

static int read_protocol(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_rule *rule = object;

	if (group_protocol_parse(item->value, &rule->protocol) < 0)
		return xml_error_value(xml, item,
				       "is neither tcp, udp, sctp, dccp, icmp, icmpv6, any nor a "
				       "number from 0 to 255");
	return 0;
}

static int read_family(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_rule *rule = object;

	if (streq(item->value, "ipv4"))
		rule->family = AF_INET;
	else if (streq(item->value, "ipv6"))
		rule->family = AF_INET6;
	else
		return xml_error_value(xml, item, "is neither ipv4 nor ipv6");
	return 0;
}

static int read_port(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_FREE char *copy = strdup(item->value);
	struct group_rule *rule = object;
	uint32_t low, high;
	char *last;

	if (!copy)
		return error_oom(xml->err);
	last = strchr(copy, '-');
	if (last)
		*last++ = '\0';
	if (parse_u32(copy, 1, UINT16_MAX, &low) < 0 ||
	    parse_u32(last ? last : copy, 1, UINT16_MAX, &high) < 0 || low > high)
		return xml_error_value(xml, item,
				       "is neither a port from 1 to 65535 nor two of them joined "
				       "by '-', the lower one first");
	rule->port_low = (uint16_t)low;
	rule->port_high = (uint16_t)high;
	return 0;
}

static int read_byte(struct xml *xml, const struct xml_item *item, int *ret_value)
{
	uint32_t value;

	if (parse_u32(item->value, 0, UINT8_MAX, &value) < 0)
		return xml_error_value(xml, item, "is not a number from 0 to 255");
	*ret_value = (int)value;
	return 0;
}

static int read_type(struct xml *xml, const struct xml_item *item, void *object)
{
	return read_byte(xml, item, &((struct group_rule *)object)->icmp_type);
}

static int read_code(struct xml *xml, const struct xml_item *item, void *object)
{
	return read_byte(xml, item, &((struct group_rule *)object)->icmp_code);
}

static int read_remote(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_rule *rule = object;
	struct group_member net;

	if (group_member_parse(item->value, &net) < 0)
		return xml_error_value(xml, item, "is neither an IP address nor ADDRESS/PREFIX");
	rule->remote = net.address;
	rule->remote_prefix = net.prefix;
	return 0;
}

static int read_remote_group(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_rule *rule = object;
	const char *why = group_name_wrong(item->value);

	if (why)
		return xml_error_value(xml, item, why);
	rule->remote_group = strdup(item->value);
	return rule->remote_group ? 0 : error_oom(xml->err);
}

static const struct xml_rule rule_attributes[] = {
	{ "direction", .flags = XML_REQUIRED, .read = read_direction },
	{ "protocol", .read = read_protocol },
	{ "family", .read = read_family },
	{ "port", .read = read_port },
	{ "type", .read = read_type },
	{ "code", .read = read_code },
	{ "remote", .read = read_remote },
	{ "remote-group", .read = read_remote_group },
};
static const struct xml_table rule_table = { XML_ATTRIBUTES(rule_attributes) };

static int read_rule(struct xml *xml, const struct xml_item *item, void *object)
{
	AUTO_ERROR struct error error = ERROR_INIT;
	struct security_group *group = object;
	struct group_rule rule = { .line = item->line,
				   .protocol = GROUP_PROTOCOL_ANY,
				   .icmp_type = GROUP_ICMP_ANY,
				   .icmp_code = GROUP_ICMP_ANY },
			  *slot = NULL;
	int r = xml_read(xml, item->element, &rule_table, &rule);

	if (r == 0 && group_rule_validate(&rule, &error) < 0)
		r = xml_error_from(xml, &error);
	if (r == 0 && group->n_rules >= GROUP_RULES_MAX)
		r = xml_error(xml, item->line, ERROR_INVALID_ARGUMENT, "a group can have %d rules",
			      GROUP_RULES_MAX);
	if (r == 0) {
		slot = array_add(&group->rules, &group->n_rules, sizeof(*slot));
		r = slot ? 0 : error_oom(xml->err);
	}
	if (r == 0)
		*slot = rule;
	else
		free(rule.remote_group);
	return r;
}

/* --- <member> --- */

static int read_ip(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_member *member = object;

	if (address_parse(item->value, &member->address) < 0)
		return xml_error_value(xml, item, "is not an IP address");
	member->prefix = address_bits(&member->address);
	return 0;
}

static int read_prefix(struct xml *xml, const struct xml_item *item, void *object)
{
	struct group_member *member = object;
	uint32_t bits = address_bits(&member->address);

	if (parse_u32(item->value, 0, bits, &member->prefix) < 0)
		return xml_error_value(xml, item,
				       bits == 32 ? "is not a number from 0 to 32"
						  : "is not a number from 0 to 128");
	return 0;
}

static const struct xml_rule member_attributes[] = {
	{ "ip", .flags = XML_REQUIRED, .read = read_ip },
	{ "prefix", .read = read_prefix },
};
static const struct xml_table member_table = { XML_ATTRIBUTES(member_attributes) };

static int read_member(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security_group *group = object;
	struct group_member member = { 0 }, *slot;
	int r = xml_read(xml, item->element, &member_table, &member);

	if (r < 0)
		return r;
	if (group->n_members >= GROUP_MEMBERS_MAX)
		return xml_error(xml, item->line, ERROR_INVALID_ARGUMENT,
				 "a group can list %d members", GROUP_MEMBERS_MAX);
	slot = array_add(&group->members, &group->n_members, sizeof(*slot));
	if (!slot)
		return error_oom(xml->err);
	member.address = address_network(&member.address, member.prefix);
	*slot = member;
	return 0;
}

/* --- <vif:group> --- */

static int read_name(struct xml *xml, const struct xml_item *item, void *object)
{
	struct security_group *group = object;
	const char *why = group_name_wrong(item->value);

	if (why)
		return xml_error_value(xml, item, why);
	group->name = strdup(item->value);
	return group->name ? 0 : error_oom(xml->err);
}

static const struct xml_rule group_attributes[] = {
	{ "name", .flags = XML_REQUIRED, .read = read_name },
};
static const struct xml_rule group_elements[] = {
	{ "rule", .flags = XML_MANY, .read = read_rule },
	{ "member", .flags = XML_MANY, .read = read_member },
};
static const struct xml_table group_table = { XML_ATTRIBUTES(group_attributes),
					      XML_ELEMENTS(group_elements) };

int group_from_xml(const char *text, size_t size, const char *source, struct security_group **ret,
		   struct error *err)
{
	AUTO(group_freep) struct security_group *group = NULL;
	AUTO_XML struct xml xml = { 0 };
	int r = xml_parse(&xml, text, size, source, "vif:group", err);

	if (r < 0)
		return r;
	group = calloc(1, sizeof(*group));
	if (!group)
		return error_oom(err);
	group->line = xml_line(xml.root);
	r = xml_read_alone(&xml, xml.root, &group_table, group);
	if (r < 0)
		return r;
	group_sort_members(group);
	*ret = take_ptr(group);
	return 0;
}

/* --- out --- */

static void write_protocol(struct xml_writer *writer, const struct group_rule *rule)
{
	const char *name = group_protocol_name(rule->protocol);

	if (rule->protocol == GROUP_PROTOCOL_ANY)
		return;
	if (name)
		xml_attribute(writer, "protocol", name);
	else
		xml_attribute_number(writer, "protocol", (unsigned)rule->protocol);
}

static void write_ports(struct xml_writer *writer, const struct group_rule *rule)
{
	char text[sizeof("65535-65535")];

	if (!rule->port_low)
		return;
	if (rule->port_low == rule->port_high)
		snprintf(text, sizeof(text), "%u", rule->port_low);
	else
		snprintf(text, sizeof(text), "%u-%u", rule->port_low, rule->port_high);
	xml_attribute(writer, "port", text);
}

static int write_remote(struct xml_writer *writer, const struct group_rule *rule)
{
	const struct group_member remote = { rule->remote, rule->remote_prefix };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *string = NULL;

	if (!rule->remote.family)
		return 0;
	group_member_print(&remote, &text);
	if (text_take(&text, &string) < 0)
		return -ENOMEM;
	xml_attribute(writer, "remote", string);
	return 0;
}

static int write_rule(struct xml_writer *writer, const struct group_rule *rule)
{
	int r;

	xml_begin(writer, "rule");
	xml_attribute(writer, "direction", rule->in ? "in" : "out");
	write_protocol(writer, rule);
	if (rule->family)
		xml_attribute(writer, "family", rule->family == AF_INET ? "ipv4" : "ipv6");
	write_ports(writer, rule);
	if (rule->icmp_type != GROUP_ICMP_ANY)
		xml_attribute_number(writer, "type", (unsigned)rule->icmp_type);
	if (rule->icmp_code != GROUP_ICMP_ANY)
		xml_attribute_number(writer, "code", (unsigned)rule->icmp_code);
	r = write_remote(writer, rule);
	xml_attribute(writer, "remote-group", rule->remote_group);
	xml_end(writer, "rule");
	return r;
}

static void write_member(struct xml_writer *writer, const struct group_member *member)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(&member->address, text);
	xml_begin(writer, "member");
	xml_attribute(writer, "ip", text);
	if (member->prefix != address_bits(&member->address))
		xml_attribute_number(writer, "prefix", member->prefix);
	xml_end(writer, "member");
}

int group_to_xml(const struct security_group *group, char **ret_xml, struct error *err)
{
	AUTO_XML_WRITER struct xml_writer writer = XML_WRITER_INIT;
	int r = 0;

	xml_begin(&writer, "vif:group");
	xml_attribute(&writer, "xmlns:vif", VIF_NAMESPACE);
	xml_attribute(&writer, "name", group->name);
	for (size_t i = 0; i < group->n_rules && r == 0; i++)
		r = write_rule(&writer, &group->rules[i]);
	for (size_t i = 0; i < group->n_members; i++)
		write_member(&writer, &group->members[i]);
	xml_end(&writer, "vif:group");
	if (r == 0)
		r = xml_writer_take(&writer, ret_xml);
	return r < 0 ? error_oom(err) : 0;
}

int group_copy(const struct security_group *group, struct security_group **ret_copy,
	       struct error *err)
{
	AUTO_FREE char *xml = NULL;
	int r = group_to_xml(group, &xml, err);

	return r < 0 ? r : group_from_xml(xml, strlen(xml), group->name, ret_copy, err);
}
