/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "formats/network-update.h"
#include "formats/network-xml.h"
#include "util/text.h"
#include "values.h"

static void expect_target(const char *text, const char *guest, unsigned port)
{
	struct address parsed;
	char string[ADDRESS_TEXT_SIZE];
	uint16_t parsed_port;

	assert_int_equal(address_port_parse(text, &parsed, &parsed_port), 0);
	address_format(&parsed, string);
	assert_string_equal(string, guest);
	assert_int_equal(parsed_port, port);
}

static void a_target_is_an_address_with_or_without_a_port(void **state)
{
	expect_target("192.168.122.10", "192.168.122.10", 0);
	expect_target("192.168.122.10:80", "192.168.122.10", 80);
	expect_target("192.168.122.10:65535", "192.168.122.10", 65535);
	expect_target("fd00::10", "fd00::10", 0);
	expect_target("[fd00::10]", "fd00::10", 0);
	expect_target("[fd00::10]:80", "fd00::10", 80);
	/* No port: an address whose last part looks like one. */
	expect_target("fd00::10:80", "fd00::10:80", 0);
}

static void what_is_no_target_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		":80",
		"192.168.122.10:",
		"192.168.122.10:0",
		"web:80",
		"[fd00::10",
		"192.168.122.10:65536",
		"[192.168.122.10]:80",
		"[fd00::10]80",
		"[fd00::10]:",
		"192.168.122.10:80:80",
		"192.168.122.10: 80",
	};
	struct address parsed;
	uint16_t port;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (address_port_parse(texts[i], &parsed, &port) != -EINVAL)
			fail_msg("accepted: '%s'", texts[i]);
}

/* A network with 192.168.122.1/24 and fd00:1::1/64, and these forwards. */
static void expect(enum forward_mode mode, const struct port_forward *forwards, size_t n,
		   const char *sentence)
{
	struct network_ip ips[] = {
		{ .address = address_of("192.168.122.1"), .has_prefix = true, .prefix = 24 },
		{ .address = address_of("fd00:1::1"),
		  .family = (char[]){ "ipv6" },
		  .has_prefix = true,
		  .prefix = 64 },
	};
	struct network network = {
		.name = (char[]){ "red" },
		.has_forward = true,
		.forward = mode,
		.forwards = (struct port_forward *)forwards,
		.n_forwards = n,
		.ips = ips,
		.n_ips = ARRAY_SIZE(ips),
	};
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!sentence) {
		if (network_validate(&network, &err) < 0)
			fail_msg("%s", error_text(&err));
		return;
	}
	assert_int_equal(network_validate(&network, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_INVALID_ARGUMENT);
	assert_string_equal(error_text(&err), sentence);
}

static struct port_forward forward(unsigned port, const char *to)
{
	return (struct port_forward){
		.port = (uint16_t)port, .to = address_of(to), .to_port = 80, .line = 5
	};
}

static void expect_one(struct port_forward forward, const char *sentence)
{
	expect(FORWARD_NAT, &forward, 1, sentence);
}

static void a_forward_leads_to_a_guest_of_the_network(void **state)
{
	expect_one(forward(8080, "192.168.122.10"), NULL);
	expect_one(forward(8080, "fd00:1::10"), NULL);
	expect_one(forward(8080, "192.168.123.10"),
		   "line 5: <vif:forward to='192.168.123.10'> of network 'red' is in none of its "
		   "subnets");
	expect_one(forward(8080, "fd00:2::10"),
		   "line 5: <vif:forward to='fd00:2::10'> of network 'red' is in none of its "
		   "subnets");
	expect_one(forward(8080, "192.168.122.1"),
		   "line 5: <vif:forward to='192.168.122.1'> of network 'red' is the host's own "
		   "address in 192.168.122.0/24");
	expect_one(forward(8080, "192.168.122.255"),
		   "line 5: <vif:forward to='192.168.122.255'> of network 'red' is the broadcast "
		   "address of 192.168.122.0/24");
	expect_one(forward(0, "192.168.122.10"),
		   "line 5: <vif:forward> of network 'red' has port 0; ports are 1 to 65535");
}

