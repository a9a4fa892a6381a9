/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/dhcp-leases.h"
#include "util/cleanup.h"

static struct dhcp_leases leases_of(const char *text)
{
	struct dhcp_leases leases = { 0 };

	assert_int_equal(dhcp_leases_read(text, &leases), 0);
	return leases;
}

static void assert_address(const struct dhcp_lease *lease, const char *expected)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(&lease->address, text);
	assert_string_equal(text, expected);
}

/* As dnsmasq 2.90 has written it. */
static void a_file_of_both_families(void **state)
{
	struct dhcp_leases leases = leases_of(
		"1795261524 52:54:00:00:00:01 192.168.77.18 one 01:52:54:00:00:00:01\n"
		"0 52:54:00:00:00:02 192.168.77.99 * *\n"
		"duid 00:01:00:01:32:9f:5a:d3:9e:7b:35:b8:21:54\n"
		"1795261530 2 fd00::10 three 00:03:00:01:52:54:00:00:00:03\n"
		"1795261530 T7 fd00::1f * 00:04:9a\n");
	char mac[MAC_TEXT_SIZE];

	assert_int_equal(leases.n, 4);
	assert_int_equal(leases.items[0].expiry, 1795261524);
	assert_true(leases.items[0].has_mac);
	mac_format(&leases.items[0].mac, mac);
	assert_string_equal(mac, "52:54:00:00:00:01");
	assert_address(&leases.items[0], "192.168.77.18");
	assert_string_equal(leases.items[0].name, "one");
	assert_string_equal(leases.items[0].client_id, "01:52:54:00:00:00:01");
	assert_int_equal(leases.items[1].expiry, 0);
	assert_null(leases.items[1].name);
	assert_null(leases.items[1].client_id);
	assert_false(leases.items[2].has_mac);
	assert_address(&leases.items[2], "fd00::10");
	assert_string_equal(leases.items[2].name, "three");
	assert_string_equal(leases.items[2].client_id, "00:03:00:01:52:54:00:00:00:03");
	assert_address(&leases.items[3], "fd00::1f");
	dhcp_leases_done(&leases);
}

/* InfiniBand's, by its type: it is a lease, of nobody whom vifd has connected. */
static void an_address_that_is_not_of_ethernet_is_none(void **state)
{
	struct dhcp_leases leases = leases_of("9 20-80:00:02:08:fe 10.0.0.1 * ff:00\n");

	assert_int_equal(leases.n, 1);
	assert_false(leases.items[0].has_mac);
	dhcp_leases_done(&leases);
}

static void what_is_no_lease_is_passed_over(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"nonsense\n",
		"1 2 3\n",
		"1 52:54:00:00:00:01 192.168.77.18 one\n",
		"1 52:54:00:00:00:01 192.168.77.18 one * more\n",
		"1  52:54:00:00:00:01 192.168.77.18 one *\n",
		"x 52:54:00:00:00:01 192.168.77.18 one *\n",
		"99999999999999999999 52:54:00:00:00:01 192.168.77.18 one *\n",
		"1 52:54:00:00:00 192.168.77.18 one *\n",
		"1 52:54:00:00:00:01 192.168.77.1800 one *\n",
		"1 one fd00::1 one *\n",
		"1 4294967296 fd00::1 one *\n",
		/* dnsmasq has not written its end yet: the address may be a longer one. */
		"1 52:54:00:00:00:01 192.168.77.1 one *",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct dhcp_leases leases = leases_of(lines[i]);

		if (leases.n > 0)
			fail_msg("a lease: %s", lines[i]);
		dhcp_leases_done(&leases);
	}
}

static void a_broken_line_hides_no_other(void **state)
{
	struct dhcp_leases leases = leases_of("1 52:54:00:00:\n"
					      "2 52:54:00:00:00:02 10.0.0.2 * *\n");

	assert_int_equal(leases.n, 1);
	assert_address(&leases.items[0], "10.0.0.2");
	dhcp_leases_done(&leases);
}

/* The file's writer talks to guests: what it says of names is what they say. */
static void a_name_has_the_characters_of_names_only(void **state)
{
	struct dhcp_leases leases = leases_of("1 52:54:00:00:00:01 10.0.0.1 a\x1b[31mb 01:zz\n"
					      "1 52:54:00:00:00:02 10.0.0.2 b\xff *\n"
					      "1 52:54:00:00:00:03 10.0.0.3 A-1_b.example *\n");

	assert_int_equal(leases.n, 3);
	assert_null(leases.items[0].name);
	assert_null(leases.items[0].client_id);
	assert_null(leases.items[1].name);
	assert_string_equal(leases.items[2].name, "A-1_b.example");
	dhcp_leases_done(&leases);
}

static void no_more_is_read_than_there_can_be(void **state)
{
	static const char line[] = "1 52:54:00:00:00:01 10.0.0.1 one *\n";
	size_t n = DHCP_LEASES_MAX + 10, length = strlen(line);
	AUTO_FREE char *text = malloc(n * length + 1);
	struct dhcp_leases leases;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * length, line, length + 1);
	leases = leases_of(text);
	assert_int_equal(leases.n, DHCP_LEASES_MAX);
	dhcp_leases_done(&leases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_both_families),
		cmocka_unit_test(an_address_that_is_not_of_ethernet_is_none),
		cmocka_unit_test(what_is_no_lease_is_passed_over),
		cmocka_unit_test(a_broken_line_hides_no_other),
		cmocka_unit_test(a_name_has_the_characters_of_names_only),
		cmocka_unit_test(no_more_is_read_than_there_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
