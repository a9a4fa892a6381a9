/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <vif:security>: read and given back wherever it may stand, refused by line, and merged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "formats/spec.h"
#include "model/network.h"
#include "model/security.h"

#define INSIDE                                                                               \
	"<vif:security xmlns:vif='urn:vifd:1' mac='yes' ip='list' dhcp-server='no' ra='no' " \
	"other='no' broadcast='200' optional='no'>\n"
#define DIRECT(inside)                                     \
	"<interface type='direct' xmlns:v='urn:vifd:1'>\n" \
	"<source dev='eth0'/>\n" inside "</interface>"

static struct interface *read_interface(const char *xml)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct interface *interface;

	if (interface_from_xml(xml, strlen(xml), "i.xml", &interface, &err) < 0)
		fail_msg("%s", error_text(&err));
	return interface;
}

static void an_interfaces_is_read_and_given_back(void **state)
{
	static const char xml[] = "<interface type='direct'>\n"
				  "  <source dev='eth0' mode='vepa'/>\n"
				  "  " INSIDE "    <vif:address ip='10.7.0.2'/>\n"
				  "    <vif:address ip='2001:db8::' prefix='64'/>\n"
				  "  </vif:security>\n"
				  "</interface>\n";
	AUTO(interface_freep) struct interface *interface = read_interface(xml);
	AUTO_FREE char *written = NULL;

	assert_int_equal(interface_to_xml(interface, &written, NULL), 0);
	assert_string_equal(written, xml);
	assert_int_equal(interface->security.n_addresses, 2);
	assert_int_equal(interface->security.addresses[0].prefix, 32);
	assert_int_equal(interface->security.ip, SECURITY_IP_LIST);
	assert_int_equal(interface->security.broadcast, 200);
}

static void a_networks_and_a_portgroups_are_read_and_given_back(void **state)
{
	static const char xml[] = "<network>\n"
				  "  <name>red</name>\n"
				  "  <forward dev='eth1' mode='vepa'>\n"
				  "    <interface dev='eth1'/>\n"
				  "  </forward>\n"
				  "  <portgroup name='a'>\n"
				  "    <vif:security xmlns:vif='urn:vifd:1' ra='yes'/>\n"
				  "  </portgroup>\n"
				  "  <vif:security xmlns:vif='urn:vifd:1' ip='learn'/>\n"
				  "</network>\n";
	AUTO(network_freep) struct network *network = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *written = NULL;

	if (network_from_xml(xml, strlen(xml), "n.xml", &network, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(network->security.ip, SECURITY_IP_LEARN);
	assert_int_equal(network->portgroups[0].security.ra, TRISTATE_YES);
	assert_int_equal(network_to_xml(network, &written, NULL), 0);
	assert_string_equal(written, xml);
}

static void what_is_wrong_is_told_by_line(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ DIRECT("<v:security mac='maybe'/>"),
		  "i.xml:3: <v:security mac='maybe'> is not one of yes, no" },
		{ DIRECT("<v:security ip='all'/>"),
		  "i.xml:3: <v:security ip='all'> is not one of no, list, learn" },
		{ DIRECT("<v:security broadcast='0'/>"),
		  "i.xml:3: <v:security broadcast='0'> is not a number from 1 to 1000000" },
		{ DIRECT("<v:security ip='no'><v:address ip='10.0.0.1'/></v:security>"),
		  "i.xml:3: <vif:security ip='no'> can list no addresses" },
		{ DIRECT("<v:security>\n<v:address ip='10.0.0.256'/></v:security>"),
		  "i.xml:4: <v:address ip='10.0.0.256'> is not an IP address" },
		{ DIRECT("<v:security>\n<v:address ip='10.0.0.1' prefix='33'/></v:security>"),
		  "i.xml:4: <v:address prefix='33'> is not a number from 1 to 32" },
		{ DIRECT("<v:security><v:address/></v:security>"),
		  "i.xml:3: <v:address> lacks the attribute 'ip'" },
		{ DIRECT("<v:security arp='yes'/>"),
		  "i.xml:3: <v:security> has an attribute 'arp' that vifd does not know here" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(interface_freep) struct interface *interface = NULL;
		AUTO_ERROR struct error err = ERROR_INIT;

		assert_true(interface_from_xml(cases[i].xml, strlen(cases[i].xml), "i.xml",
					       &interface, &err) < 0);
		assert_string_equal(error_text(&err), cases[i].text);
	}
}

static void more_addresses_than_there_is_room_for_are_refused(void **state)
{
	struct security security = { 0 };
	struct address address;

	assert_int_equal(address_parse("10.0.0.0", &address), 0);
	for (unsigned i = 0; i < SECURITY_ADDRESSES_MAX; i++) {
		address.bytes[3] = (uint8_t)i;
		assert_int_equal(security_add(&security, &address, 32), 0);
		assert_int_equal(security_add(&security, &address, 32), 0);
	}
	address.bytes[3] = 200;
	assert_int_equal(security_add(&security, &address, 32), -E2BIG);
	assert_int_equal(security.n_addresses, SECURITY_ADDRESSES_MAX);
	assert_int_equal(address_parse("2001:db8::1", &address), 0);
	assert_int_equal(security_add(&security, &address, 128), 0);
	security_done(&security);
}

/* --- SPEC --- */

static struct interface *read_spec(const char *spec)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct interface *interface;

	if (interface_from_spec(spec, &interface, &err) < 0)
		fail_msg("%s", error_text(&err));
	return interface;
}