static void a_forward_is_for_an_address_that_others_reach(void **state)
{
	struct port_forward one = forward(8080, "192.168.122.10");

	one.address = address_of("10.0.0.1");
	expect_one(one, NULL);
	one.address = address_of("127.0.0.1");
	expect_one(one, "line 5: <vif:forward address='127.0.0.1'> of network 'red' is not an "
			"address that others reach the host at");
	one.address = address_of("0.0.0.0");
	expect_one(one, "line 5: <vif:forward address='0.0.0.0'> of network 'red' is not an "
			"address that others reach the host at");
	one.address = address_of("fd00::1");
	expect_one(one, "line 5: <vif:forward address='fd00::1'> of network 'red' is not of the "
			"family of its guest's address");
	one.to = address_of("fd00:1::10");
	expect_one(one, NULL);
	one.address = address_of("::1");
	expect_one(one, "line 5: <vif:forward address='::1'> of network 'red' is not an "
			"address that others reach the host at");
}

static void a_forward_needs_a_network_that_reaches_the_world_by_the_host(void **state)
{
	struct port_forward one = forward(8080, "192.168.122.10");

	expect(FORWARD_ROUTE, &one, 1, NULL);
	expect(FORWARD_OPEN, &one, 1,
	       "line 5: network 'red' has forward mode='open'; <vif:forward> is possible only "
	       "with mode nat or route");
	expect(FORWARD_ISOLATED, &one, 1,
	       "line 5: network 'red' has forward mode='none'; <vif:forward> is possible only "
	       "with mode nat or route");
}

static void a_port_is_forwarded_once(void **state)
{
	struct port_forward two[] = { forward(8080, "192.168.122.10"),
				      forward(8080, "192.168.122.11") };
	static const char sentence[] =
		"line 6: port 8080 (tcp) of the host is forwarded twice in network 'red'";

	two[1].line = 6;
	expect(FORWARD_NAT, two, 2, sentence);
	/* One for each address takes those of single addresses too. */
	two[1].address = address_of("10.0.0.1");
	expect(FORWARD_NAT, two, 2, sentence);
	two[0].address = address_of("10.0.0.1");
	expect(FORWARD_NAT, two, 2, sentence);
	two[0].address = address_of("10.0.0.2");
	expect(FORWARD_NAT, two, 2, NULL);
	two[0].address = two[1].address;
	two[1].protocol = FORWARD_UDP;
	expect(FORWARD_NAT, two, 2, NULL);
	two[1] = two[0];
	two[1].port = 8081;
	expect(FORWARD_NAT, two, 2, NULL);
	two[1] = forward(8080, "fd00:1::10");
	expect(FORWARD_NAT, two, 2, NULL);
}

/* --- XML ------------------------------------------------------------------------- */

/* A network whose <forward> has this in line 2. */
static char *document(const char *mode, const char *forward)
{
	char *xml;

	assert_true(asprintf(&xml,
			     "<network xmlns:vif='urn:vifd:1'><name>red</name><forward mode='%s'>\n"
			     "%s</forward>"
			     "<ip address='192.168.122.1' prefix='24'/>"
			     "<ip family='ipv6' address='fd00:1::1' prefix='64'/></network>",
			     mode, forward) > 0);
	return xml;
}

static struct network *read_network(const char *forward)
{
	AUTO_FREE char *xml = document("nat", forward);
	struct network *network = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, network_from_xml(xml, strlen(xml), "red.xml", &network, &err));
	return network;
}

/* The lines of the network's XML that have a forward. */
static char *written(const struct network *network)
{
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;
	struct text text = TEXT_INIT;
	char *lines, *rest = NULL;

	assert_success(&err, network_to_xml(network, &xml, &err));
	for (char *line = strtok_r(xml, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, "vif:forward"))
			text_add(&text, "%s\n", line + strspn(line, " "));
	assert_int_equal(text_take(&text, &lines), 0);
	return lines;
}

static void expect_written(const char *forward, const char *expected)
{
	AUTO(network_freep) struct network *network = read_network(forward), *again = NULL;
	AUTO_FREE char *first = written(network), *second = NULL;

	assert_string_equal(first, expected);
	again = read_network(first);
	second = written(again);
	assert_string_equal(second, expected);
}

static void a_forward_is_written_in_one_way_however_it_was_said(void **state)
{
	static const char expected[] =
		"<vif:forward xmlns:vif='urn:vifd:1' proto='tcp' port='8080' to='192.168.122.10' "
		"to-port='80'/>\n";

	expect_written("<vif:forward proto='tcp' port='8080' to='192.168.122.10' to-port='80'/>",
		       expected);
	expect_written("<vif:forward to='192.168.122.10:80' port='8080' proto='tcp'/>", expected);
	expect_written("<vif:forward proto='udp' port='53' to='fd00:1::10' address='fd00::1'/>"
		       "<vif:forward proto='tcp' port='22' to='[fd00:1::10]:2222'/>",
		       "<vif:forward xmlns:vif='urn:vifd:1' proto='udp' port='53' to='fd00:1::10' "
		       "to-port='53' address='fd00::1'/>\n"
		       "<vif:forward xmlns:vif='urn:vifd:1' proto='tcp' port='22' to='fd00:1::10' "
		       "to-port='2222'/>\n");
}

