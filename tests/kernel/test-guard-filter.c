/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packet filters as the guard's program decides them: rules of the model are made
 * into decisions, put on a tap, and frames are tried. Each field is matched and not
 * matched by a frame that a person has written as hexadecimal text.
 */
#include "guard-fixture.h"

#include <arpa/inet.h>

#include "host/guard-program.h"
#include "hostile.h"

enum {
	RANDOM_RANGES = 200,
	FRAMES_OF_A_RANGE = 24,
	MANY_RULES = 2000,
	FLOOD = 100000,
};

static const struct guard_rules no_rules = {
	.identity = { 1 },
	.mac = { 0x52, 0x54, 0x00, 0x11, 0x22, 0x33 },
};

/* --- filters ------------------------------------------------------------------------ */

static void put_number(uint8_t to[PACKET_VALUE_SIZE], const char *hex)
{
	size_t n = strlen(hex) / 2;

	memset(to, 0, PACKET_VALUE_SIZE);
	from_hex(hex, to + PACKET_VALUE_SIZE - n, n);
}

/* high NULL: it is low; mask NULL: all bits. */
static struct packet_match match_of(enum packet_field field, const char *low, const char *high,
				    const char *mask)
{
	struct packet_match match = { .field = field };

	put_number(match.low, low);
	put_number(match.high, high ? high : low);
	if (mask)
		put_number(match.mask, mask);
	else
		memset(match.mask, 0xff, sizeof(match.mask));
	return match;
}

static void set_filter(const struct packet_filter *filter)
{
	struct guard_program program = { 0 };
	struct guard_rules rules = no_rules;
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	assert_int_equal(guard_program_init(filter, &program), 0);
	rules.filter = &program.filter;
	r = guard_set(guard, nl, tap, "vif0", GUARD_SIDE_TAP, &rules, &err);
	guard_program_done(&program);
	if (r < 0)
		fail_msg("%s", error_text(&err));
}

static void set_rules(struct packet_rule *rules, size_t n, bool accept)
{
	set_filter(&(struct packet_filter){ .from_guest = { rules, n, accept },
					    .to_guest = { NULL, 0, true } });
}

