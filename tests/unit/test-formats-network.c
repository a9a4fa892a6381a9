/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "formats/network-xml.h"

static int read_text(const char *xml, struct network **ret, struct error *err)
{
	return network_from_xml(xml, strlen(xml), "n.xml", ret, err);
}

static struct network *read_good(const char *xml)
{
	struct network *network = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, read_text(xml, &network, &err));
	return network;
}

static void assert_written(const struct network *network, const char *expected)
{
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, network_to_xml(network, &xml, &err));
	assert_string_equal(xml, expected);
}

/* in is read and written as out, and out as itself. */
static void assert_becomes(const char *in, const char *out)
{
	AUTO(network_freep) struct network *network = read_good(in);
	AUTO(network_freep) struct network *again = read_good(out);

	assert_written(network, out);
	assert_written(again, out);
}

static void assert_refused(enum error_kind kind, const char *xml, const char *text)
{
	struct network *network = NULL;
	struct error err = ERROR_INIT;
	int r = read_text(xml, &network, &err);

	assert_error(&err, r, kind, text);
	assert_null(network);
}

#define BRIDGED(inside) \
	"<network>\n<name>n</name>\n<forward mode='bridge'/>\n" inside "\n</network>"
#define FORWARD(inside) "<network>\n<name>n</name>\n" inside "\n</network>"

static void a_pool_and_its_lines_are_read(void **state)
{
	AUTO(network_freep)
	struct network *network = read_good("<network>\n"
					    "  <name>red</name>\n"
					    "  <uuid>81ff0d90c91e674264da4a736edb9a8b</uuid>\n"
					    "  <forward mode='vepa' dev='eth1'>\n"
					    "    <interface dev='eth1'/>\n"
					    "    <interface dev='eth2' connections='3'/>\n"
					    "  </forward>\n"
					    "</network>\n");
	char uuid[UUID_TEXT_SIZE];

	uuid_format(&network->uuid, uuid);
	assert_string_equal(network->name, "red");
	assert_true(network->has_uuid);
	assert_string_equal(uuid, "81ff0d90-c91e-6742-64da-4a736edb9a8b");
	assert_int_equal(network->forward, FORWARD_VEPA);
	assert_int_equal(network->forward_line, 4);
	assert_int_equal(network->n_pool, 2);
	assert_string_equal(network->pool[0].dev, "eth1");
	assert_int_equal(network->pool[0].line, 5);
	assert_string_equal(network->pool[1].dev, "eth2");
	assert_int_equal(network->pool[1].line, 6);
	assert_null(network->bridge.name);
}

static void the_first_of_the_pool_is_given_as_dev_too(void **state)
{
	static const char one[] = "<network>\n"
				  "  <name>n</name>\n"
				  "  <forward dev='eth1' mode='private'>\n"
				  "    <interface dev='eth1'/>\n"
				  "  </forward>\n"
				  "</network>\n";

	assert_becomes(FORWARD("<forward dev='eth1' mode='private'/>"), one);
	assert_becomes(FORWARD("<forward mode='private'><interface dev='eth1'/></forward>"), one);
}

static void what_vifd_adds_is_read_and_given_back(void **state)
{
	static const char full[] =
		"<network>\n"
		"  <name>n</name>\n"
		"  <forward dev='eth1' mode='bridge'>\n"
		"    <interface dev='eth1' xmlns:vif='urn:vifd:1' vif:mac='02:00:00:00:00:0a'/>\n"
		"    <interface dev='eth2'/>\n"
		"  </forward>\n"
		"  <vif:port xmlns:vif='urn:vifd:1' type='live'/>\n"
		"  <vif:pool xmlns:vif='urn:vifd:1' failover='yes'/>\n"
		"  <a:y xmlns:a=\"urn:a\"/>\n"
		"</network>\n";
	AUTO(network_freep) struct network *network = read_good(full);
	char mac[MAC_TEXT_SIZE];

	assert_int_equal(network->port_type, PORT_TYPE_LIVE);
	assert_true(network->failover);
	assert_true(network->pool[0].has_mac);
	mac_format(&network->pool[0].mac, mac);
	assert_string_equal(mac, "02:00:00:00:00:0a");
	assert_false(network->pool[1].has_mac);
	assert_becomes(
		"<network xmlns:v='urn:vifd:1'><a:y xmlns:a='urn:a'/><v:pool failover='yes'/>"
		"<v:port type='live'/><forward mode='bridge'>"
		"<interface v:mac='02:00:00:00:00:0A' dev='eth1'/><interface dev='eth2'/>"
		"</forward><name>n</name></network>",
		full);
}

