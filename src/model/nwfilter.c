/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/nwfilter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/parse.h"

static const char *const action_names[] = {
	[NWFILTER_ACCEPT] = "accept",     [NWFILTER_DROP] = "drop",
	[NWFILTER_REJECT] = "reject",     [NWFILTER_RETURN] = "return",
	[NWFILTER_CONTINUE] = "continue",
};
_Static_assert(ARRAY_SIZE(action_names) == NWFILTER_ACTION_COUNT, "every action has a name");

const char *nwfilter_action_name(enum nwfilter_action action)
{
	return action_names[action];
}

int nwfilter_action_parse(const char *text, enum nwfilter_action *ret_action)
{
	int action = name_index(action_names, NWFILTER_ACTION_COUNT, text);

	if (action < 0)
		return action;
	*ret_action = action;
	return 0;
}

static const char *const direction_names[] = {
	[NWFILTER_IN] = "in",
	[NWFILTER_OUT] = "out",
	[NWFILTER_INOUT] = "inout",
};
_Static_assert(ARRAY_SIZE(direction_names) == NWFILTER_DIRECTION_COUNT,
	       "every direction has a name");

const char *nwfilter_direction_name(enum nwfilter_direction direction)
{
	return direction_names[direction];
}

int nwfilter_direction_parse(const char *text, enum nwfilter_direction *ret_direction)
{
	int direction = name_index(direction_names, NWFILTER_DIRECTION_COUNT, text);

	if (direction < 0)
		return direction;
	*ret_direction = direction;
	return 0;
}

/* --- chains --- */

static const struct nwfilter_chain chains[] = {
	{ "mac", NWFILTER_MAC, -800 },   { "vlan", NWFILTER_VLAN, -750 },
	{ "stp", NWFILTER_STP, -810 },   { "arp", NWFILTER_ARP, -500 },
	{ "rarp", NWFILTER_RARP, -400 }, { "ipv4", NWFILTER_IP, -700 },
	{ "ipv6", NWFILTER_IPV6, -600 },
};

const struct nwfilter_chain *nwfilter_chain_of(const char *name)
{
	if (strlen(name) > NWFILTER_CHAIN_SIZE_MAX)
		return NULL;
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.:-", *c))
			return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
		if (!strncmp(name, chains[i].prefix, strlen(chains[i].prefix)))
			return &chains[i];
	return NULL;
}

int nwfilter_priority(const struct nwfilter *filter)
{
	const struct nwfilter_chain *chain = filter->chain ? nwfilter_chain_of(filter->chain)
							   : NULL;

	if (filter->has_priority || !chain)
		return filter->priority;
	return chain->priority;
}

const char *nwfilter_name_wrong(const char *name)
{
	if (!*name)
		return "is empty";
	if (strlen(name) > 200)
		return "is longer than 200 bytes";
	if (*name == '.' || *name == '-')
		return "begins with a dot or a hyphen";
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == '/' || *c == ',' || *c == 0x7f)
			return "has a character that a filter's name cannot have";
	return NULL;
}

/* --- rules --- */

const struct nwfilter_value *nwfilter_rule_get(const struct nwfilter_rule *rule,
					       enum nwfilter_what what)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if (rule->values[i].attribute->what == what)
			return &rule->values[i];
	return NULL;
}

static int invalid(struct error *err, const struct nwfilter_rule *rule, const char *sentence,
		   const char *attribute)
{
	const char *protocol = nwfilter_protocol_name(rule->protocol);

	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "line %u: <%s %s=> %s", rule->line,
			 protocol, attribute, sentence);
}