/* The end that the frame comes to. */
static uint32_t end_of(enum guard_direction direction, const void *bytes, size_t size)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	unsigned rule;
	uint32_t end;

	if (guard_try(guard, tap, direction, bytes, size, &rule, &end, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(rule, GUARD_END_VERDICT(end) == GUARD_ACCEPT ? GUARD_PASS : GUARD_FILTER);
	return end;
}

static uint32_t end_of_hex(const char *frame)
{
	uint8_t bytes[1024];

	return end_of(GUARD_FROM_GUEST, bytes, from_hex(frame, bytes, sizeof(bytes)));
}

/* Number of the rule that the frame comes to; what is at the end is behind the last. */
static uint32_t rule_of(const char *frame)
{
	return end_of_hex(frame) & GUARD_END_RULE;
}

/* Does a rule of these matches get the frame? */
static bool matches(struct packet_match *list, size_t n, const char *frame)
{
	struct packet_rule rule = { .matches = list, .n_matches = n, .verdict = PACKET_DROP };

	set_rules(&rule, 1, true);
	return rule_of(frame) == 0;
}

/* --- each field ---------------------------------------------------------------------- */

#define ARP_OF_ITSELF(operation, mac, ip) "0806000108000604" operation mac ip "000000000000" ip
#define BPDU                                                                      \
	"0180c2000000" GUEST "00264242030000000001800052540011223300001234800052" \
	"54001122338003010014000200"                                              \
	"0f00"
#define STP_TYPED(type) "0180c2000000" GUEST "0026424203000000" type
#define HTTP                                                                              \
	FROM_GUEST IPV4("0028", "0000", "06", OWN) "03e800500000000100000000501202000000" \
						   "0000"
#define WHOLE6                        \
	FROM_GUEST "86dd6b8000000014" \
		   "06ff" OWN6 "20010db8000000000000000000000001" TCP_HEADER
#define ECHO FROM_GUEST IPV4("001c", "0000", "01", OWN) "0800000012340001"
#define ECHO6 FROM_GUEST IPV6("0008", "3a", OWN6) "8003000012340001"
#define SCTP FROM_GUEST IPV4("0020", "0000", "84", OWN) "0bb80bb90000000100000000"
#define DSCP_EF FROM_GUEST "080045b8001c00010000401100000a0700020a07000103e807d000080000"
#define LATER FROM_GUEST IPV4("0020", "0005", "11", OWN) "03e8005000080000aaaabbbb"
#define LATER6                                                 \
	FROM_GUEST IPV6("0010", "2c", OWN6) "1100002800000007" \
					    "03e8005000080000"

static const struct field_row {
	const char *name;
	enum packet_field field;
	const char *low, *high, *mask;
	const char *frame, *other; /* one that it matches, one that it does not */
} field_rows[] = {
	{ "MAC source", PACKET_MAC_SOURCE, GUEST, NULL, NULL, HTTP, PEER STRANGER TCP4(OWN) },
	{ "MAC under a mask", PACKET_MAC_SOURCE, "525400000000", NULL, "ffffff000000", HTTP,
	  PEER "025400112233" TCP4(OWN) },
	{ "MAC from to", PACKET_MAC_SOURCE, "5253ffffffff", "525400112233", NULL, HTTP,
	  PEER "525400112234" TCP4(OWN) },
	{ "MAC destination", PACKET_MAC_DESTINATION, PEER, NULL, NULL, HTTP, ALL GUEST TCP4(OWN) },
	{ "multicast", PACKET_MAC_DESTINATION, "010000000000", NULL, "010000000000",
	  ALL GUEST TCP4(OWN), HTTP },
	{ "EtherType", PACKET_ETHERTYPE, "0800", NULL, NULL, HTTP, WHOLE6 },
	{ "EtherType behind tags", PACKET_ETHERTYPE, "0800", NULL, NULL,
	  FROM_GUEST TAG("0005") TAG("0006") TCP4(OWN), FROM_GUEST TAG("0005") WHOLE6 },
	{ "LLC", PACKET_ETHERTYPE, "0000", "05ff", NULL, BPDU, HTTP },
	{ "VLAN", PACKET_VLAN, "0005", NULL, NULL, FROM_GUEST TAG("2005") TCP4(OWN),
	  FROM_GUEST TAG("0006") TCP4(OWN) },
	{ "VLAN, and no tag", PACKET_VLAN, "0000", "0fff", NULL, FROM_GUEST TAG("0000") TCP4(OWN),
	  HTTP },
	{ "EtherType in the VLAN", PACKET_VLAN_ETHERTYPE, "0800", NULL, NULL,
	  FROM_GUEST TAG("0005") TCP4(OWN), FROM_GUEST TAG("0005") TAG("0006") TCP4(OWN) },
	{ "ARP hardware", PACKET_ARP_HARDWARE, "0001", NULL, NULL,
	  ALL GUEST ARP("0001", GUEST, OWN), HTTP },
	{ "ARP protocol", PACKET_ARP_PROTOCOL, "0800", NULL, NULL,
	  ALL GUEST ARP("0001", GUEST, OWN), HTTP },
	{ "ARP operation", PACKET_ARP_OPERATION, "0002", NULL, NULL,
	  ALL GUEST ARP("0002", GUEST, OWN), ALL GUEST ARP("0001", GUEST, OWN) },
	{ "RARP", PACKET_ARP_OPERATION, "0003", NULL, NULL, ALL GUEST RARP(GUEST, OWN),
	  ALL GUEST ARP("0001", GUEST, OWN) },
	{ "ARP MAC source", PACKET_ARP_MAC_SOURCE, GUEST, NULL, NULL,
	  ALL GUEST ARP("0001", GUEST, OWN), ALL GUEST ARP("0001", STRANGER, OWN) },
	{ "ARP MAC target", PACKET_ARP_MAC_TARGET, "000000000000", NULL, NULL,
	  ALL GUEST ARP("0001", GUEST, OWN), ALL GUEST RARP(GUEST, OWN) },
	{ "ARP IP source", PACKET_ARP_IP_SOURCE, OWN, NULL, NULL, ALL GUEST ARP("0001", GUEST, OWN),
	  ALL GUEST ARP("0001", GUEST, FOREIGN) },
	{ "ARP IP target", PACKET_ARP_IP_TARGET, "0a070000", NULL, "ffff0000",
	  ALL GUEST ARP("0001", GUEST, OWN), ALL GUEST RARP(GUEST, OWN) },
	{ "ARP of itself", PACKET_ARP_GRATUITOUS, "01", NULL, NULL,
	  ALL GUEST ARP_OF_ITSELF("0001", GUEST, OWN), ALL GUEST ARP("0001", GUEST, OWN) },
	{ "ARP not of itself", PACKET_ARP_GRATUITOUS, "00", NULL, NULL,
	  ALL GUEST ARP("0001", GUEST, OWN), ALL GUEST ARP_OF_ITSELF("0001", GUEST, OWN) },
	{ "IPv4 source", PACKET_IPV4_SOURCE, OWN, NULL, NULL, HTTP, FROM_GUEST TCP4(FOREIGN) },
	{ "IPv4 source from to", PACKET_IPV4_SOURCE, "0a070001", OWN, NULL, HTTP,
	  FROM_GUEST TCP4(FOREIGN) },
	{ "IPv4 destination", PACKET_IPV4_DESTINATION, "0a070000", NULL, "ffffff00", HTTP, WHOLE6 },
	{ "IPv6 source", PACKET_IPV6_SOURCE, OWN6, NULL, NULL, WHOLE6, FROM_GUEST TCP6(FOREIGN6) },
	{ "IPv6 destination", PACKET_IPV6_DESTINATION, "20010db8000000000000000000000000", NULL,
	  "ffffffff000000000000000000000000", WHOLE6, FROM_GUEST TCP6(OWN6) },
	{ "DSCP", PACKET_DSCP, "2e", NULL, NULL, DSCP_EF, HTTP },
	{ "DSCP of IPv6", PACKET_DSCP, "2e", NULL, NULL, WHOLE6, FROM_GUEST TCP6(OWN6) },
	{ "protocol", PACKET_PROTOCOL, "06", NULL, NULL, HTTP, ECHO },
	{ "protocol of IPv6", PACKET_PROTOCOL, "3a", NULL, NULL, ECHO6, WHOLE6 },
	{ "protocol behind an extension", PACKET_PROTOCOL, "06", NULL, NULL,
	  FROM_GUEST IPV6("001c", "00", OWN6) "0600010400000000" TCP_HEADER, ECHO6 },
	{ "protocol of a later fragment", PACKET_PROTOCOL, "11", NULL, NULL, LATER6, ECHO6 },
	{ "source port", PACKET_PORT_SOURCE, "03e8", NULL, NULL, HTTP, SCTP },
	{ "destination port", PACKET_PORT_DESTINATION, "0050", NULL, NULL, HTTP,
	  FROM_GUEST TCP4(OWN) },
	{ "ports from to", PACKET_PORT_DESTINATION, "0051", "ffff", NULL, FROM_GUEST TCP4(OWN),
	  HTTP },
	{ "ports of SCTP", PACKET_PORT_DESTINATION, "0bb9", NULL, NULL, SCTP, HTTP },
	{ "no port of a later fragment", PACKET_PORT_DESTINATION, "0000", "ffff", NULL, HTTP,
	  LATER },
	{ "no port of a later IPv6 fragment", PACKET_PORT_DESTINATION, "0000", "ffff", NULL, WHOLE6,
	  LATER6 },
	{ "no port of ICMP", PACKET_PORT_DESTINATION, "0000", "ffff", NULL, HTTP, ECHO },
	{ "TCP flags", PACKET_TCP_FLAGS, "02", NULL, "02", HTTP, FROM_GUEST TCP4(OWN) },
	{ "ICMP type", PACKET_ICMP_TYPE, "08", NULL, NULL, ECHO, HTTP },
	{ "ICMPv6 type", PACKET_ICMP_TYPE, "80", NULL, NULL, ECHO6, ECHO },
	{ "ICMP code", PACKET_ICMP_CODE, "03", NULL, NULL, ECHO6, ECHO },
	{ "STP type", PACKET_STP_TYPE, "80", NULL, NULL, STP_TYPED("80"), STP_TYPED("00") },
	{ "STP flags", PACKET_STP_FLAGS, "01", NULL, NULL, BPDU, STP_TYPED("00") },
	{ "STP root's priority", PACKET_STP_ROOT_PRIORITY, "8000", NULL, NULL, BPDU, HTTP },
	{ "STP root", PACKET_STP_ROOT_MAC, GUEST, NULL, NULL, BPDU, HTTP },
	{ "STP root's cost", PACKET_STP_ROOT_COST, "00001234", NULL, NULL, BPDU, HTTP },
	{ "STP sender's priority", PACKET_STP_SENDER_PRIORITY, "8000", NULL, NULL, BPDU, HTTP },
	{ "STP sender", PACKET_STP_SENDER_MAC, GUEST, NULL, NULL, BPDU, HTTP },
	{ "STP port", PACKET_STP_PORT, "8003", NULL, NULL, BPDU, HTTP },
	{ "STP age", PACKET_STP_AGE, "0100", NULL, NULL, BPDU, HTTP },
	{ "STP greatest age", PACKET_STP_AGE_MAX, "1400", NULL, NULL, BPDU, HTTP },
	{ "STP hello", PACKET_STP_HELLO, "0200", NULL, NULL, BPDU, HTTP },
	{ "STP delay", PACKET_STP_DELAY, "0f00", NULL, NULL, BPDU, HTTP },
};

static void each_field_matches_what_it_should_and_nothing_else(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(field_rows); i++) {
		const struct field_row *row = &field_rows[i];
		struct packet_match match = match_of(row->field, row->low, row->high, row->mask);

		if (!matches(&match, 1, row->frame))
			fail_msg("%s: does not match its frame", row->name);
		if (matches(&match, 1, row->other))
			fail_msg("%s: matches another frame", row->name);
		match.negated = true;
		if (matches(&match, 1, row->frame))
			fail_msg("%s: negated, matches its frame", row->name);
	}
}

