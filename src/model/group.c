/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/group.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/parse.h"

const char *group_name_wrong(const char *name)
{
	if (!*name)
		return "is empty";
	if (strlen(name) > GROUP_NAME_SIZE_MAX)
		return "is longer than 64 bytes";
	if (streq(name, "no"))
		return "means none";
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && (c == name || !strchr("_.-", *c)))
			return "is not letters, digits, '_', '.', '-', the first of them a letter "
			       "or digit";
	return NULL;
}

/* FNV-1a. */
uint32_t group_number(const char *name)
{
	uint32_t number = 2166136261U;

	for (const char *c = name; *c; c++)
		number = (number ^ (unsigned char)*c) * 16777619U;
	return number ? number : 1;
}

/* --- protocols --- */

static const struct {
	const char *name;
	int number;
	bool ports, types;
} protocols[] = {
	{ "tcp", IPPROTO_TCP, .ports = true },   { "udp", IPPROTO_UDP, .ports = true },
	{ "sctp", IPPROTO_SCTP, .ports = true }, { "icmp", IPPROTO_ICMP, .types = true },
	{ "dccp", IPPROTO_DCCP, .ports = true }, { "icmpv6", IPPROTO_ICMPV6, .types = true },
	{ "any", GROUP_PROTOCOL_ANY },
};

const char *group_protocol_name(int protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == protocol)
			return protocols[i].name;
	return NULL;
}

int group_protocol_parse(const char *text, int *ret_protocol)
{
	uint32_t number;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (streq(protocols[i].name, text)) {
			*ret_protocol = protocols[i].number;
			return 0;
		}
	if (parse_u32(text, 0, UINT8_MAX, &number) < 0)
		return -EINVAL;
	*ret_protocol = (int)number;
	return 0;
}

bool group_protocol_has_ports(int protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == protocol)
			return protocols[i].ports;
	return false;
}

bool group_protocol_has_types(int protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* --- rules --- */

static int invalid(const struct group_rule *rule, struct error *err, const char *sentence)
{
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "line %u: <rule> %s", rule->line,
			 sentence);
}

/* Of what its remote side and its protocol are; 0: of both. */
static int family_of(const struct group_rule *rule)
{
	if (rule->protocol == IPPROTO_ICMP)
		return AF_INET;
	if (rule->protocol == IPPROTO_ICMPV6)
		return AF_INET6;
	return rule->remote.family;
}

int group_rule_validate(const struct group_rule *rule, struct error *err)
{
	int family = family_of(rule);

	if (rule->port_low && !group_protocol_has_ports(rule->protocol))
		return invalid(rule, err,
			       "has port= without protocol='tcp', 'udp', 'sctp' or 'dccp'");
	if (rule->icmp_type != GROUP_ICMP_ANY && !group_protocol_has_types(rule->protocol))
		return invalid(rule, err, "has type= without protocol='icmp' or 'icmpv6'");
	if (rule->icmp_code != GROUP_ICMP_ANY && rule->icmp_type == GROUP_ICMP_ANY)
		return invalid(rule, err, "has code= without type=");
	if (rule->remote.family && rule->remote_group)
		return invalid(rule, err, "has both remote= and remote-group=");
	if (rule->remote.family && family != rule->remote.family)
		return invalid(rule, err, "has a remote= that its protocol= is never used with");
	if (rule->family && family && family != rule->family)
		return invalid(rule, err, "has a family= that does not go with the rest of it");
	return 0;
}

void group_rule_print(const struct group_rule *rule, struct text *text)
{
	const char *protocol = group_protocol_name(rule->protocol);

	if (rule->protocol == GROUP_PROTOCOL_ANY)
		text_add(text, "anything");
	else if (protocol)
		text_add(text, "%s", protocol);
	else
		text_add(text, "protocol %d", rule->protocol);
	if (rule->port_low && rule->port_low == rule->port_high)
		text_add(text, " port %u", rule->port_low);
	else if (rule->port_low)
		text_add(text, " ports %u-%u", rule->port_low, rule->port_high);
	if (rule->icmp_type != GROUP_ICMP_ANY)
		text_add(text, " type %d", rule->icmp_type);
	if (rule->icmp_code != GROUP_ICMP_ANY)
		text_add(text, " code %d", rule->icmp_code);
	if (rule->family && rule->family != family_of(rule))
		text_add(text, " of %s", address_family_name(rule->family));
	if (rule->remote.family) {
		const struct group_member remote = { rule->remote, rule->remote_prefix };

		text_add(text, rule->in ? " from " : " to ");
		group_member_print(&remote, text);
	}
	if (rule->remote_group)
		text_add(text, " %s the group %s", rule->in ? "from" : "to", rule->remote_group);
}

