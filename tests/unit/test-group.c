/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Security groups: read and given back, refused by line, and what they let pass. */
#include "frames.h"

#include <libxml/parser.h>

#include "formats/group-xml.h"
#include "model/address.h"
#include "model/group-compile.h"
#include "model/security.h"

#define GROUP(inside) "<vif:group xmlns:vif='urn:vifd:1' name='web'>\n" inside "</vif:group>"

static struct security_group *read_group(const char *xml)
{
	struct security_group *group = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, group_from_xml(xml, strlen(xml), "g.xml", &group, &err));
	return group;
}

static void a_group_is_read_and_given_back(void **state)
{
	static const char xml[] =
		"<vif:group xmlns:vif='urn:vifd:1' name='web'>\n"
		"  <rule direction='in' protocol='tcp' port='80-90' remote='10.0.0.0/8'/>\n"
		"  <rule direction='in' protocol='tcp' port='22' remote-group='admins'/>\n"
		"  <rule direction='in' protocol='icmp' type='8' code='0'/>\n"
		"  <rule direction='out' protocol='112' family='ipv6'/>\n"
		"  <rule direction='out'/>\n"
		"  <member ip='10.7.0.2'/>\n"
		"  <member ip='10.8.0.0' prefix='16'/>\n"
		"  <member ip='2001:db8::2'/>\n"
		"</vif:group>\n";
	AUTO(group_freep) struct security_group *group = read_group(xml);
	AUTO_FREE char *written = NULL;

	assert_int_equal(group_to_xml(group, &written, NULL), 0);
	assert_string_equal(written, xml);
	assert_true(group_refers_to(group, "admins"));
	assert_false(group_refers_to(group, "web"));
}

static void what_is_written_otherwise_comes_to_the_same(void **state)
{
	/* Without a namespace, members in any order and twice, bits behind a prefix, "any". */
	AUTO(group_freep)
	struct security_group *group = read_group(
		"<group name='web'>"
		"<member ip='10.8.1.2' prefix='16'/>"
		"<member ip='10.7.0.2'/><member ip='10.7.0.2' prefix='32'/>"
		"<rule direction='out' protocol='any' remote='10.1.2.3/8'/>"
		"<rule direction='in' protocol='6' port='80'/>"
		"</group>");
	AUTO_FREE char *written = NULL;

	assert_int_equal(group_to_xml(group, &written, NULL), 0);
	assert_string_equal(written, "<vif:group xmlns:vif='urn:vifd:1' name='web'>\n"
				     "  <rule direction='out' remote='10.0.0.0/8'/>\n"
				     "  <rule direction='in' protocol='tcp' port='80'/>\n"
				     "  <member ip='10.7.0.2'/>\n"
				     "  <member ip='10.8.0.0' prefix='16'/>\n"
				     "</vif:group>\n");
}