static void a_frame_without_the_field_matches_no_negated_match_either(void **state)
{
	struct packet_match port = match_of(PACKET_PORT_DESTINATION, "0050", NULL, NULL);
	struct packet_match vlan = match_of(PACKET_VLAN, "0005", NULL, NULL);

	port.negated = vlan.negated = true;
	assert_true(matches(&port, 1, FROM_GUEST TCP4(OWN)));
	assert_false(matches(&port, 1, LATER));
	assert_false(matches(&port, 1, ALL GUEST ARP("0001", GUEST, OWN)));
	assert_true(matches(&vlan, 1, FROM_GUEST TAG("0006") TCP4(OWN)));
	assert_false(matches(&vlan, 1, HTTP));
}

static void all_matches_of_a_rule_have_to_hold(void **state)
{
	struct packet_match list[] = {
		match_of(PACKET_IPV4_SOURCE, OWN, NULL, NULL),
		match_of(PACKET_PROTOCOL, "06", NULL, NULL),
		match_of(PACKET_PORT_DESTINATION, "0050", NULL, NULL),
	};

	assert_true(matches(list, 3, HTTP));
	assert_false(matches(list, 3, FROM_GUEST TCP4(OWN)));
	list[0].negated = true;
	assert_false(matches(list, 3, HTTP));
	list[0].negated = false;
	list[2].negated = true;
	assert_true(matches(list, 3, FROM_GUEST TCP4(OWN)));
}