static void no_failover_is_the_default_and_not_written(void **state)
{
	assert_becomes(BRIDGED("<p:pool xmlns:p='urn:vifd:1' failover='no'/>"),
		       "<network>\n  <name>n</name>\n  <forward mode='bridge'/>\n</network>\n");
}

static void a_host_bridge_is_written_after_forward(void **state)
{
	assert_becomes("<network connections='7'><bridge delay='0' name='br0'/>"
		       "<forward mode='bridge' dev=''/><name>n</name></network>",
		       "<network>\n"
		       "  <name>n</name>\n"
		       "  <forward mode='bridge'/>\n"
		       "  <bridge name='br0'/>\n"
		       "</network>\n");
}

static void title_description_metadata_and_foreign_things_are_kept(void **state)
{
	assert_becomes("<network xmlns:a='urn:a' a:b='1'><name>n</name>\n"
		       "<metadata>\n  <a:x b=\"1\">t</a:x>\n</metadata>\n"
		       "<description>two\nlines &lt;</description><title>a 'b'</title>\n"
		       "<forward mode='bridge'/><a:y/>\n"
		       "<vif:port xmlns:vif='urn:vifd:1' type='direct'/></network>",
		       "<network xmlns:a='urn:a' a:b='1'>\n"
		       "  <name>n</name>\n"
		       "  <title>a &apos;b&apos;</title>\n"
		       "  <description>two\nlines &lt;</description>\n"
		       "  <metadata xmlns:a=\"urn:a\">\n  <a:x b=\"1\">t</a:x>\n</metadata>\n"
		       "  <forward mode='bridge'/>\n"
		       "  <vif:port xmlns:vif='urn:vifd:1' type='direct'/>\n"
		       "  <a:y xmlns:a=\"urn:a\"/>\n"
		       "</network>\n");
}

static void settings_that_are_the_default_are_kept(void **state)
{
	/* But ipv6='no', which libvirt does not write either. */
	assert_becomes("<network ipv6='no' trustGuestRxFilters='no'><name>n</name>"
		       "<port isolated='no'/><forward mode='bridge'/>"
		       "<bridge macTableManager='kernel' name='br0'/></network>",
		       "<network trustGuestRxFilters='no'>\n"
		       "  <name>n</name>\n"
		       "  <forward mode='bridge'/>\n"
		       "  <bridge name='br0' macTableManager='kernel'/>\n"
		       "  <port isolated='no'/>\n"
		       "</network>\n");
}

static void what_is_required_is_named_when_it_lacks(void **state)
{
	assert_refused(ERROR_INVALID_XML, "<network><forward mode='bridge'/></network>",
		       "n.xml:1: <network> lacks the element <name>");
	assert_refused(ERROR_INVALID_XML, FORWARD("<forward mode='vepa'>\n<interface/></forward>"),
		       "n.xml:4: <interface> lacks the attribute 'dev'");
	assert_refused(ERROR_INVALID_XML, BRIDGED("<p:pool xmlns:p='urn:vifd:1'/>"),
		       "n.xml:4: <p:pool> lacks the attribute 'failover'");
	assert_refused(ERROR_INVALID_XML, BRIDGED("<name>m</name>"),
		       "n.xml:4: <name> stands twice in <network> (first in line 2)");
	assert_refused(ERROR_INVALID_XML, "<interface/>",
		       "n.xml:1: the root element is <interface>, not <network>");
}