static void a_spec_says_it_in_a_word(void **state)
{
	AUTO(interface_freep) struct interface *mac = read_spec("dev=eth0,security=mac");
	AUTO(interface_freep) struct interface *no = read_spec("dev=eth0,security=no");
	AUTO(interface_freep) struct interface *learn = read_spec("dev=eth0,security=learn");
	AUTO(interface_freep)
	struct interface *list = read_spec("dev=eth0,security=10.7.0.2+2001:db8::/64");
	AUTO(interface_freep) struct interface *none = read_spec("dev=eth0");

	assert_int_equal(mac->security.mac, TRISTATE_YES);
	assert_int_equal(no->security.mac, TRISTATE_NO);
	assert_int_equal(no->security.dhcp_server, TRISTATE_YES);
	assert_int_equal(learn->security.ip, SECURITY_IP_LEARN);
	assert_int_equal(list->security.n_addresses, 2);
	assert_int_equal(list->security.addresses[1].prefix, 64);
	assert_false(none->security.set);
}

static void a_spec_that_is_neither_is_refused(void **state)
{
	static const char *const values[] = { "strict", "10.0.0.1+", "10.0.0.1/0", "10.0.0.1/33" };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		AUTO(interface_freep) struct interface *interface = NULL;
		AUTO_ERROR struct error err = ERROR_INIT;
		char spec[64], text[160];

		snprintf(spec, sizeof(spec), "dev=eth0,security=%s", values[i]);
		snprintf(text, sizeof(text),
			 "'%s': security='%s' is neither one of no, mac, learn nor a list of "
			 "addresses joined by '+'",
			 spec, values[i]);
		assert_true(interface_from_spec(spec, &interface, &err) < 0);
		assert_string_equal(error_text(&err), text);
	}
}

/* --- merged --- */

static struct security merge(const struct security *interface, const struct security *network,
			     bool managed)
{
	const struct security *const sources[] = { interface, NULL, network };
	struct security merged;

	assert_int_equal(security_merge(sources, ARRAY_SIZE(sources), managed, &merged), 0);
	return merged;
}

static void where_nobody_says_anything_only_vifds_own_networks_have_it(void **state)
{
	const struct security none = { 0 };
	struct security own = merge(&none, &none, true), other = merge(&none, &none, false);

	assert_false(security_checks(&other));
	assert_true(security_checks(&own));
	assert_int_equal(own.mac, TRISTATE_YES);
	assert_int_equal(own.ip, SECURITY_IP_NO);
	assert_int_equal(own.dhcp_server, TRISTATE_NO);
	assert_int_equal(own.ra, TRISTATE_NO);
	assert_int_equal(own.other, TRISTATE_YES);
	assert_int_equal(own.optional, TRISTATE_YES);
}