/* --- wide ranges, by chance ------------------------------------------------------------- */

static void random_value(uint8_t value[16], const uint8_t like[16])
{
	size_t same = (size_t)random() % 17;

	for (size_t i = 0; i < 16; i++)
		value[i] = like && i < same ? like[i] : (uint8_t)(random() % 4 * 85);
}

static void step(uint8_t value[16], int by)
{
	for (size_t i = 16; i-- > 0;) {
		value[i] = (uint8_t)(value[i] + by);
		if (value[i] != (by > 0 ? 0 : 0xff))
			break;
	}
}

static void try_address(const struct packet_match *match, uint8_t address[16])
{
	uint8_t frame[128], masked[16];
	size_t size = from_hex(WHOLE6, frame, sizeof(frame));
	bool inside, answer;

	memcpy(frame + 14 + 8, address, 16);
	for (size_t i = 0; i < 16; i++)
		masked[i] = address[i] & match->mask[i];
	inside = memcmp(masked, match->low, 16) >= 0 && memcmp(masked, match->high, 16) <= 0;
	answer = (end_of(GUARD_FROM_GUEST, frame, size) & GUARD_END_RULE) == 0;
	if (answer != (inside != match->negated)) {
		char low[64], high[64], text[64];

		inet_ntop(AF_INET6, match->low, low, sizeof(low));
		inet_ntop(AF_INET6, match->high, high, sizeof(high));
		inet_ntop(AF_INET6, address, text, sizeof(text));
		fail_msg("%s is said to be %s %s to %s", text, answer ? "in" : "outside of", low,
			 high);
	}
}

static void ranges_of_long_addresses_have_exact_limits(void **state)
{
	srandom(7);
	for (unsigned n = 0; n < RANDOM_RANGES; n++) {
		struct packet_match match = { .field = PACKET_IPV6_SOURCE, .negated = n & 1 };
		struct packet_rule rule = { &match, 1, 0, NULL, PACKET_DROP, false };
		uint8_t address[16];

		random_value(match.low, NULL);
		random_value(match.high, match.low);
		memset(match.mask, 0xff, sizeof(match.mask));
		if (n % 4 == 2)
			memset(match.mask + 5, 0, 3);
		set_rules(&rule, 1, true);
		for (unsigned i = 0; i < FRAMES_OF_A_RANGE; i++) {
			const uint8_t *limit = i & 1 ? match.low : match.high;

			memcpy(address, limit, sizeof(address));
			if (i / 2 % 4 == 1)
				step(address, 1);
			if (i / 2 % 4 == 2)
				step(address, -1);
			if (i / 2 % 4 == 3)
				random_value(address, limit);
			try_address(&match, address);
		}
	}
}

/* --- lists --------------------------------------------------------------------------------- */

