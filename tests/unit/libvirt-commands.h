/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the ebtables and iptables commands of libvirt's tests mean for a frame: each
 * is read as the conditions that it names, and run as the two programs do.
 */
#pragma once

#include "frames.h"

#include "model/address.h"
#include "util/array.h"
#include "util/parse.h"

/* --- libvirt's commands --- */

enum target {
	TARGET_ACCEPT,
	TARGET_DROP,
	TARGET_REJECT,
	TARGET_RETURN,
	TARGET_CONTINUE,
	TARGET_JUMP,
};

struct command {
	char table; /* e, 4, 6 */
	char *chain;
	struct packet_rule rule; /* its matches */
	enum target target;
	char *jump;
	bool unknown; /* has a condition that vifd refuses */
};

struct commands {
	struct command *commands;
	size_t n;
};

static void set_bytes(uint8_t bytes[FIELD_SIZE], const void *from, size_t size)
{
	memset(bytes, 0, FIELD_SIZE);
	memcpy(bytes + FIELD_SIZE - size, from, size);
}

static struct packet_match *add_condition(struct command *command, enum packet_field field,
					  bool negated)
{
	struct packet_match *match = array_add(&command->rule.matches, &command->rule.n_matches,
					       sizeof(*match));

	assert_non_null(match);
	*match = (struct packet_match){ .field = field, .negated = negated };
	memset(match->mask + FIELD_SIZE - field_sizes[field], 0xff, field_sizes[field]);
	return match;
}

static void set_number(uint8_t bytes[FIELD_SIZE], unsigned long number)
{
	uint8_t value[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
			     (uint8_t)(number >> 8), (uint8_t)number };

	set_bytes(bytes, value, 4);
}

/* "1", "0x10", "1:2", as which both ends of the range are meant. */
static void add_number(struct command *command, enum packet_field field, bool negated,
		       const char *text)
{
	struct packet_match *match = add_condition(command, field, negated);
	char *end;
	unsigned long low = strtoul(text, &end, 0),
		      high = *end == ':' ? strtoul(end + 1, NULL, 0) : low;

	set_number(match->low, low);
	set_number(match->high, high);
}

static void mask_low(struct packet_match *match)
{
	for (int i = 0; i < FIELD_SIZE; i++)
		match->low[i] &= match->mask[i];
	memcpy(match->high, match->low, FIELD_SIZE);
}

static void read_mac(uint8_t bytes[FIELD_SIZE], const char *text)
{
	uint8_t mac[6];

	assert_int_equal(sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2],
				&mac[3], &mac[4], &mac[5]),
			 6);
	set_bytes(bytes, mac, 6);
}

static void add_mac(struct command *command, enum packet_field field, bool negated,
		    const char *text)
{
	struct packet_match *match = add_condition(command, field, negated);
	const char *mask = strchr(text, '/');

	read_mac(match->low, text);
	if (mask)
		read_mac(match->mask, mask + 1);
	mask_low(match);
}

static void add_address(struct command *command, enum packet_field field, bool negated,
			const char *text)
{
	struct packet_match *match = add_condition(command, field, negated);
	AUTO_FREE char *copy = strdup(text);
	char *prefix = strchr(copy, '/'), *end = strchr(copy, '-');
	struct address address, mask;

	if (prefix)
		*prefix++ = '\0';
	if (end)
		*end++ = '\0';
	assert_int_equal(address_parse(copy, &address), 0);
	set_bytes(match->low, address.bytes, field_sizes[field]);
	if (prefix) {
		mask = address_mask(address.family, (unsigned)strtoul(prefix, NULL, 10));
		set_bytes(match->mask, mask.bytes, field_sizes[field]);
	}
	mask_low(match);
	if (!end)
		return;
	assert_int_equal(address_parse(end, &address), 0);
	set_bytes(match->high, address.bytes, field_sizes[field]);
}