/* --- members --- */

int group_member_compare(const struct group_member *a, const struct group_member *b)
{
	int order;

	if (a->address.family != b->address.family)
		return a->address.family < b->address.family ? -1 : 1;
	order = address_compare(&a->address, &b->address);
	if (order)
		return order;
	return a->prefix < b->prefix ? -1 : a->prefix > b->prefix;
}

int group_member_parse(const char *text, struct group_member *ret_member)
{
	char copy[ADDRESS_TEXT_SIZE + sizeof("/128")], *slash;
	struct group_member member;
	uint32_t prefix;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (address_parse(copy, &member.address) < 0)
		return -EINVAL;
	prefix = address_bits(&member.address);
	if (slash && parse_u32(slash, 0, prefix, &prefix) < 0)
		return -EINVAL;
	member.prefix = prefix;
	member.address = address_network(&member.address, prefix);
	*ret_member = member;
	return 0;
}

void group_member_print(const struct group_member *member, struct text *text)
{
	char bytes[ADDRESS_TEXT_SIZE];

	address_format(&member->address, bytes);
	text_add(text, "%s", bytes);
	if (member->prefix != address_bits(&member->address))
		text_add(text, "/%u", member->prefix);
}

static int by_member(const void *a, const void *b)
{
	return group_member_compare(a, b);
}

void group_sort_members(struct security_group *group)
{
	size_t n = 0;

	if (group->n_members > 1)
		qsort(group->members, group->n_members, sizeof(*group->members), by_member);
	for (size_t i = 0; i < group->n_members; i++)
		if (!n || group_member_compare(&group->members[n - 1], &group->members[i]) != 0)
			group->members[n++] = group->members[i];
	group->n_members = n;
}

/* Where it is, or would be. */
static size_t place_of(const struct security_group *group, const struct group_member *member)
{
	size_t low = 0, high = group->n_members;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (group_member_compare(&group->members[middle], member) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct security_group *group, size_t place,
		  const struct group_member *member)
{
	return place < group->n_members &&
	       group_member_compare(&group->members[place], member) == 0;
}

bool group_has_member(const struct security_group *group, const struct group_member *member)
{
	return is_at(group, place_of(group, member), member);
}

int group_add_member(struct security_group *group, const struct group_member *member)
{
	size_t place = place_of(group, member);

	if (is_at(group, place, member))
		return 0;
	if (group->n_members >= GROUP_MEMBERS_MAX)
		return -E2BIG;
	if (!array_add(&group->members, &group->n_members, sizeof(*group->members)))
		return -ENOMEM;
	memmove(&group->members[place + 1], &group->members[place],
		(group->n_members - 1 - place) * sizeof(*group->members));
	group->members[place] = *member;
	return 0;
}

void group_remove_member(struct security_group *group, const struct group_member *member)
{
	size_t place = place_of(group, member);

	if (is_at(group, place, member))
		array_remove(group->members, &group->n_members, sizeof(*group->members), place);
}

/* --- all of it --- */

bool group_refers_to(const struct security_group *group, const char *name)
{
	for (size_t i = 0; i < group->n_rules; i++)
		if (group->rules[i].remote_group && streq(group->rules[i].remote_group, name))
			return true;
	return false;
}

void group_free(struct security_group *group)
{
	if (!group)
		return;
	for (size_t i = 0; i < group->n_rules; i++)
		free(group->rules[i].remote_group);
	free(group->rules);
	free(group->members);
	free(group->name);
	free(group);
}