static void gotos_lead_where_they_say(void **state)
{
	struct packet_match tcp = match_of(PACKET_PROTOCOL, "06", NULL, NULL);
	struct packet_match http = match_of(PACKET_PORT_DESTINATION, "0050", NULL, NULL);
	struct packet_rule list[] = {
		{ &tcp, 1, 3, NULL, PACKET_GOTO, false },
		{ NULL, 0, 0, NULL, PACKET_DROP, false },
		{ NULL, 0, 0, NULL, PACKET_ACCEPT, false },
		{ &http, 1, 0, NULL, PACKET_REJECT, false },
		{ NULL, 0, 6, NULL, PACKET_GOTO, false },
		{ NULL, 0, 0, NULL, PACKET_ACCEPT, false },
	};

	set_rules(list, ARRAY_SIZE(list), false);
	assert_int_equal(end_of_hex(ECHO), GUARD_END_MAKE(GUARD_DROP, 1));
	assert_int_equal(end_of_hex(HTTP), GUARD_END_MAKE(GUARD_REJECT, 3));
	assert_int_equal(end_of_hex(FROM_GUEST TCP4(OWN)), GUARD_END_MAKE(GUARD_DROP, 6));
	list[5].verdict = PACKET_GOTO;
	list[4].next = 5;
	list[5].next = 6;
	set_rules(list, ARRAY_SIZE(list), true);
	assert_int_equal(end_of_hex(FROM_GUEST TCP4(OWN)), GUARD_END_MAKE(GUARD_ACCEPT, 6));
}

static void a_list_of_thousands_is_gone_through_to_its_end(void **state)
{
	static struct packet_match ports[MANY_RULES];
	static struct packet_rule list[MANY_RULES];
	char frame[512], port[8];

	for (unsigned i = 0; i < MANY_RULES; i++) {
		snprintf(port, sizeof(port), "%04x", 1000 + i);
		ports[i] = match_of(PACKET_PORT_DESTINATION, port, NULL, NULL);
		list[i] = (struct packet_rule){ &ports[i], 1, 0, NULL, PACKET_DROP, false };
	}
	set_rules(list, MANY_RULES, true);
	for (unsigned i = 0; i < MANY_RULES; i += 37) {
		snprintf(frame, sizeof(frame), "%s03e8%04x00000000",
			 FROM_GUEST IPV4("001c", "0000", "11", OWN), 1000 + i);
		assert_int_equal(rule_of(frame), i);
	}
	assert_int_equal(rule_of(HTTP), MANY_RULES);
}

static void a_set_is_exchanged_without_the_rules(void **state)
{
	struct packet_match set = match_of(PACKET_SET_SOURCE, "00000005", NULL, NULL);
	struct guard_address own = { .family = AF_INET, .bytes = { 10, 7, 0, 2 }, .prefix = 32 };
	struct guard_address net = { .family = AF_INET6, .bytes = { 0x20, 1, 0xd, 0xb8 }, 32 };
	struct packet_rule rule = { &set, 1, 0, NULL, PACKET_DROP, false };

	set_rules(&rule, 1, true);
	assert_int_equal(rule_of(HTTP), 1);
	assert_int_equal(guard_set_members(guard, 5, &own, 1, NULL), 0);
	assert_int_equal(rule_of(HTTP), 0);
	assert_int_equal(rule_of(FROM_GUEST TCP4(FOREIGN)), 1);
	assert_int_equal(rule_of(WHOLE6), 1);
	assert_int_equal(guard_set_members(guard, 5, &net, 1, NULL), 0);
	assert_int_equal(rule_of(HTTP), 1);
	assert_int_equal(rule_of(WHOLE6), 0);
	guard_close(take_ptr(guard));
	open_guard(true);
	assert_int_equal(rule_of(WHOLE6), 0);
	guard_forget_members(guard, 5);
	assert_int_equal(rule_of(WHOLE6), 1);
}

static void what_a_rule_drops_is_counted_for_it(void **state)
{
	struct packet_match tcp = match_of(PACKET_PROTOCOL, "06", NULL, NULL);
	struct packet_match udp = match_of(PACKET_PROTOCOL, "11", NULL, NULL);
	struct packet_rule list[] = {
		{ &udp, 1, 0, NULL, PACKET_DROP, false },
		{ &tcp, 1, 0, NULL, PACKET_DROP, false },
	};
	uint8_t frame[10 + 128] = { 0 };
	size_t size = from_hex(HTTP, frame + 10, 128) + 10;
	uint64_t hits[2];

	set_rules(list, 2, true);
	shell("ip link set vif0 up");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(write(queue, frame, size), size);
	assert_int_equal(rule_of(HTTP), 1);
	assert_int_equal(guard_read_hits(guard, tap, GUARD_FROM_GUEST, hits, 2, NULL), 0);
	assert_int_equal(hits[0], 0);
	assert_int_equal(hits[1], 3);
	guard_close(take_ptr(guard));
	open_guard(true);
	set_rules(list, 2, true);
	assert_int_equal(guard_read_hits(guard, tap, GUARD_FROM_GUEST, hits, 2, NULL), 0);
	assert_int_equal(hits[1], 3);
	set_rules(list, 1, true);
	assert_int_equal(guard_read_hits(guard, tap, GUARD_FROM_GUEST, hits, 1, NULL), 0);
	assert_int_equal(hits[0], 0);
}