static void what_is_wrong_is_refused_by_its_line(void **state)
{
	static const struct {
		const char *xml;
		enum error_kind kind;
		const char *sentence;
	} cases[] = {
		{ "<group/>", ERROR_INVALID_XML, "g.xml:1: <group> lacks the attribute 'name'" },
		{ "<group name='a b'/>", ERROR_INVALID_ARGUMENT,
		  "g.xml:1: <group name='a b'> is not letters, digits, '_', '.', '-', the first "
		  "of them a letter or digit" },
		{ "<group name='../x'/>", ERROR_INVALID_ARGUMENT,
		  "g.xml:1: <group name='../x'> is not letters, digits, '_', '.', '-', the "
		  "first of them a letter or digit" },
		{ "<group name='no'/>", ERROR_INVALID_ARGUMENT,
		  "g.xml:1: <group name='no'> means none" },
		{ GROUP("<rule protocol='tcp'/>"), ERROR_INVALID_XML,
		  "g.xml:2: <rule> lacks the attribute 'direction'" },
		{ GROUP("<rule direction='inout'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule direction='inout'> is neither in nor out" },
		{ GROUP("<rule direction='in' protocol='256'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule protocol='256'> is neither tcp, udp, sctp, dccp, icmp, icmpv6, "
		  "any nor a number from 0 to 255" },
		{ GROUP("<rule direction='in' port='80'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule> has port= without protocol='tcp', 'udp', 'sctp' or 'dccp'" },
		{ GROUP("<rule direction='in' protocol='tcp' port='90-80'/>"),
		  ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule port='90-80'> is neither a port from 1 to 65535 nor two of them "
		  "joined by '-', the lower one first" },
		{ GROUP("<rule direction='in' protocol='tcp' port='1-2-3'/>"),
		  ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule port='1-2-3'> is neither a port from 1 to 65535 nor two of them "
		  "joined by '-', the lower one first" },
		{ GROUP("<rule direction='in' protocol='tcp' type='8'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule> has type= without protocol='icmp' or 'icmpv6'" },
		{ GROUP("<rule direction='in' protocol='icmp' code='8'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule> has code= without type=" },
		{ GROUP("<rule direction='in' remote='10.0.0.0/33'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule remote='10.0.0.0/33'> is neither an IP address nor "
		  "ADDRESS/PREFIX" },
		{ GROUP("<rule direction='in' remote='10.0.0.0/8' remote-group='a'/>"),
		  ERROR_INVALID_ARGUMENT, "g.xml:2: <rule> has both remote= and remote-group=" },
		{ GROUP("<rule direction='in' protocol='icmpv6' remote='10.0.0.0/8'/>"),
		  ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule> has a remote= that its protocol= is never used with" },
		{ GROUP("<rule direction='in' family='ipv4' remote='::/0'/>"),
		  ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <rule> has a family= that does not go with the rest of it" },
		{ GROUP("<rule direction='in' action='drop'/>"), ERROR_NOT_SUPPORTED,
		  "g.xml:2: <rule> has an attribute 'action' that vifd does not know here" },
		{ GROUP("<member/>"), ERROR_INVALID_XML,
		  "g.xml:2: <member> lacks the attribute 'ip'" },
		{ GROUP("<member ip='10.0.0.1' prefix='33'/>"), ERROR_INVALID_ARGUMENT,
		  "g.xml:2: <member prefix='33'> is not a number from 0 to 32" },
		{ GROUP("<deny/>"), ERROR_NOT_SUPPORTED,
		  "g.xml:2: <group> has an element <deny> that vifd does not know here" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_ERROR struct error err = ERROR_INIT;
		struct security_group *group = NULL;
		int r = group_from_xml(cases[i].xml, strlen(cases[i].xml), "g.xml", &group, &err);

		assert_null(group);
		assert_error(&err, r, cases[i].kind, cases[i].sentence);
	}
}

static void a_group_has_an_end(void **state)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *xml = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct security_group *group = NULL;

	text_add(&text, "<group name='many'>\n");
	for (int i = 0; i <= GROUP_RULES_MAX; i++)
		text_add(&text, "<rule direction='in'/>\n");
	text_add(&text, "</group>");
	assert_int_equal(text_take(&text, &xml), 0);
	assert_error(&err, group_from_xml(xml, strlen(xml), NULL, &group, &err),
		     ERROR_INVALID_ARGUMENT, "line 1026: a group can have 1024 rules");
}

static void members_are_added_and_removed(void **state)
{
	AUTO(group_freep)
	struct security_group *group = read_group(GROUP("<member ip='10.7.0.2'/>"));
	struct group_member member;

	assert_int_equal(group_member_parse("10.7.0.1", &member), 0);
	assert_int_equal(group_add_member(group, &member), 0);
	assert_int_equal(group_add_member(group, &member), 0);
	assert_int_equal(group->n_members, 2);
	assert_int_equal(group->members[0].address.bytes[3], 1);
	assert_true(group_has_member(group, &member));
	group_remove_member(group, &member);
	group_remove_member(group, &member);
	assert_int_equal(group->n_members, 1);
	assert_false(group_has_member(group, &member));
	assert_int_equal(group_member_parse("10.7.0.0/33", &member), -EINVAL);
	assert_int_equal(group_member_parse("10.7.0.0/", &member), -EINVAL);
	assert_int_equal(group_member_parse("", &member), -EINVAL);
}

static void rules_are_told_in_words(void **state)
{
	static const struct {
		const char *rule, *words;
	} cases[] = {
		{ "<rule direction='in' protocol='tcp' port='80-90' remote='10.0.0.0/8'/>",
		  "tcp ports 80-90 from 10.0.0.0/8" },
		{ "<rule direction='out' protocol='udp' port='53' remote='::1'/>",
		  "udp port 53 to ::1" },
		{ "<rule direction='in' protocol='icmp' type='8' code='0'/>",
		  "icmp type 8 code 0" },
		{ "<rule direction='out' remote-group='db'/>", "anything to the group db" },
		{ "<rule direction='out' protocol='112' family='ipv6'/>", "protocol 112 of IPv6" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *xml = text_format(GROUP("%s"), cases[i].rule), *words = NULL;
		AUTO(group_freep) struct security_group *group = read_group(xml);
		AUTO_TEXT struct text text = TEXT_INIT;

		group_rule_print(&group->rules[0], &text);
		assert_int_equal(text_take(&text, &words), 0);
		assert_string_equal(words, cases[i].words);
	}
}

/* --- what passes --- */

struct library {
	struct security_group *groups[3];
};

static const struct security_group *find_group(void *userdata, const char *name)
{
	struct library *library = userdata;

	for (size_t i = 0; i < ARRAY_SIZE(library->groups); i++)
		if (library->groups[i] && !strcmp(library->groups[i]->name, name))
			return library->groups[i];
	return NULL;
}

static void library_done(struct library *library)
{
	for (size_t i = 0; i < ARRAY_SIZE(library->groups); i++)
		group_free(library->groups[i]);
}

struct packet {
	const char *remote, *rule;
	uint32_t protocol;
	uint32_t port; /* or type */
	bool in;
	uint32_t from_port;
	uint32_t ethertype;
	enum packet_state state; /* 0: new */
	const char *member_of;
};

static void set_address(struct fields *fields, enum packet_field ipv4, enum packet_field ipv6,
			const char *text)
{
	struct address address;
	uint8_t value[FIELD_SIZE];

	assert_int_equal(address_parse(text, &address), 0);
	packet_value_put(value, address.bytes, address_bits(&address) / 8);
	fields_set(fields, address.family == AF_INET ? ipv4 : ipv6, value);
}

static struct fields fields_of(const struct packet *packet)
{
	bool ipv6 = packet->remote && strchr(packet->remote, ':');
	const char *own = ipv6 ? "2001:db8::2" : "10.0.0.2";
	struct fields fields = { 0 };
	struct frame frame;

	fields_set_number(&fields, PACKET_MAC_SOURCE, 0x0a0b0c0d);
	fields_set_number(&fields, PACKET_MAC_DESTINATION, 0x01020304);
	fields_set_number(&fields, PACKET_ETHERTYPE,
			  packet->ethertype ? packet->ethertype
			  : ipv6            ? 0x86dd
					    : 0x800);
	if (!packet->ethertype) {
		fields_set_number(&fields, PACKET_PROTOCOL, packet->protocol);
		set_address(&fields, packet->in ? PACKET_IPV4_SOURCE : PACKET_IPV4_DESTINATION,
			    packet->in ? PACKET_IPV6_SOURCE : PACKET_IPV6_DESTINATION,
			    packet->remote);
		set_address(&fields, packet->in ? PACKET_IPV4_DESTINATION : PACKET_IPV4_SOURCE,
			    packet->in ? PACKET_IPV6_DESTINATION : PACKET_IPV6_SOURCE, own);
	}
	if (packet->protocol == 1 || packet->protocol == 58) {
		fields_set_number(&fields, PACKET_ICMP_TYPE, packet->port);
	} else if (packet->port) {
		fields_set_number(&fields, PACKET_PORT_SOURCE,
				  packet->from_port ? packet->from_port : 40000);
		fields_set_number(&fields, PACKET_PORT_DESTINATION, packet->port);
	}
	frame = frame_build(&fields);
	fields = frame_dissect(&frame, packet->state ? packet->state : PACKET_NEW);
	if (packet->member_of)
		fields_set_number(&fields, packet->in ? PACKET_SET_SOURCE : PACKET_SET_DESTINATION,
				  group_number(packet->member_of));
	return fields;
}

static void the_rules_of_all_groups_let_pass_and_nothing_else_does(void **state)
{
	static const struct packet packets[] = {
		/* the rules */
		{ "10.1.2.3", "web:2", 6, 80, true },
		{ "10.1.2.3", "web:2", 6, 90, true },
		{ "10.1.2.3", "in-default", 6, 79, true },
		{ "10.1.2.3", "in-default", 6, 91, true },
		{ "10.1.2.3", "in-default", 17, 80, true },
		{ "11.1.2.3", "in-default", 6, 80, true },
		{ "11.1.2.3", "in-default", 6, 22, true },
		{ "11.1.2.3", "web:3", 6, 22, true, .member_of = "admins" },
		{ "11.1.2.3", "in-default", 6, 22, true, .member_of = "web" },
		{ "2001:db8::9", "web:3", 6, 22, true, .member_of = "admins" },
		{ "11.1.2.3", "ping:2", 1, 8, true },
		{ "11.1.2.3", "in-default", 1, 13, true },
		{ "2001:db8::9", "in-default", 58, 128, true },
		{ "11.1.2.3", "ping:3", 17, 53, false },
		{ "2001:db8::9", "out-default", 17, 53, false },
		{ "2001:db8:5::9", "web:4", 6, 25, false },
		{ "2001:db8:5::9", "web:4", 89, 0, false },
		{ "2001:db8:6::9", "out-default", 6, 25, false },
		/* flows */
		{ "11.1.2.3", "answer", 6, 5, true, .state = PACKET_ESTABLISHED },
		{ "11.1.2.3", "answer", 1, 3, true, .state = PACKET_RELATED },
		{ "10.1.2.3", "invalid", 6, 80, true, .state = PACKET_INVALID },
		/* what a network is made of */
		{ .rule = "arp", .in = true, .ethertype = 0x806 },
		{ .rule = "rarp", .in = false, .ethertype = 0x8035 },
		{ .rule = "in-default", .in = true, .ethertype = 0x88cc },
		{ .rule = "out-default", .in = false, .ethertype = 0x88cc },
		{ "fe80::1", "nd", 58, 135, true },
		{ "fe80::1", "nd", 58, 136, false },
		{ "ff02::2", "router-solicitation", 58, 133, false },
		{ "fe80::1", "router-advertisement", 58, 134, true },
		{ "fe80::1", "out-default", 58, 134, false },
		{ "fe80::1", "in-default", 58, 137, true },
		{ "ff02::16", "multicast-membership", 58, 143, false },
		{ "224.0.0.22", "multicast-membership", 2, 0, false },
		{ "255.255.255.255", "dhcp", 17, 67, false, .from_port = 68 },
		{ "10.0.0.1", "dhcp", 17, 68, true, .from_port = 67 },
		{ "10.0.0.1", "out-default", 17, 68, false, .from_port = 67 },
		{ "ff02::1:2", "dhcpv6", 17, 547, false, .from_port = 546 },
		{ "fe80::1", "dhcpv6", 17, 546, true, .from_port = 547 },
	};
	static char *names[] = { (char *)"web", (char *)"ping" };
	AUTO(library_done)
	struct library library = {
		{ read_group(
			  "<group name='web'>\n"
			  "<rule direction='in' protocol='tcp' port='80-90' remote='10.0.0.0/8'/>\n"
			  "<rule direction='in' protocol='tcp' port='22' remote-group='admins'/>\n"
			  "<rule direction='out' remote='2001:db8:5::/48'/>\n"
			  "</group>"),
		  read_group("<group name='ping'>\n"
			     "<rule direction='in' protocol='icmp' type='8'/>\n"
			     "<rule direction='out' protocol='udp' port='53' family='ipv4'/>\n"
			     "</group>"),
		  read_group("<group name='admins'/>") }
	};
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, group_compile(names, 2, find_group, &library, &filter, &err));
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		const struct packet_list *list = packets[i].in ? &filter.to_guest
							       : &filter.from_guest;
		struct fields fields = fields_of(&packets[i]);
		size_t rule;
		bool passes = list_verdict(list, &fields, &rule) == PACKET_ACCEPT;
		const char *name = list->rules[rule].name;

		if (strcmp(name, packets[i].rule) != 0)
			fail_msg("packet %zu: %s, not %s", i, name, packets[i].rule);
		assert_int_equal(passes, !strstr(name, "default") && strcmp(name, "invalid") != 0);
		assert_int_equal(list->rules[rule].track, strchr(name, ':') != NULL);
	}
}

static void groups_that_do_not_exist_are_named(void **state)
{
	static char *names[] = { (char *)"web", (char *)"none" };
	AUTO(library_done)
	struct library library = { { read_group(
		GROUP("<rule direction='in' remote-group='lost'/>")) } };
	struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_error(&err, group_compile(names + 1, 1, find_group, &library, &filter, &err),
		     ERROR_NO_SUCH_GROUP, "there is no security group 'none'");
	assert_error(&err, group_compile(names, 1, find_group, &library, &filter, &err),
		     ERROR_NO_SUCH_GROUP,
		     "security group 'web', line 2: there is no security group 'lost'");
}

/* --- two filters, one behind the other --- */

static int add_port_rule(struct packet_list *list, enum packet_verdict verdict, uint32_t port)
{
	struct packet_rule *rule = packet_list_add(list, verdict, 0);

	if (!rule)
		return -ENOMEM;
	rule->track = verdict == PACKET_ACCEPT;
	return packet_rule_add(rule, PACKET_PORT_DESTINATION, false, 0xffff, port, port);
}

static void both_filters_have_to_let_pass(void **state)
{
	for (int closed = 0; closed < 2; closed++) {
		AUTO(packet_filter_done) struct packet_filter first = { 0 }, second = { 0 };

		first.to_guest.accept = !closed;
		for (uint32_t port = 1; port <= 3; port++)
			assert_int_equal(add_port_rule(&first.to_guest,
						       port == 3 ? PACKET_DROP : PACKET_ACCEPT,
						       port),
					 0);
		assert_int_equal(add_port_rule(&second.to_guest, PACKET_DROP, 2), 0);
		for (uint32_t port = 1; port <= 4; port++)
			assert_int_equal(add_port_rule(&second.to_guest, PACKET_ACCEPT, port), 0);
		assert_int_equal(packet_filter_join(&first, &second), 0);
		assert_int_equal(second.to_guest.n_rules, 0);
		for (uint32_t port = 1; port <= 5; port++) {
			const struct packet packet = { "10.0.0.9", NULL, 6, port, true };
			struct fields fields = fields_of(&packet);
			size_t rule;
			enum packet_verdict verdict = list_verdict(&first.to_guest, &fields, &rule);

			assert_int_equal(verdict, port == 1 || (port == 4 && !closed)
							  ? PACKET_ACCEPT
							  : PACKET_DROP);
			if (verdict == PACKET_ACCEPT)
				assert_true(first.to_guest.rules[rule].track);
		}
	}
}

static int forget(void **state)
{
	xmlCleanupParser();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_read_and_given_back),
		cmocka_unit_test(what_is_written_otherwise_comes_to_the_same),
		cmocka_unit_test(what_is_wrong_is_refused_by_its_line),
		cmocka_unit_test(a_group_has_an_end),
		cmocka_unit_test(members_are_added_and_removed),
		cmocka_unit_test(rules_are_told_in_words),
		cmocka_unit_test(the_rules_of_all_groups_let_pass_and_nothing_else_does),
		cmocka_unit_test(groups_that_do_not_exist_are_named),
		cmocka_unit_test(both_filters_have_to_let_pass),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