static void add_states(struct command *command, const char *text)
{
	struct packet_match *match = add_condition(command, PACKET_STATE, false);
	uint8_t bits = 0;

	bits |= strstr(text, "NEW") ? PACKET_NEW : 0;
	bits |= strstr(text, "ESTABLISHED") ? PACKET_ESTABLISHED : 0;
	bits |= strstr(text, "RELATED") ? PACKET_RELATED : 0;
	bits |= strstr(text, "INVALID") ? PACKET_INVALID : 0;
	match->mask[FIELD_SIZE - 1] = bits;
	match->low[FIELD_SIZE - 1] = 1;
	match->high[FIELD_SIZE - 1] = 0xff;
}

static unsigned long flags_of(const char *text)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	unsigned long flags = !strcmp(text, "ALL") ? 0x3f : 0;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (strstr(text, names[i]))
			flags |= 1ul << i;
	return flags;
}

static void add_ip_protocol(struct command *command, const char *name)
{
	static const struct {
		const char *name, *number;
	} protocols[] = { { "tcp", "6" },       { "udp", "17" }, { "udplite", "136" },
			  { "esp", "50" },      { "ah", "51" },  { "sctp", "132" },
			  { "icmp", "1" },      { "igmp", "2" }, { "icmpv6", "58" },
			  { "ipv6-icmp", "58" } };

	add_number(command, PACKET_ETHERTYPE, false, command->table == '6' ? "0x86dd" : "0x800");
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			add_number(command, PACKET_PROTOCOL, false, protocols[i].number);
	if (strcmp(name, "all") != 0)
		assert_true(command->rule.n_matches == 2);
}

/* ebtables: what follows the addresses, or the tag. */
static void add_link_protocol(struct command *command, bool negated, const char *text)
{
	if (!strcmp(text, "0x8100")) {
		struct packet_match *match = add_condition(command, PACKET_VLAN, negated);

		memset(match->mask, 0, FIELD_SIZE);
		return;
	}
	if (!strcmp(text, "ipv4") || !strcmp(text, "ipv6"))
		text = text[3] == '4' ? "0x800" : "0x86dd";
	add_number(command, PACKET_ETHERTYPE, negated, text);
}

static void add_icmp(struct command *command, const char *text)
{
	const char *code = strchr(text, '/');

	add_number(command, PACKET_ICMP_TYPE, false, text);
	if (code)
		add_number(command, PACKET_ICMP_CODE, false, code + 1);
}

enum how {
	HOW_NUMBER,
	HOW_MAC,
	HOW_ADDRESS,
};