/* --- flows --------------------------------------------------------------------------------- */

/*
 * The guest may begin anything, from outside only port 80 is open; what is known passes.
 * What is sent by the queue and by the link really passes, so that flows begin.
 */
static void set_stateful(void)
{
	static struct packet_match known, open, first;
	static struct packet_rule sent[2], arrived[2];
	struct packet_filter filter = { .from_guest = { sent, 2, false },
					.to_guest = { arrived, 2, false } };

	known = match_of(PACKET_STATE, "01", "ff", "06");
	first = match_of(PACKET_STATE, "01", "ff", "01");
	open = match_of(PACKET_PORT_DESTINATION, "0050", NULL, NULL);
	sent[0] = arrived[0] = (struct packet_rule){ &known, 1, 0, NULL, PACKET_ACCEPT, false };
	sent[1] = (struct packet_rule){ &first, 1, 0, NULL, PACKET_ACCEPT, true };
	arrived[1] = (struct packet_rule){ &open, 1, 0, NULL, PACKET_ACCEPT, true };
	set_filter(&filter);
}

enum {
	SYN = 0x02,
	RST = 0x04,
	ACK = 0x10,
	REMOTE = 0x0a070001,
	OTHER = 0x0a070009,
};

struct made {
	uint8_t bytes[256];
	size_t size;
};

/* IPv4 between the guest (10.7.0.2) and a remote one; payload as hexadecimal text. */
static struct made make_ip(bool to_guest, uint32_t remote, uint8_t protocol, const char *payload)
{
	struct made made = { .size = 34 };
	uint32_t own = htonl(0x0a070002), far = htonl(remote);

	from_hex(FROM_GUEST "0800450000000001000040000000", made.bytes, sizeof(made.bytes));
	made.size += from_hex(payload, made.bytes + 34, sizeof(made.bytes) - 34);
	made.bytes[16] = (uint8_t)((made.size - 14) >> 8);
	made.bytes[17] = (uint8_t)(made.size - 14);
	made.bytes[23] = protocol;
	memcpy(made.bytes + 26, to_guest ? &far : &own, 4);
	memcpy(made.bytes + 30, to_guest ? &own : &far, 4);
	return made;
}

static struct made make_tcp(bool to_guest, uint32_t remote, unsigned own, unsigned far,
			    unsigned flags)
{
	char payload[64];

	snprintf(payload, sizeof(payload), "%04x%04x000000010000000050%02x020000000000",
		 to_guest ? far : own, to_guest ? own : far, flags);
	return make_ip(to_guest, remote, 6, payload);
}

static struct made make_udp(bool to_guest, uint32_t remote, unsigned own, unsigned far)
{
	char payload[64];

	snprintf(payload, sizeof(payload), "%04x%04x00080000", to_guest ? far : own,
		 to_guest ? own : far);
	return make_ip(to_guest, remote, 17, payload);
}

/* Runs the program of the link, so that what passes begins its flow. */
static bool run_frame(bool to_guest, struct made made)
{
	return run_program(to_guest, made.bytes, made.size) != TC_ACT_SHOT;
}