static void expect_read_error(const char *mode, const char *forward, enum error_kind kind,
			      const char *sentence)
{
	AUTO_FREE char *xml = document(mode, forward);
	struct network *network = NULL;
	struct error err = ERROR_INIT;

	assert_error(&err, network_from_xml(xml, strlen(xml), "red.xml", &network, &err), kind,
		     sentence);
}

static void what_is_wrong_with_a_forward_is_told_with_its_line(void **state)
{
	static const struct {
		const char *forward, *sentence;
	} cases[] = {
		{ "<vif:forward proto='sctp' port='1' to='192.168.122.10'/>",
		  "red.xml:2: <vif:forward proto='sctp'> is not one of tcp, udp" },
		{ "<vif:forward proto='tcp' port='0' to='192.168.122.10'/>",
		  "red.xml:2: <vif:forward port='0'> is not a number from 1 to 65535" },
		{ "<vif:forward proto='tcp' port='65536' to='192.168.122.10'/>",
		  "red.xml:2: <vif:forward port='65536'> is not a number from 1 to 65535" },
		{ "<vif:forward proto='tcp' port='1' to='web'/>",
		  "red.xml:2: <vif:forward to='web'> is not an IP address, with or without a "
		  "port: 192.168.122.10, 192.168.122.10:80, [fd00::10]:80" },
		{ "<vif:forward proto='tcp' port='1' to='192.168.122.10:80' to-port='81'/>",
		  "red.xml:2: <vif:forward to-port='81'> is said in to= already" },
		{ "<vif:forward proto='tcp' port='1' to='192.168.122.10' address='eth0'/>",
		  "red.xml:2: <vif:forward address='eth0'> is not an IP address" },
		{ "<vif:forward proto='tcp' port='1'/>",
		  "red.xml:2: <vif:forward port='1'> of network 'red' lacks the attribute 'to'" },
		{ "<vif:forward proto='tcp' port='1' to='10.0.0.1'/>",
		  "red.xml:2: <vif:forward to='10.0.0.1'> of network 'red' is in none of its "
		  "subnets" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_read_error("nat", cases[i].forward, ERROR_INVALID_ARGUMENT,
				  cases[i].sentence);
	expect_read_error("open", "<vif:forward proto='tcp' port='1' to='192.168.122.10'/>",
			  ERROR_INVALID_ARGUMENT,
			  "red.xml:2: network 'red' has forward mode='open'; <vif:forward> is "
			  "possible only with mode nat or route");
}

/* --- changes ----------------------------------------------------------------------- */

static int change(struct network *network, enum update_command command, const char *xml,
		  struct error *err)
{
	const struct network_update update = { command, UPDATE_FORWARD, -1, xml, "u.xml" };

	return network_update(network, &update, NULL, err);
}

static void expect_change(struct network *network, enum update_command command, const char *xml,
			  const char *expected)
{
	struct error err = ERROR_INIT;
	AUTO_FREE char *after = NULL;

	assert_success(&err, change(network, command, xml, &err));
	after = written(network);
	assert_string_equal(after, expected);
}

#define WEB                                                                              \
	"<vif:forward xmlns:vif='urn:vifd:1' proto='tcp' port='80' to='192.168.122.10' " \
	"to-port='80'/>\n"
#define WEB_ELSEWHERE                                                                    \
	"<vif:forward xmlns:vif='urn:vifd:1' proto='tcp' port='80' to='192.168.122.11' " \
	"to-port='8080'/>\n"
#define NAMES                                                                            \
	"<vif:forward xmlns:vif='urn:vifd:1' proto='udp' port='53' to='192.168.122.10' " \
	"to-port='53'/>\n"

static void forwards_are_added_changed_and_deleted(void **state)
{
	AUTO(network_freep) struct network *network = read_network("");

	expect_change(network, UPDATE_ADD_LAST, WEB, WEB);
	/* It is clear what is meant without the namespace. */
	expect_change(network, UPDATE_ADD_FIRST,
		      "<forward proto='udp' port='53' to='192.168.122.10'/>", NAMES WEB);
	expect_change(network, UPDATE_MODIFY,
		      "<forward proto='tcp' port='80' to='192.168.122.11:8080'/>",
		      NAMES WEB_ELSEWHERE);
	expect_change(network, UPDATE_DELETE, "<forward proto='udp' port='53'/>", WEB_ELSEWHERE);
	expect_change(network, UPDATE_DELETE, WEB_ELSEWHERE, "");
}

static void expect_no_change(const char *forward, enum update_command command, const char *xml,
			     const char *sentence)
{
	AUTO(network_freep) struct network *network = read_network(forward);
	struct error err = ERROR_INIT;

	assert_error(&err, change(network, command, xml, &err), ERROR_INVALID_ARGUMENT, sentence);
}

static void a_change_that_cannot_be_is_one_sentence(void **state)
{
	expect_no_change(WEB, UPDATE_ADD_LAST, WEB_ELSEWHERE,
			 "network 'red' has a <vif:forward> already that matches 'tcp 80'");
	expect_no_change(WEB, UPDATE_DELETE, NAMES,
			 "network 'red' has no <vif:forward> that matches 'udp 53'");
	expect_no_change(WEB, UPDATE_DELETE, "<forward proto='tcp' port='80' to='192.168.122.11'/>",
			 "network 'red' has no <vif:forward> that matches 'tcp 80'");
	expect_no_change(WEB, UPDATE_ADD_LAST, "<forward proto='tcp' port='81' to='10.0.0.1'/>",
			 "<vif:forward to='10.0.0.1'> of network 'red' is in none of its subnets");
	expect_no_change(WEB "<vif:forward proto='tcp' port='80' to='fd00:1::10'/>", UPDATE_DELETE,
			 "<forward proto='tcp' port='80'/>",
			 "network 'red' has 2 of <vif:forward> that match 'tcp 80'; add what "
			 "tells them apart");
}

static void what_a_socket_of_the_host_gets_is_taken_by_the_forward_of_its_port(void **state)
{
	static const struct {
		const char *address;
		uint16_t port;
		bool udp, ipv6_only;
		bool taken;   /* by tcp port 22 to an IPv4 guest, */
		bool by_one;  /* by one that is for 10.0.0.4 alone, */
		bool by_ipv6; /* or to an IPv6 guest */
	} cases[] = {
		{ "0.0.0.0", 22, false, false, true, true, false },
		{ "::", 22, false, false, true, true, true },
		{ "::", 22, false, true, false, false, true },
		{ "0.0.0.0", 22, true, false, false, false, false },
		{ "0.0.0.0", 23, false, false, false, false, false },
		{ "127.0.0.1", 22, false, false, false, false, false },
		{ "::1", 22, false, false, false, false, false },
		{ "10.0.0.4", 22, false, false, true, true, false },
		{ "10.0.0.5", 22, false, false, true, false, false },
		{ "fd00::4", 22, false, false, false, false, true },
	};
	struct port_forward each = forward(22, "192.168.122.10"), one = each;
	struct port_forward ipv6 = forward(22, "fd00:1::10");

	one.address = address_of("10.0.0.4");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct host_socket socket = { .udp = cases[i].udp,
						    .ipv6_only = cases[i].ipv6_only,
						    .address = address_of(cases[i].address),
						    .port = cases[i].port };

		assert_int_equal(port_forward_takes(&each, &socket), cases[i].taken);
		assert_int_equal(port_forward_takes(&one, &socket), cases[i].by_one);
		assert_int_equal(port_forward_takes(&ipv6, &socket), cases[i].by_ipv6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_an_address_with_or_without_a_port),
		cmocka_unit_test(what_is_no_target_is_refused),
		cmocka_unit_test(a_forward_leads_to_a_guest_of_the_network),
		cmocka_unit_test(a_forward_is_for_an_address_that_others_reach),
		cmocka_unit_test(a_forward_needs_a_network_that_reaches_the_world_by_the_host),
		cmocka_unit_test(a_port_is_forwarded_once),
		cmocka_unit_test(a_forward_is_written_in_one_way_however_it_was_said),
		cmocka_unit_test(what_is_wrong_with_a_forward_is_told_with_its_line),
		cmocka_unit_test(forwards_are_added_changed_and_deleted),
		cmocka_unit_test(a_change_that_cannot_be_is_one_sentence),
		cmocka_unit_test(
			what_a_socket_of_the_host_gets_is_taken_by_the_forward_of_its_port),
	};

	return cmocka_run_group_tests_name("port-forward", tests, NULL, NULL);
}