static const struct option {
	const char *name;
	enum how how;
	enum packet_field field, field_ipv6;
} options[] = {
	{ "-s", HOW_MAC, PACKET_MAC_SOURCE },
	{ "-d", HOW_MAC, PACKET_MAC_DESTINATION },
	{ "--mac-source", HOW_MAC, PACKET_MAC_SOURCE },
	{ "--source", HOW_ADDRESS, PACKET_IPV4_SOURCE, PACKET_IPV6_SOURCE },
	{ "--destination", HOW_ADDRESS, PACKET_IPV4_DESTINATION, PACKET_IPV6_DESTINATION },
	{ "--src-range", HOW_ADDRESS, PACKET_IPV4_SOURCE, PACKET_IPV6_SOURCE },
	{ "--dst-range", HOW_ADDRESS, PACKET_IPV4_DESTINATION, PACKET_IPV6_DESTINATION },
	{ "--sport", HOW_NUMBER, PACKET_PORT_SOURCE },
	{ "--dport", HOW_NUMBER, PACKET_PORT_DESTINATION },
	{ "--dscp", HOW_NUMBER, PACKET_DSCP },
	{ "--ip-tos", HOW_NUMBER,
	  PACKET_DSCP }, /* a deliberate difference: see nwfilter-compile.h */
	{ "--ip-source", HOW_ADDRESS, PACKET_IPV4_SOURCE },
	{ "--ip-destination", HOW_ADDRESS, PACKET_IPV4_DESTINATION },
	{ "--ip-protocol", HOW_NUMBER, PACKET_PROTOCOL },
	{ "--ip-source-port", HOW_NUMBER, PACKET_PORT_SOURCE },
	{ "--ip-destination-port", HOW_NUMBER, PACKET_PORT_DESTINATION },
	{ "--ip6-source", HOW_ADDRESS, PACKET_IPV6_SOURCE },
	{ "--ip6-destination", HOW_ADDRESS, PACKET_IPV6_DESTINATION },
	{ "--ip6-protocol", HOW_NUMBER, PACKET_PROTOCOL },
	{ "--ip6-source-port", HOW_NUMBER, PACKET_PORT_SOURCE },
	{ "--ip6-destination-port", HOW_NUMBER, PACKET_PORT_DESTINATION },
	{ "--vlan-id", HOW_NUMBER, PACKET_VLAN },
	{ "--vlan-encap", HOW_NUMBER, PACKET_VLAN_ETHERTYPE },
	{ "--arp-htype", HOW_NUMBER, PACKET_ARP_HARDWARE },
	{ "--arp-ptype", HOW_NUMBER, PACKET_ARP_PROTOCOL },
	{ "--arp-opcode", HOW_NUMBER, PACKET_ARP_OPERATION },
	{ "--arp-mac-src", HOW_MAC, PACKET_ARP_MAC_SOURCE },
	{ "--arp-mac-dst", HOW_MAC, PACKET_ARP_MAC_TARGET },
	{ "--arp-ip-src", HOW_ADDRESS, PACKET_ARP_IP_SOURCE },
	{ "--arp-ip-dst", HOW_ADDRESS, PACKET_ARP_IP_TARGET },
	{ "--stp-type", HOW_NUMBER, PACKET_STP_TYPE },
	{ "--stp-flags", HOW_NUMBER, PACKET_STP_FLAGS },
	{ "--stp-root-pri", HOW_NUMBER, PACKET_STP_ROOT_PRIORITY },
	{ "--stp-root-addr", HOW_MAC, PACKET_STP_ROOT_MAC },
	{ "--stp-root-cost", HOW_NUMBER, PACKET_STP_ROOT_COST },
	{ "--stp-sender-prio", HOW_NUMBER, PACKET_STP_SENDER_PRIORITY },
	{ "--stp-sender-addr", HOW_MAC, PACKET_STP_SENDER_MAC },
	{ "--stp-port", HOW_NUMBER, PACKET_STP_PORT },
	{ "--stp-msg-age", HOW_NUMBER, PACKET_STP_AGE },
	{ "--stp-max-age", HOW_NUMBER, PACKET_STP_AGE_MAX },
	{ "--stp-hello-time", HOW_NUMBER, PACKET_STP_HELLO },
	{ "--stp-forward-delay", HOW_NUMBER, PACKET_STP_DELAY },
};

static bool add_option(struct command *command, const char *name, bool negated, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *option = &options[i];
		enum packet_field field = command->table == '6' && option->field_ipv6
						  ? option->field_ipv6
						  : option->field;

		if (strcmp(option->name, name) != 0)
			continue;
		if (option->how == HOW_MAC)
			add_mac(command, field, negated, value);
		else if (option->how == HOW_ADDRESS)
			add_address(command, field, negated, value);
		else
			add_number(command, field, negated, value);
		return true;
	}
	return false;
}

static void set_target(struct command *command, const char *name)
{
	static const char *const names[] = {
		[TARGET_ACCEPT] = "ACCEPT",     [TARGET_DROP] = "DROP",
		[TARGET_REJECT] = "REJECT",     [TARGET_RETURN] = "RETURN",
		[TARGET_CONTINUE] = "CONTINUE",
	};
	int i = name_index(names, ARRAY_SIZE(names), name);

	command->target = i < 0 ? TARGET_JUMP : (enum target)i;
	command->jump = i < 0 ? strdup(name) : NULL;
}

