/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/network.h"

static struct address address(const char *text)
{
	struct address address = { 0 };

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

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
		{ .address = address("192.168.122.1"), .has_prefix = true, .prefix = 24 },
		{ .address = address("fd00:1::1"),
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
		.port = (uint16_t)port, .to = address(to), .to_port = 80, .line = 5
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
		   "address there, not a guest's");
	expect_one(forward(0, "192.168.122.10"),
		   "line 5: <vif:forward> of network 'red' has port 0; ports are 1 to 65535");
}

static void a_forward_is_for_an_address_that_others_reach(void **state)
{
	struct port_forward one = forward(8080, "192.168.122.10");

	one.address = address("10.0.0.1");
	expect_one(one, NULL);
	one.address = address("127.0.0.1");
	expect_one(one, "line 5: <vif:forward address='127.0.0.1'> of network 'red' is not an "
			"address that others reach the host at");
	one.address = address("0.0.0.0");
	expect_one(one, "line 5: <vif:forward address='0.0.0.0'> of network 'red' is not an "
			"address that others reach the host at");
	one.address = address("fd00::1");
	expect_one(one, "line 5: <vif:forward address='fd00::1'> of network 'red' is not of the "
			"family of its guest's address");
	one.to = address("fd00:1::10");
	expect_one(one, NULL);
	one.address = address("::1");
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
	two[1].address = address("10.0.0.1");
	expect(FORWARD_NAT, two, 2, sentence);
	two[0].address = address("10.0.0.1");
	expect(FORWARD_NAT, two, 2, sentence);
	two[0].address = address("10.0.0.2");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_an_address_with_or_without_a_port),
		cmocka_unit_test(what_is_no_target_is_refused),
		cmocka_unit_test(a_forward_leads_to_a_guest_of_the_network),
		cmocka_unit_test(a_forward_is_for_an_address_that_others_reach),
		cmocka_unit_test(a_forward_needs_a_network_that_reaches_the_world_by_the_host),
		cmocka_unit_test(a_port_is_forwarded_once),
	};

	return cmocka_run_group_tests_name("port-forward", tests, NULL, NULL);
}