static void answers_pass_and_what_nobody_asked_for_does_not(void **state)
{
	set_stateful();
	assert_false(run_frame(true, make_tcp(true, REMOTE, 1000, 443, SYN | ACK)));
	assert_false(run_frame(true, make_tcp(true, REMOTE, 1000, 443, ACK)));
	assert_true(run_frame(false, make_tcp(false, REMOTE, 1000, 443, SYN)));
	assert_true(run_frame(true, make_tcp(true, REMOTE, 1000, 443, SYN | ACK)));
	assert_true(run_frame(true, make_tcp(true, REMOTE, 1000, 443, ACK)));
	assert_false(run_frame(true, make_tcp(true, OTHER, 1000, 443, ACK)));
	assert_false(run_frame(true, make_tcp(true, REMOTE, 1001, 443, ACK)));
	assert_false(run_frame(true, make_tcp(true, REMOTE, 1000, 444, ACK)));
	assert_false(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	assert_true(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	assert_true(run_frame(true, make_tcp(true, OTHER, 80, 5000, SYN)));
	assert_true(run_frame(false, make_tcp(false, OTHER, 80, 5000, SYN | ACK)));
	assert_false(run_frame(false, make_tcp(false, OTHER, 81, 5000, SYN | ACK)));
}

static void flows_outlive_the_process_and_end_with_their_port(void **state)
{
	set_stateful();
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	guard_close(take_ptr(guard));
	open_guard(true);
	assert_true(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	set_stateful();
	assert_true(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	guard_forget(guard, no_rules.identity);
	set_stateful();
	assert_false(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
}

/* As set_stateful(), but that nothing of UDP may begin. */
static void set_without_udp(void)
{
	struct packet_match known = match_of(PACKET_STATE, "01", "ff", "06");
	struct packet_match open = match_of(PACKET_PORT_DESTINATION, "0050", NULL, NULL);
	struct packet_match tcp = match_of(PACKET_PROTOCOL, "06", NULL, NULL);
	struct packet_rule sent[] = { { &known, 1, 0, NULL, PACKET_ACCEPT, false },
				      { &tcp, 1, 0, NULL, PACKET_ACCEPT, true } };
	struct packet_rule arrived[] = { { &known, 1, 0, NULL, PACKET_ACCEPT, false },
					 { &open, 1, 0, NULL, PACKET_ACCEPT, true } };
	struct packet_filter filter = { .from_guest = { sent, 2, false },
					.to_guest = { arrived, 2, false } };

	set_filter(&filter);
}

static void other_rules_end_the_flows_that_they_would_not_let_begin(void **state)
{
	set_stateful();
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	assert_true(run_frame(false, make_udp(false, REMOTE, 2000, 53)));
	assert_true(run_frame(false, make_tcp(false, REMOTE, 1000, 443, SYN)));
	assert_true(run_frame(true, make_tcp(true, OTHER, 80, 5000, SYN)));
	set_without_udp();
	assert_false(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	assert_false(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	/* Those that may go on are asked about from either end. */
	assert_true(run_frame(true, make_tcp(true, REMOTE, 1000, 443, ACK)));
	assert_true(run_frame(false, make_tcp(false, REMOTE, 1000, 443, ACK)));
	assert_true(run_frame(false, make_tcp(false, OTHER, 80, 5000, SYN | ACK)));
	/* One that nobody has asked about meanwhile is of the rules that are back. */
	set_stateful();
	assert_true(run_frame(true, make_udp(true, REMOTE, 2000, 53)));
	assert_false(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	assert_true(run_frame(true, make_tcp(true, REMOTE, 1000, 443, ACK)));
}

static void an_address_that_leaves_a_set_ends_the_flows_that_it_began(void **state)
{
	struct guard_address members[] = {
		{ .family = AF_INET,
		  .bytes = { REMOTE >> 24, REMOTE >> 16 & 255, REMOTE >> 8 & 255, REMOTE & 255 },
		  32 },
		{ .family = AF_INET,
		  .bytes = { OTHER >> 24, OTHER >> 16 & 255, OTHER >> 8 & 255, OTHER & 255 },
		  32 },
	};
	struct packet_match known = match_of(PACKET_STATE, "01", "ff", "06");
	struct packet_match set = match_of(PACKET_SET_SOURCE, "00000005", NULL, NULL);
	struct packet_rule sent[] = { { &known, 1, 0, NULL, PACKET_ACCEPT, false } };
	struct packet_rule arrived[] = { { &known, 1, 0, NULL, PACKET_ACCEPT, false },
					 { &set, 1, 0, NULL, PACKET_ACCEPT, true } };
	struct packet_filter filter = { .from_guest = { sent, 1, false },
					.to_guest = { arrived, 2, false } };

	set_filter(&filter);
	assert_int_equal(guard_set_members(guard, 5, members, 2, NULL), 0);
	assert_true(run_frame(true, make_udp(true, REMOTE, 53, 1000)));
	assert_true(run_frame(true, make_udp(true, OTHER, 53, 1000)));
	assert_true(run_frame(false, make_udp(false, REMOTE, 53, 1000)));
	assert_int_equal(guard_set_members(guard, 5, members, 1, NULL), 0);
	assert_true(run_frame(false, make_udp(false, REMOTE, 53, 1000)));
	assert_false(run_frame(false, make_udp(false, OTHER, 53, 1000)));
	assert_false(run_frame(true, make_udp(true, OTHER, 53, 1000)));
}

static void a_list_is_asked_about_flows_whatever_it_asks_of_them(void **state)
{
	struct packet_match answer[] = { match_of(PACKET_STATE, "01", "ff", "06"),
					 match_of(PACKET_PORT_SOURCE, "0035", NULL, NULL) };
	struct packet_match first = match_of(PACKET_STATE, "01", "ff", "01");
	struct packet_rule sent[] = { { &first, 1, 0, NULL, PACKET_ACCEPT, true } };
	struct packet_rule arrived[] = { { answer, 2, 0, NULL, PACKET_ACCEPT, false } };
	struct packet_filter filter = { .from_guest = { sent, 1, false },
					.to_guest = { arrived, 1, false } };

	set_filter(&filter);
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 54)));
	assert_true(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	assert_false(run_frame(true, make_udp(true, REMOTE, 1000, 54)));
	assert_false(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
}

static void a_frame_that_is_only_tried_begins_no_flow(void **state)
{
	struct made made = make_udp(false, REMOTE, 1000, 53);

	set_stateful();
	assert_int_equal(end_of(GUARD_FROM_GUEST, made.bytes, made.size) & ~GUARD_END_TRACK,
			 GUARD_END_MAKE(GUARD_ACCEPT, 1));
	assert_false(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
}

static void an_icmp_error_passes_about_a_flow_only(void **state)
{
	const char *about_1000 = "0303000000000000"
				 "4500001c00010000401100000a0700020a07000103e8003500080000";
	const char *about_1001 = "0303000000000000"
				 "4500001c00010000401100000a0700020a07000103e9003500080000";
	const char *of_another = "0303000000000000"
				 "4500001c00010000401100000a0700030a07000103e8003500080000";

	set_stateful();
	assert_false(run_frame(true, make_ip(true, OTHER, 1, about_1000)));
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	assert_true(run_frame(true, make_ip(true, OTHER, 1, about_1000)));
	assert_false(run_frame(true, make_ip(true, OTHER, 1, about_1001)));
	assert_false(run_frame(true, make_ip(true, OTHER, 1, of_another)));
}

static void a_later_fragment_follows_its_first(void **state)
{
	struct made first = make_udp(true, REMOTE, 1000, 53), later = first, other = first;

	first.bytes[20] = 0x20;
	later.bytes[21] = 1;
	other.bytes[21] = 1;
	other.bytes[19] = 9; /* of another packet */
	set_stateful();
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	assert_false(run_frame(true, later));
	assert_true(run_frame(true, first));
	assert_true(run_frame(true, later));
	assert_false(run_frame(true, other));
}

static void a_flood_from_outside_does_not_end_what_was_answered(void **state)
{
	set_stateful();
	assert_true(run_frame(false, make_udp(false, REMOTE, 1000, 53)));
	assert_true(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	for (unsigned i = 0; i < FLOOD; i++)
		assert_true(run_frame(true,
				      make_tcp(true, OTHER + i / 1000, 80, 2000 + i % 1000, SYN)));
	assert_true(run_frame(true, make_udp(true, REMOTE, 1000, 53)));
	assert_false(run_frame(true, make_udp(true, REMOTE, 1001, 53)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_field_matches_what_it_should_and_nothing_else,
				       guarded_setup),
		cmocka_unit_test_setup(a_frame_without_the_field_matches_no_negated_match_either,
				       guarded_setup),
		cmocka_unit_test_setup(all_matches_of_a_rule_have_to_hold, guarded_setup),
		cmocka_unit_test_setup(ranges_of_long_addresses_have_exact_limits, guarded_setup),
		cmocka_unit_test_setup(gotos_lead_where_they_say, guarded_setup),
		cmocka_unit_test_setup(a_list_of_thousands_is_gone_through_to_its_end,
				       guarded_setup),
		cmocka_unit_test_setup(a_set_is_exchanged_without_the_rules, guarded_setup),
		cmocka_unit_test_setup(what_a_rule_drops_is_counted_for_it, guarded_setup),
		cmocka_unit_test_setup(answers_pass_and_what_nobody_asked_for_does_not,
				       guarded_setup),
		cmocka_unit_test_setup(flows_outlive_the_process_and_end_with_their_port,
				       guarded_setup),
		cmocka_unit_test_setup(other_rules_end_the_flows_that_they_would_not_let_begin,
				       guarded_setup),
		cmocka_unit_test_setup(an_address_that_leaves_a_set_ends_the_flows_that_it_began,
				       guarded_setup),
		cmocka_unit_test_setup(a_list_is_asked_about_flows_whatever_it_asks_of_them,
				       guarded_setup),
		cmocka_unit_test_setup(a_frame_that_is_only_tried_begins_no_flow, guarded_setup),
		cmocka_unit_test_setup(an_icmp_error_passes_about_a_flow_only, guarded_setup),
		cmocka_unit_test_setup(a_later_fragment_follows_its_first, guarded_setup),
		cmocka_unit_test_setup(a_flood_from_outside_does_not_end_what_was_answered,
				       guarded_setup),
	};
	int r;

	netns_require();
	r = cmocka_run_group_tests_name("guard-filter", tests, NULL, NULL);
	guarded_done();
	return r;
}