static void each_part_is_that_of_the_most_particular(void **state)
{
	const struct security network = {
		.set = true, .ip = SECURITY_IP_LEARN, .broadcast = 100, .ra = TRISTATE_YES
	};
	const struct security interface = { .set = true,
					    .ra = TRISTATE_NO,
					    .dhcp_server = TRISTATE_YES };
	struct security merged = merge(&interface, &network, false);

	assert_int_equal(merged.ip, SECURITY_IP_LEARN);
	assert_int_equal(merged.broadcast, 100);
	assert_int_equal(merged.ra, TRISTATE_NO);
	assert_int_equal(merged.dhcp_server, TRISTATE_YES);
	assert_int_equal(merged.mac, TRISTATE_YES);
	assert_int_equal(merged.optional, TRISTATE_NO);
}

static void who_lists_addresses_means_that_only_these_are_sent(void **state)
{
	struct security interface = { .set = true }, merged, again;
	const struct security network = { .set = true, .ip = SECURITY_IP_NO };
	struct address address;

	assert_int_equal(address_parse("10.7.0.2", &address), 0);
	assert_int_equal(security_add(&interface, &address, 32), 0);
	merged = merge(&interface, &network, false);
	assert_int_equal(merged.ip, SECURITY_IP_LIST);
	assert_int_equal(merged.n_addresses, 1);
	assert_int_equal(security_copy(&merged, &again), 0);
	assert_true(security_equal(&merged, &again));
	again.addresses[0].prefix = 31;
	assert_false(security_equal(&merged, &again));
	security_done(&interface);
	security_done(&merged);
	security_done(&again);
}

static void all_switched_off_is_nothing_to_check(void **state)
{
	AUTO(interface_freep) struct interface *no = read_spec("dev=eth0,security=no");
	struct security merged = merge(&no->security, NULL, true);

	assert_true(merged.set);
	assert_false(security_checks(&merged));
}

static void expect_words(const char *spec, bool managed, const char *expected)
{
	AUTO(interface_freep) struct interface *interface = read_spec(spec);
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *words = NULL;
	struct security merged = merge(&interface->security, NULL, managed);

	security_print(&merged, &text);
	assert_int_equal(text_take(&text, &words), 0);
	assert_string_equal(words, expected);
	security_done(&merged);
}

static void what_passes_is_told_in_words(void **state)
{
	expect_words("dev=eth0", false, "");
	expect_words("dev=eth0,security=no", true, "");
	expect_words("dev=eth0", true,
		     "only the guest's MAC; no DHCP answers; no router advertisements");
	expect_words("dev=eth0,security=learn", false,
		     "only the guest's MAC; only the addresses that the network gives; "
		     "no DHCP answers; no router advertisements");
	expect_words("dev=eth0,security=10.7.0.2+10.7.0.8/29+2001:db8::2", false,
		     "only the guest's MAC; only 10.7.0.2, 10.7.0.8/29 and 2001:db8::2; "
		     "no DHCP answers; no router advertisements");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interfaces_is_read_and_given_back),
		cmocka_unit_test(a_networks_and_a_portgroups_are_read_and_given_back),
		cmocka_unit_test(what_is_wrong_is_told_by_line),
		cmocka_unit_test(more_addresses_than_there_is_room_for_are_refused),
		cmocka_unit_test(a_spec_says_it_in_a_word),
		cmocka_unit_test(a_spec_that_is_neither_is_refused),
		cmocka_unit_test(where_nobody_says_anything_only_vifds_own_networks_have_it),
		cmocka_unit_test(each_part_is_that_of_the_most_particular),
		cmocka_unit_test(who_lists_addresses_means_that_only_these_are_sent),
		cmocka_unit_test(all_switched_off_is_nothing_to_check),
		cmocka_unit_test(what_passes_is_told_in_words),
	};

	return cmocka_run_group_tests_name("security", tests, NULL, NULL);
}