/* The next word, in place; quotes and backslashes of the shell are taken off. */
static char *next_word(char **rest)
{
	char *from = *rest + strspn(*rest, " "), *word = from, *to = from, quote = 0;

	if (!*from)
		return NULL;
	for (; *from && (quote || *from != ' '); from++) {
		if (*from == quote)
			quote = 0;
		else if (!quote && (*from == '\'' || *from == '"'))
			quote = *from;
		else if (*from == '\\' && quote != '\'' && from[1])
			*to++ = *++from;
		else
			*to++ = *from;
	}
	*rest = *from ? from + 1 : from;
	*to = '\0';
	return word;
}

/* -N, -F and -X say nothing of frames. */
static void read_command(struct commands *commands, char *line)
{
	char *word = next_word(&line), table = !strcmp(word, "ebtables")    ? 'e'
					       : !strcmp(word, "ip6tables") ? '6'
									    : '4';
	struct command command = { .table = table };
	bool negated = false;

	while ((word = next_word(&line))) {
		if (!strcmp(word, "!")) {
			negated = true;
		} else if (!strcmp(word, "--concurrent") || !strcmp(word, "-w")) {
		} else if (!strcmp(word, "--arp-gratuitous")) {
			add_number(&command, PACKET_ARP_GRATUITOUS, negated, "1");
			negated = false;
		} else {
			char *value = next_word(&line);

			assert_non_null(value);
			if (!strcmp(word, "-A"))
				command.chain = strdup(value);
			else if (!strcmp(word, "-j"))
				set_target(&command, value);
			else if (!strcmp(word, "-p") && table == 'e')
				add_link_protocol(&command, negated, value);
			else if (!strcmp(word, "-p"))
				add_ip_protocol(&command, value);
			else if (!strcmp(word, "--ctstate"))
				add_states(&command, value);
			else if (!strcmp(word, "--icmp-type") || !strcmp(word, "--icmpv6-type") ||
				 !strcmp(word, "--ip6-icmp-type"))
				add_icmp(&command, value);
			else if (!strcmp(word, "--connlimit-above"))
				command.unknown = true;
			else if (!strcmp(word, "--match-set")) {
				command.unknown = true;
				next_word(&line);
			} else if (!strcmp(word, "--tcp-flags")) {
				struct packet_match *match = add_condition(
					&command, PACKET_TCP_FLAGS, negated);

				set_number(match->mask, flags_of(value));
				set_number(match->low, flags_of(next_word(&line)));
				memcpy(match->high, match->low, FIELD_SIZE);
			} else if (!add_option(&command, word, negated, value) &&
				   strcmp(word, "-m") != 0 && strcmp(word, "--comment") != 0 &&
				   strcmp(word, "--ctdir") != 0 && strcmp(word, "-t") != 0 &&
				   strcmp(word, "-i") != 0 && strcmp(word, "-o") != 0 &&
				   strcmp(word, "-N") != 0 && strcmp(word, "-F") != 0 &&
				   strcmp(word, "-X") != 0) {
				fail_msg("an option that is not known: %s", word);
			}
			negated = false;
		}
	}
	if (command.chain) {
		struct command *slot = array_add(&commands->commands, &commands->n, sizeof(*slot));

		assert_non_null(slot);
		*slot = command;
	}
}

/* A command goes on where a line ends with a backslash. */
static void read_commands(struct commands *commands, char *text)
{
	char *line;

	for (char *at = text; (at = strstr(at, "\\\n"));)
		at[0] = at[1] = ' ';
	while ((line = strsep(&text, "\n")))
		if (*line)
			read_command(commands, line);
}