/* What means nothing without another; libvirt drops some of these in silence. */
static const struct {
	enum nwfilter_what what, needs;
	const char *name, *sentence;
} needed[] = {
	{ NWFILTER_SOURCE_MAC_MASK, NWFILTER_SOURCE_MAC, "srcmacmask", "needs srcmacaddr=" },
	{ NWFILTER_TARGET_MAC_MASK, NWFILTER_TARGET_MAC, "dstmacmask", "needs dstmacaddr=" },
	{ NWFILTER_SOURCE_IP_MASK, NWFILTER_SOURCE_IP, "srcipmask", "needs srcipaddr=" },
	{ NWFILTER_TARGET_IP_MASK, NWFILTER_TARGET_IP, "dstipmask", "needs dstipaddr=" },
	{ NWFILTER_SOURCE_IP_TO, NWFILTER_SOURCE_IP_FROM, "srcipto", "needs srcipfrom=" },
	{ NWFILTER_TARGET_IP_TO, NWFILTER_TARGET_IP_FROM, "dstipto", "needs dstipfrom=" },
	{ NWFILTER_ARP_SOURCE_IP_MASK, NWFILTER_ARP_SOURCE_IP, "arpsrcipmask",
	  "needs arpsrcipaddr=" },
	{ NWFILTER_ARP_TARGET_IP_MASK, NWFILTER_ARP_TARGET_IP, "arpdstipmask",
	  "needs arpdstipaddr=" },
	{ NWFILTER_SOURCE_PORT_END, NWFILTER_SOURCE_PORT, "srcportend", "needs srcportstart=" },
	{ NWFILTER_TARGET_PORT_END, NWFILTER_TARGET_PORT, "dstportend", "needs dstportstart=" },
	{ NWFILTER_IPSET, NWFILTER_IPSET_FLAGS, "ipset", "needs ipsetflags=" },
	{ NWFILTER_IPSET_FLAGS, NWFILTER_IPSET, "ipsetflags", "needs ipset=" },
	{ NWFILTER_ICMP_TYPE_END, NWFILTER_ICMP_TYPE, "typeend", "needs type=" },
	{ NWFILTER_ICMP_CODE_END, NWFILTER_ICMP_CODE, "codeend", "needs code=" },
	{ NWFILTER_STP_ROOT_PRIORITY_HIGH, NWFILTER_STP_ROOT_PRIORITY, "root-priority-hi",
	  "needs root-priority=" },
	{ NWFILTER_STP_ROOT_MAC_MASK, NWFILTER_STP_ROOT_MAC, "root-address-mask",
	  "needs root-address=" },
	{ NWFILTER_STP_ROOT_COST_HIGH, NWFILTER_STP_ROOT_COST, "root-cost-hi", "needs root-cost=" },
	{ NWFILTER_STP_SENDER_PRIORITY_HIGH, NWFILTER_STP_SENDER_PRIORITY, "sender-priority-hi",
	  "needs sender-priority=" },
	{ NWFILTER_STP_SENDER_MAC_MASK, NWFILTER_STP_SENDER_MAC, "sender-address-mask",
	  "needs sender-address=" },
	{ NWFILTER_STP_PORT_HIGH, NWFILTER_STP_PORT, "port-hi", "needs port=" },
	{ NWFILTER_STP_AGE_HIGH, NWFILTER_STP_AGE, "age-hi", "needs age=" },
	{ NWFILTER_STP_AGE_MAX_HIGH, NWFILTER_STP_AGE_MAX, "max-age-hi", "needs max-age=" },
	{ NWFILTER_STP_HELLO_HIGH, NWFILTER_STP_HELLO, "hello-time-hi", "needs hello-time=" },
	{ NWFILTER_STP_DELAY_HIGH, NWFILTER_STP_DELAY, "forward-delay-hi", "needs forward-delay=" },
};

static int check_needed(const struct nwfilter_rule *rule, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (nwfilter_rule_get(rule, needed[i].what) &&
		    !nwfilter_rule_get(rule, needed[i].needs))
			return invalid(err, rule, needed[i].sentence, needed[i].name);
	return 0;
}

/* Is the rule's protocol= one of these? One that is a variable is looked at when it is known. */
static bool protocol_is(const struct nwfilter_rule *rule, const uint32_t *numbers, size_t n)
{
	const struct nwfilter_value *protocol = nwfilter_rule_get(rule, NWFILTER_PROTOCOL);

	if (!protocol || protocol->negated)
		return false;
	for (size_t i = 0; i < n; i++)
		if (protocol->variable.name || protocol->number == numbers[i])
			return true;
	return false;
}

static int check_protocol(const struct nwfilter_rule *rule, struct error *err)
{
	static const uint32_t with_ports[] = { 6, 17, 33, 132 }, icmpv6[] = { 58 };

	if (nwfilter_rule_get(rule, NWFILTER_SOURCE_PORT) &&
	    !protocol_is(rule, with_ports, ARRAY_SIZE(with_ports)))
		return invalid(err, rule, "needs protocol= tcp, udp, dccp (33) or sctp",
			       "srcportstart");
	if (nwfilter_rule_get(rule, NWFILTER_TARGET_PORT) &&
	    !protocol_is(rule, with_ports, ARRAY_SIZE(with_ports)))
		return invalid(err, rule, "needs protocol= tcp, udp, dccp (33) or sctp",
			       "dstportstart");
	if (nwfilter_rule_get(rule, NWFILTER_ICMP_TYPE) && !protocol_is(rule, icmpv6, 1))
		return invalid(err, rule, "needs protocol='icmpv6'", "type");
	if (nwfilter_rule_get(rule, NWFILTER_ICMP_CODE) && !protocol_is(rule, icmpv6, 1))
		return invalid(err, rule, "needs protocol='icmpv6'", "code");
	return 0;
}

static int check_rule(const struct nwfilter_rule *rule, struct error *err)
{
	int r = check_needed(rule, err);

	if (r == 0 && (rule->protocol == NWFILTER_IP || rule->protocol == NWFILTER_IPV6))
		r = check_protocol(rule, err);
	return r;
}

int nwfilter_validate(const struct nwfilter *filter, struct error *err)
{
	const char *wrong = nwfilter_name_wrong(filter->name);
	int r = 0;

	if (wrong)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: <filter name='%s'> %s", filter->line, filter->name,
				 wrong);
	for (size_t i = 0; i < filter->n_entries && r == 0; i++) {
		const struct nwfilter_entry *entry = &filter->entries[i];

		if (entry->rule)
			r = check_rule(entry->rule, err);
		else if (!strcmp(entry->ref.filter, filter->name))
			r = error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				      "line %u: filter '%s' refers to itself", entry->ref.line,
				      filter->name);
	}
	return r;
}

void nwfilter_rule_free(struct nwfilter_rule *rule)
{
	if (!rule)
		return;
	for (size_t i = 0; i < rule->n_values; i++)
		nwfilter_value_done(&rule->values[i]);
	free(rule->values);
	free(rule);
}

void nwfilter_free(struct nwfilter *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->n_entries; i++) {
		nwfilter_rule_free(filter->entries[i].rule);
		filter_ref_done(&filter->entries[i].ref);
	}
	free(filter->entries);
	free(filter->chain);
	free(filter->name);
	free(filter);
}
