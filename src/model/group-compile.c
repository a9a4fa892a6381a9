/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/group-compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

enum {
	ETHERTYPE_IPV4 = 0x800,
	ETHERTYPE_ARP = 0x806,
	ETHERTYPE_RARP = 0x8035,
	ETHERTYPE_IPV6 = 0x86dd,
	PROTOCOL_IGMP = 2,
};

static int add_equal(struct packet_rule *rule, enum packet_field field, uint32_t value)
{
	return packet_rule_add(rule, field, false, UINT32_MAX, value, value);
}

static int add_ethertype(struct packet_rule *rule, int family)
{
	return add_equal(rule, PACKET_ETHERTYPE,
			 family == AF_INET ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
}

/* --- what always passes, and what never does --- */

static int add_states(struct packet_list *list, uint32_t states, enum packet_verdict verdict,
		      const char *name)
{
	struct packet_rule *rule = packet_list_add(list, verdict, 0);

	if (!rule || packet_rule_add(rule, PACKET_STATE, false, states, 1, 0xff) < 0)
		return -ENOMEM;
	rule->name = strdup(name);
	return rule->name ? 0 : -ENOMEM;
}

struct always {
	const char *name;
	int family; /* 0: `ethertype` is all that there is to it */
	uint32_t ethertype, protocol;
	uint32_t types[2]; /* of ICMPv6: from, to; 0: any */
	uint32_t ports[2]; /* of UDP: the client's, the server's */
	enum { IN = 1, OUT = 2, BOTH = 3 } directions;
};

/* RFC 4861 (neighbour discovery), 2710 and 3810 (multicast membership), 2131, 8415 (DHCP). */
static const struct always always[] = {
	{ "arp", .ethertype = ETHERTYPE_ARP, .directions = BOTH },
	{ "rarp", .ethertype = ETHERTYPE_RARP, .directions = BOTH },
	{ "nd", AF_INET6, .protocol = IPPROTO_ICMPV6, .types = { 135, 136 }, .directions = BOTH },
	{ "router-solicitation", AF_INET6, .protocol = IPPROTO_ICMPV6, .types = { 133, 133 },
	  .directions = OUT },
	{ "router-advertisement", AF_INET6, .protocol = IPPROTO_ICMPV6, .types = { 134, 134 },
	  .directions = IN },
	{ "multicast-membership", AF_INET6, .protocol = IPPROTO_ICMPV6, .types = { 130, 132 },
	  .directions = BOTH },
	{ "multicast-membership", AF_INET6, .protocol = IPPROTO_ICMPV6, .types = { 143, 143 },
	  .directions = BOTH },
	{ "multicast-membership", AF_INET, .protocol = PROTOCOL_IGMP, .directions = BOTH },
	{ "dhcp", AF_INET, .protocol = IPPROTO_UDP, .ports = { 68, 67 }, .directions = BOTH },
	{ "dhcpv6", AF_INET6, .protocol = IPPROTO_UDP, .ports = { 546, 547 }, .directions = BOTH },
};

static int match_always(const struct always *what, bool in, struct packet_rule *rule)
{
	int r;

	if (!what->family)
		return add_equal(rule, PACKET_ETHERTYPE, what->ethertype);
	r = add_ethertype(rule, what->family);
	if (r == 0)
		r = add_equal(rule, PACKET_PROTOCOL, what->protocol);
	if (r == 0 && what->types[0])
		r = packet_rule_add(rule, PACKET_ICMP_TYPE, false, UINT32_MAX, what->types[0],
				    what->types[1]);
	if (r == 0 && what->ports[0])
		r = add_equal(rule, PACKET_PORT_SOURCE, what->ports[in ? 1 : 0]);
	if (r == 0 && what->ports[0])
		r = add_equal(rule, PACKET_PORT_DESTINATION, what->ports[in ? 0 : 1]);
	return r;
}

static int add_always(struct packet_list *list, const struct always *what, bool in)
{
	struct packet_rule *rule = packet_list_add(list, PACKET_ACCEPT, 0);

	if (!rule || match_always(what, in, rule) < 0)
		return -ENOMEM;
	rule->name = strdup(what->name);
	return rule->name ? 0 : -ENOMEM;
}

/* --- the rules of groups --- */

static int match_remote(const struct group_rule *asked, struct packet_rule *rule)
{
	static const enum packet_field fields[2][2] = {
		{ PACKET_IPV4_DESTINATION, PACKET_IPV6_DESTINATION },
		{ PACKET_IPV4_SOURCE, PACKET_IPV6_SOURCE },
	};

	if (asked->remote_group)
		return add_equal(rule, asked->in ? PACKET_SET_SOURCE : PACKET_SET_DESTINATION,
				 group_number(asked->remote_group));
	if (!asked->remote.family)
		return 0;
	return packet_rule_add_net(rule, fields[asked->in][asked->remote.family == AF_INET6],
				   asked->remote.bytes, address_bits(&asked->remote) / 8,
				   asked->remote_prefix);
}

static int family_of(const struct group_rule *rule)
{
	if (rule->protocol == IPPROTO_ICMP)
		return AF_INET;
	return rule->protocol == IPPROTO_ICMPV6 ? AF_INET6 : rule->family;
}

static int match_rule(const struct group_rule *asked, struct packet_rule *rule)
{
	int family = family_of(asked), r = family ? add_ethertype(rule, family) : 0;

	/* A frame that is no packet of IP has no protocol: any protocol is not any frame. */
	if (r == 0)
		r = asked->protocol == GROUP_PROTOCOL_ANY
			    ? packet_rule_add(rule, PACKET_PROTOCOL, false, UINT32_MAX, 0,
					      UINT8_MAX)
			    : add_equal(rule, PACKET_PROTOCOL, (uint32_t)asked->protocol);
	if (r == 0 && asked->port_low)
		r = packet_rule_add(rule, PACKET_PORT_DESTINATION, false, UINT32_MAX,
				    asked->port_low, asked->port_high);
	if (r == 0 && asked->icmp_type != GROUP_ICMP_ANY)
		r = add_equal(rule, PACKET_ICMP_TYPE, (uint32_t)asked->icmp_type);
	if (r == 0 && asked->icmp_code != GROUP_ICMP_ANY)
		r = add_equal(rule, PACKET_ICMP_CODE, (uint32_t)asked->icmp_code);
	return r == 0 ? match_remote(asked, rule) : r;
}

static int add_group(struct packet_list *list, const struct security_group *group, bool in)
{
	for (size_t i = 0; i < group->n_rules; i++) {
		const struct group_rule *asked = &group->rules[i];
		struct packet_rule *rule;

		if (asked->in != in)
			continue;
		rule = packet_list_add(list, PACKET_ACCEPT, 0);
		if (!rule || match_rule(asked, rule) < 0)
			return -ENOMEM;
		rule->track = true;
		rule->name = text_format("%s:%u", group->name, asked->line);
		if (!rule->name)
			return -ENOMEM;
	}
	return 0;
}

/* --- all of it --- */

static int find_groups(char *const *names, size_t n_names, group_find_func *find, void *userdata,
		       const struct security_group **groups, struct error *err)
{
	for (size_t i = 0; i < n_names; i++) {
		groups[i] = find(userdata, names[i]);
		if (!groups[i])
			return error_set(err, -ENOENT, ERROR_NO_SUCH_GROUP,
					 "there is no security group '%s'", names[i]);
		for (size_t j = 0; j < groups[i]->n_rules; j++) {
			const struct group_rule *rule = &groups[i]->rules[j];

			if (rule->remote_group && !find(userdata, rule->remote_group))
				return error_set(err, -ENOENT, ERROR_NO_SUCH_GROUP,
						 "security group '%s', line %u: there is no "
						 "security group '%s'",
						 names[i], rule->line, rule->remote_group);
		}
	}
	return 0;
}

static int compile_list(const struct security_group *const *groups, size_t n, bool in,
			struct packet_list *list)
{
	struct packet_rule *rule;
	int r = add_states(list, PACKET_ESTABLISHED | PACKET_RELATED, PACKET_ACCEPT, "answer");

	for (size_t i = 0; i < ARRAY_SIZE(always) && r == 0; i++)
		if (always[i].directions & (in ? IN : OUT))
			r = add_always(list, &always[i], in);
	if (r == 0)
		r = add_states(list, PACKET_INVALID, PACKET_DROP, GROUP_DROPS_INVALID);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_group(list, groups[i], in);
	rule = r == 0 ? packet_list_add(list, PACKET_DROP, 0) : NULL;
	if (!rule)
		return -ENOMEM;
	rule->name = strdup(in ? GROUP_DROPS_IN : GROUP_DROPS_OUT);
	return rule->name ? 0 : -ENOMEM;
}

int group_compile(char *const *names, size_t n_names, group_find_func *find, void *userdata,
		  struct packet_filter *ret_filter, struct error *err)
{
	AUTO_FREE const struct security_group **groups = calloc(n_names + 1, sizeof(*groups));
	struct packet_filter filter = { 0 };
	int r;

	if (!groups)
		return error_oom(err);
	r = find_groups(names, n_names, find, userdata, groups, err);
	if (r < 0)
		return r;
	if (compile_list(groups, n_names, false, &filter.from_guest) < 0 ||
	    compile_list(groups, n_names, true, &filter.to_guest) < 0) {
		packet_filter_done(&filter);
		return error_oom(err);
	}
	*ret_filter = filter;
	return 0;
}