static void values_out_of_range_are_named_with_their_element(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ "<network><name/><forward mode='bridge'/></network>",
		  "n.xml:1: <name></name> is empty" },
		{ "<network>\n<name>a/b</name><forward mode='bridge'/></network>",
		  "n.xml:2: network name 'a/b' may not begin with '.', hold '/' or a line break, "
		  "or have more than 200 characters" },
		{ BRIDGED("<uuid>zz</uuid>"), "n.xml:4: <uuid>zz</uuid> is not a UUID" },
		{ BRIDGED("<title>a\nb</title>"), "n.xml:4: <title> may have one line only" },
		{ FORWARD("<forward mode='x'/>"),
		  "n.xml:3: <forward mode='x'> is not one of none, nat, route, open, bridge, vepa, "
		  "private, passthrough, hostdev" },
		{ FORWARD("<forward mode='vepa' dev='e1'>\n<interface dev='e0'/></forward>"),
		  "n.xml:3: <forward dev='e1'> is not the first of the list, <interface "
		  "dev='e0'> in line 4" },
		{ FORWARD("<forward mode='vepa'>\n<interface dev='e0'/>\n<interface dev='e0'/>"
			  "</forward>"),
		  "n.xml:5: interface 'e0' stands twice in the list of network 'n'" },
		{ FORWARD("<forward mode='vepa'>\n<interface dev=''/></forward>"),
		  "n.xml:4: <interface dev=''> is empty" },
		{ FORWARD("<forward mode='vepa' dev='averyveryverylongname0'/>"),
		  "n.xml:3: interface 'averyveryverylongname0' of network 'n' is not a name that "
		  "a device can have" },
		{ FORWARD("<forward mode='vepa' dev='e0'/>\n<bridge name='br0'/>"),
		  "n.xml:4: network 'n' has forward mode='vepa', which uses no bridge; 'br0' is "
		  "one" },
		{ FORWARD("<forward mode='bridge' dev='e0'/>\n<bridge name='br0'/>"),
		  "n.xml:4: network 'n' with forward mode='bridge' can have a bridge name or a "
		  "forward dev, not both" },
		{ BRIDGED("<bridge name='a b'/>"),
		  "n.xml:4: bridge 'a b' of network 'n' is not a name that a device can have" },
		{ BRIDGED("<bridge stp='on'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <bridge stp=> is possible only "
		  "for a network with a bridge of its own (mode nat, route, open or none)" },
		{ BRIDGED("<bridge delay='3'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <bridge delay=> is possible "
		  "only "
		  "for a network with a bridge of its own (mode nat, route, open or none)" },
		{ BRIDGED("<p:port xmlns:p='urn:vifd:1' type='fast'/>"),
		  "n.xml:4: <p:port type='fast'> is not one of direct, live" },
		{ BRIDGED("<p:pool xmlns:p='urn:vifd:1' failover='on'/>"),
		  "n.xml:4: <p:pool failover='on'> is not one of yes, no" },
		{ FORWARD("<forward mode='vepa'>\n<interface dev='e' xmlns:p='urn:vifd:1' "
			  "p:mac='1'/></forward>"),
		  "n.xml:4: <interface p:mac='1'> is not a MAC address that a device can have" },
		{ "<network ipv6='x'><name>n</name><forward mode='bridge'/></network>",
		  "n.xml:1: <network ipv6='x'> is not one of yes, no" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_INVALID_ARGUMENT, cases[i].xml, cases[i].text);
}

static void what_nobody_knows_is_refused_by_line(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ FORWARD("<forward mode='vepa'><interface xmlns:a='urn:a' a:b='' dev='e'/>"
			  "</forward>"),
		  "n.xml:3: 'xmlns:a' cannot be kept inside <interface>" },
		{ BRIDGED("<portgroup name='p' xmlns:a='urn:a' a:b=''/>"),
		  "n.xml:4: 'xmlns:a' cannot be kept inside <portgroup>" },
		{ BRIDGED("<vlan><tag id='1'/><a:x xmlns:a='urn:a'/></vlan>"),
		  "n.xml:4: 'a:x' cannot be kept inside <vlan>" },
		{ BRIDGED("<ip address='10.0.0.1'><a:x xmlns:a='urn:a'/></ip>"),
		  "n.xml:4: 'a:x' cannot be kept inside <ip>" },
		{ BRIDGED("<dns><host ip='10.0.0.1' id='2'/></dns>"),
		  "n.xml:4: <host> has an attribute 'id' that vifd does not know here" },
		{ BRIDGED("<p:link xmlns:p='urn:vifd:1' follow='yes'/>"),
		  "n.xml:4: <network> has an element <p:link> that vifd does not know here" },
		{ FORWARD("<forward mode='vepa' dev='e' xmlns:p='urn:vifd:1' "
			  "p:mac='02:00:00:00:00:01'/>"),
		  "n.xml:3: <forward> has an attribute 'p:mac' that vifd does not know here" },
		{ "<network><name a='1'>n</name><forward mode='vepa'/></network>",
		  "n.xml:1: <name> has an attribute 'a' that vifd does not know here" },
		{ BRIDGED("<uuid>\n<b/></uuid>"),
		  "n.xml:5: <uuid> has an element <b> that vifd does not know here" },
		{ BRIDGED("<speed/>"),
		  "n.xml:4: <network> has an element <speed> that vifd does not know here" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_NOT_SUPPORTED, cases[i].xml, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_and_its_lines_are_read),
		cmocka_unit_test(the_first_of_the_pool_is_given_as_dev_too),
		cmocka_unit_test(what_vifd_adds_is_read_and_given_back),
		cmocka_unit_test(no_failover_is_the_default_and_not_written),
		cmocka_unit_test(a_host_bridge_is_written_after_forward),
		cmocka_unit_test(title_description_metadata_and_foreign_things_are_kept),
		cmocka_unit_test(settings_that_are_the_default_are_kept),
		cmocka_unit_test(what_is_required_is_named_when_it_lacks),
		cmocka_unit_test(values_out_of_range_are_named_with_their_element),
		cmocka_unit_test(what_nobody_knows_is_refused_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