static void commands_done(struct commands *commands)
{
	for (size_t i = 0; i < commands->n; i++) {
		free(commands->commands[i].chain);
		free(commands->commands[i].jump);
		free(commands->commands[i].rule.matches);
	}
	free(commands->commands);
}

/* --- what they do with a frame --- */

static bool holds(const struct command *command, const struct fields *fields)
{
	const struct packet_rule *rule = &command->rule;

	for (size_t i = 0; i < rule->n_matches; i++) {
		/* To ebtables a frame with a tag is nothing else. */
		if (command->table == 'e' && rule->matches[i].field == PACKET_ETHERTYPE &&
		    fields->has[PACKET_VLAN])
			return false;
		if (!match_holds(&rule->matches[i], fields))
			return false;
	}
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): chains of chains; libvirt makes two */
static enum target run_chain(const struct commands *commands, char table, const char *chain,
			     const struct fields *fields)
{
	for (size_t i = 0; i < commands->n; i++) {
		const struct command *command = &commands->commands[i];
		enum target target = command->target;

		if (command->table != table || strcmp(command->chain, chain) != 0 ||
		    !holds(command, fields) || target == TARGET_CONTINUE)
			continue;
		if (target == TARGET_JUMP)
			target = run_chain(commands, table, command->jump, fields);
		else if (target == TARGET_RETURN)
			return TARGET_RETURN;
		if (target != TARGET_RETURN)
			return target;
	}
	return TARGET_RETURN;
}

/* What is at the end of a level. */
enum closing {
	CLOSING_NONE,
	CLOSING_LINK,
	CLOSING_IP,
	CLOSING_COUNT,
};

/* A filter that decides on nothing else passes all, which would show little. */
static const char *const wrappers[CLOSING_COUNT] = {
	[CLOSING_NONE] = "<filter name='closed'><filterref filter='tck-testcase'/></filter>",
	[CLOSING_LINK] = "<filter name='closed'><filterref filter='tck-testcase'/>"
			 "<rule action='drop' direction='inout' priority='1000'/></filter>",
	[CLOSING_IP] = "<filter name='closed'><filterref filter='tck-testcase'/>"
		       "<rule action='drop' direction='inout' priority='1000'><all/></rule>"
		       "<rule action='drop' direction='inout' priority='1000'><all-ipv6/></rule>"
		       "</filter>",
};

static void append_drop(struct commands *commands, const char *line)
{
	AUTO_FREE char *copy = strdup(line);

	read_commands(commands, copy);
}

static void close_commands(struct commands *commands, enum closing closing)
{
	if (closing == CLOSING_LINK)
		append_drop(commands, "ebtables -A libvirt-J-vnet0 -j DROP\n"
				      "ebtables -A libvirt-P-vnet0 -j DROP\n");
	else if (closing == CLOSING_IP)
		append_drop(commands,
			    "iptables -A FJ-vnet0 -j DROP\niptables -A FP-vnet0 -j DROP\n"
			    "ip6tables -A FJ-vnet0 -j DROP\nip6tables -A FP-vnet0 -j DROP\n");
}

static enum packet_verdict run_commands(const struct commands *commands, bool from_guest,
					const struct fields *fields)
{
	uint32_t ethertype = fields_number(fields, PACKET_ETHERTYPE);
	enum target target = run_chain(commands, 'e',
				       from_guest ? "libvirt-J-vnet0" : "libvirt-P-vnet0", fields);

	if (target == TARGET_DROP)
		return PACKET_DROP;
	if (ethertype != 0x800 && ethertype != 0x86dd)
		return PACKET_ACCEPT;
	target = run_chain(commands, ethertype == 0x800 ? '4' : '6',
			   from_guest ? "FJ-vnet0" : "FP-vnet0", fields);
	if (target == TARGET_DROP)
		return PACKET_DROP;
	return target == TARGET_REJECT ? PACKET_REJECT : PACKET_ACCEPT;
}
