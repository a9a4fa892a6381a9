/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include <time.h>

#include "formats/network-xml.h"
#include "util/text.h"

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

static void a_reflective_relay_is_of_the_ports_and_of_host_interfaces(void **state)
{
	static const char full[] = "<network>\n"
				   "  <name>n</name>\n"
				   "  <forward mode='bridge'/>\n"
				   "  <bridge name='br0'/>\n"
				   "  <vif:reflective-relay xmlns:vif='urn:vifd:1'/>\n"
				   "  <vif:reflective-relay xmlns:vif='urn:vifd:1' dev='eth1'/>\n"
				   "  <vif:reflective-relay xmlns:vif='urn:vifd:1' dev='eth2'/>\n"
				   "</network>\n";

	assert_becomes(full, full);
	assert_becomes(BRIDGED("<bridge name='br0'/><v:reflective-relay xmlns:v='urn:vifd:1' "
			       "dev='eth1'/><v:reflective-relay xmlns:v='urn:vifd:1'/>"
			       "<v:reflective-relay dev='eth2' xmlns:v='urn:vifd:1'/>"),
		       full);
}

static void the_hosts_addresses_among_its_guests_are_given_back(void **state)
{
	static const char full[] =
		"<network>\n"
		"  <name>n</name>\n"
		"  <forward dev='eth1' mode='bridge'>\n"
		"    <interface dev='eth1'/>\n"
		"  </forward>\n"
		"  <vif:host-access xmlns:vif='urn:vifd:1' address='192.0.2.129' prefix='25'/>\n"
		"  <vif:host-access xmlns:vif='urn:vifd:1' address='2001:db8::1' prefix='64'/>\n"
		"</network>\n";

	assert_becomes(full, full);
}

#define TUNNEL(attributes, inside)                                                           \
	"<network>\n<name>n</name>\n<v:tunnel xmlns:v='urn:vifd:1' type='vxlan' " attributes \
	">" inside "</v:tunnel></network>"

static void a_tunnel_is_given_back(void **state)
{
	static const char many[] =
		"<network>\n"
		"  <name>n</name>\n"
		"  <bridge stp='off' delay='0'/>\n"
		"  <vif:tunnel xmlns:vif='urn:vifd:1' type='vxlan' id='42' port='8472' dev='eth1' "
		"learning='no'>\n"
		"    <vif:remote address='192.0.2.2'>\n"
		"      <vif:mac address='52:54:00:00:00:01'/>\n"
		"      <vif:mac address='52:54:00:00:00:02'/>\n"
		"    </vif:remote>\n"
		"    <vif:remote address='192.0.2.3'/>\n"
		"  </vif:tunnel>\n"
		"</network>\n";
	static const char group[] =
		"<network>\n"
		"  <name>n</name>\n"
		"  <bridge stp='off' delay='0'/>\n"
		"  <vif:tunnel xmlns:vif='urn:vifd:1' type='vxlan' id='16777215' dev='eth1' "
		"group='ff05::42'/>\n"
		"</network>\n";
	static const char one[] =
		"<network>\n"
		"  <name>n</name>\n"
		"  <bridge stp='off' delay='0'/>\n"
		"  <vif:tunnel xmlns:vif='urn:vifd:1' type='vxlan' id='1' remote='2001:db8::2'/>\n"
		"</network>\n";

	assert_becomes(many, many);
	assert_becomes(group, group);
	assert_becomes(one, one);
	assert_becomes(TUNNEL("id='1' port='4789'", "<v:remote address='2001:db8::2'/>"), one);
}

static void no_failover_is_the_default_and_not_written(void **state)
{
	assert_becomes(BRIDGED("<p:pool xmlns:p='urn:vifd:1' failover='no'/>"),
		       "<network>\n  <name>n</name>\n  <forward mode='bridge'/>\n</network>\n");
}

static void an_opened_packet_filter_is_read_and_given_back(void **state)
{
	static const char open[] = "<network>\n"
				   "  <name>n</name>\n"
				   "  <forward mode='nat'/>\n"
				   "  <bridge stp='off' delay='0'/>\n"
				   "  <ip address='10.0.0.1' prefix='24'>\n"
				   "  </ip>\n"
				   "  <vif:firewall xmlns:vif='urn:vifd:1' open='yes'/>\n"
				   "</network>\n";

	assert_becomes(open, open);
	assert_becomes(
		"<network><name>n</name><p:firewall xmlns:p='urn:vifd:1' open='no'/>"
		"</network>",
		"<network>\n  <name>n</name>\n  <bridge stp='off' delay='0'/>\n</network>\n");
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
	assert_refused(ERROR_INVALID_XML,
		       BRIDGED("<bridge name='b'/><v:reflective-relay xmlns:v='urn:vifd:1'/>\n"
			       "<v:reflective-relay xmlns:v='urn:vifd:1'/>"),
		       "n.xml:5: <v:reflective-relay> without dev stands twice in <network> (first "
		       "in line 4)");
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
		  "n.xml:3: interface 'averyveryverylongname0' of network 'n' is too long; a "
		  "device's name has at most 15 characters" },
		{ FORWARD("<forward mode='vepa' dev='e0'/>\n<bridge name='br0'/>"),
		  "n.xml:4: network 'n' has forward mode='vepa', which uses no bridge; 'br0' is "
		  "one" },
		{ FORWARD("<forward mode='bridge' dev='e0'/>\n<bridge name='br0'/>"),
		  "n.xml:4: network 'n' with forward mode='bridge' can have a bridge name or a "
		  "forward dev, not both" },
		{ BRIDGED("<bridge name='a b'/>"),
		  "n.xml:4: bridge 'a b' of network 'n' is not a name that a device can have" },
		{ BRIDGED("<bridge name='virbr-kubernetes'/>"),
		  "n.xml:4: bridge 'virbr-kubernetes' of network 'n' is too long; a device's name "
		  "has at most 15 characters" },
		{ BRIDGED("<bridge stp='on'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <bridge stp=> is possible only "
		  "for a network with a bridge of its own (mode nat, route, open or none)" },
		{ BRIDGED("<bridge delay='3'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <bridge delay=> is possible "
		  "only "
		  "for a network with a bridge of its own (mode nat, route, open or none)" },
		{ BRIDGED("<p:port xmlns:p='urn:vifd:1' type='fast'/>"),
		  "n.xml:4: <p:port type='fast'> is not one of direct, live" },
		{ BRIDGED("<p:firewall xmlns:p='urn:vifd:1' open='yes'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <vif:firewall open=> is "
		  "possible only for a network with a bridge of its own (mode nat, route, open or "
		  "none)" },
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

#define MANAGED(inside) "<network>\n<name>n</name>\n" inside "\n</network>"
#define IP(inside) MANAGED("<ip address='10.0.0.1' prefix='24'>\n" inside "</ip>")
#define IP6(inside) MANAGED("<ip family='ipv6' address='2001:db8::1' prefix='64'>\n" inside "</ip>")
#define DHCP(inside) IP("<dhcp>" inside "</dhcp>")
#define LABEL_63 "a23456789b123456789c123456789d123456789e123456789f123456789g123"
#define DNS(inside) MANAGED("<dns>" inside "</dns>")
#define ACCESS(address, prefix) \
	"<v:host-access xmlns:v='urn:vifd:1' address='" address "' prefix='" prefix "'/>"
#define ON_E0(inside) FORWARD("<forward mode='bridge' dev='e0'/>" inside)
#define NAT(inside) \
	MANAGED("<forward mode='nat'><nat>\n" inside "</nat></forward><ip address='10.0.0.1'/>")

/* One row a rule: what libvirt refuses too, and what it would drop in silence. */
static void rules_between_elements_are_told_in_a_sentence(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ FORWARD("<forward mode='nat'/>"),
		  "n.xml:3: network 'n' has forward mode='nat', which needs an <ip>" },
		{ FORWARD("<forward/>"),
		  "n.xml:3: network 'n' has forward mode='nat', which needs an <ip>" },
		{ FORWARD("<forward mode='route'>\n<interface dev='a'/>\n<interface "
			  "dev='b'/></forward><ip address='10.0.0.1'/>"),
		  "n.xml:5: network 'n' has forward mode='route', which can have one interface; "
		  "'b' is the second" },
		{ FORWARD("<forward mode='open' dev='e0'/>"),
		  "n.xml:3: network 'n' has forward mode='open', which uses no interface; 'e0' is "
		  "one" },
		{ FORWARD("<forward mode='vepa' dev='e0'><pf dev='p0'/></forward>"),
		  "n.xml:3: <forward dev='e0'> cannot stand beside <address> or <pf>" },
		{ FORWARD("<forward mode='nat'>\n<pf dev='p0'/></forward><ip address='10.0.0.1'/>"),
		  "n.xml:4: network 'n' has forward mode='nat', which uses no <pf dev='p0'>" },
		{ FORWARD("<forward mode='hostdev' dev='e0'/>"),
		  "n.xml:3: network 'n' has forward mode='hostdev' and lists interface 'e0'; it "
		  "needs its devices by PCI <address>" },
		{ FORWARD("<forward mode='vepa'>\n<address type='pci' bus='1' slot='2' "
			  "function='3'/></forward>"),
		  "n.xml:4: network 'n' has forward mode='vepa'; devices can be listed by PCI "
		  "<address> only with mode='hostdev'" },
		{ FORWARD("<forward mode='hostdev'>\n<address type='pci' bus='1' slot='2' "
			  "function='3'/>\n<address type='pci' bus='0x1' slot='2' "
			  "function='3'/></forward>"),
		  "n.xml:5: PCI device 0000:01:02.3 stands twice in the list of network 'n'" },
		{ FORWARD("<forward mode='hostdev'>\n<address type='pci' bus='256' slot='2' "
			  "function='3'/></forward>"),
		  "n.xml:4: <address bus='256'> is not a number from 0 to 0xff" },
		{ FORWARD("<forward mode='vepa'/>\n<bridge macTableManager='libvirt'/>"),
		  "n.xml:4: network 'n' has forward mode='vepa', which uses no bridge; <bridge "
		  "macTableManager='libvirt'> needs one" },
		{ MANAGED("<bridge name='a%d%d'/>"),
		  "n.xml:3: bridge 'a%d%d' of network 'n' may hold one %d and no other '%'" },
		{ MANAGED("<bridge name='virbr-kubernet-%d'/>"),
		  "n.xml:3: bridge 'virbr-kubernet-%d' of network 'n' is too long; a device's name "
		  "has at most 15 characters" },
		{ MANAGED("<mtu size='67'/>"),
		  "n.xml:3: <mtu size='67'> is not a number from 68 to 65535" },
		{ BRIDGED("<mtu size='1500'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <mtu> is possible only for a "
		  "network with a bridge of its own (mode nat, route, open or none)" },
		{ BRIDGED("<virtualport/>"),
		  "n.xml:4: <virtualport> of network 'n' lacks the attribute 'type'; only one of a "
		  "portgroup or an interface may" },
		{ BRIDGED("<bandwidth>\n<inbound average='1'/></bandwidth>"),
		  "n.xml:4: network 'n' has forward mode='bridge' and no bridge, so that "
		  "<bandwidth> is not possible" },
		{ BRIDGED("<bandwidth classID='3'><inbound average='1'/></bandwidth>"),
		  "n.xml:4: <bandwidth classID=> belongs to a port, not to a network" },
		{ FORWARD("<forward mode='route'/><ip address='10.0.0.1' prefix='24'/>"
			  "<vlan><tag id='1'/></vlan>"),
		  "n.xml:3: network 'n' has forward mode='route' and a virtualport of type "
		  "'none', which cannot have a <vlan>" },
		{ FORWARD("<forward mode='passthrough'/><vlan><tag id='1'/></vlan><portgroup "
			  "name='p'><virtualport type='802.1Qbh'/></portgroup>"),
		  "n.xml:3: network 'n' has forward mode='passthrough' and a virtualport of type "
		  "'802.1Qbh', which cannot have a <vlan>" },
		{ BRIDGED("<portgroup name='a'/>\n<portgroup name='a'/>"),
		  "n.xml:5: portgroup 'a' stands twice in network 'n'" },
		{ BRIDGED("<portgroup name='a' default='yes'/>\n<portgroup name='b' "
			  "default='yes'/>"),
		  "n.xml:5: network 'n' can have one default portgroup, not both 'a' and 'b'" },
		{ BRIDGED("<portgroup name='a' default='Yes'/>"),
		  "n.xml:4: <portgroup default='Yes'> is not one of yes, no" },
		{ FORWARD("<forward mode='vepa' dev='e0'/>\n<v:reflective-relay "
			  "xmlns:v='urn:vifd:1'/>"),
		  "n.xml:4: network 'n' has forward mode='vepa' and no bridge, so that "
		  "<vif:reflective-relay> is not possible" },
		{ MANAGED("<v:reflective-relay xmlns:v='urn:vifd:1' dev='a/b'/>"),
		  "n.xml:3: <vif:reflective-relay dev='a/b'> is not a name that a device can "
		  "have" },
		{ MANAGED("<v:reflective-relay xmlns:v='urn:vifd:1' dev='e0'/>\n"
			  "<v:reflective-relay xmlns:v='urn:vifd:1' dev='e0'/>"),
		  "n.xml:4: <vif:reflective-relay dev='e0'> stands twice in network 'n'" },
		{ BRIDGED("<bridge name='b'/><v:tunnel xmlns:v='urn:vifd:1' type='vxlan' id='1' "
			  "remote='192.0.2.1'/>"),
		  "n.xml:4: network 'n' has forward mode='bridge'; <vif:tunnel> is possible only "
		  "for a network with a bridge of its own (mode nat, route, open or none)" },
		{ TUNNEL("id='1'", ""),
		  "n.xml:3: <vif:tunnel> leads nowhere: it needs a remote or a group" },
		{ TUNNEL("id='0' remote='192.0.2.1'", ""),
		  "n.xml:3: <v:tunnel id='0'> is not a number from 1 to 16777215" },
		{ TUNNEL("id='16777216' remote='192.0.2.1'", ""),
		  "n.xml:3: <v:tunnel id='16777216'> is not a number from 1 to 16777215" },
		{ TUNNEL("id='1' port='65536' remote='192.0.2.1'", ""),
		  "n.xml:3: <v:tunnel port='65536'> is not a number from 1 to 65535" },
		{ TUNNEL("id='1' remote='here'", ""),
		  "n.xml:3: <v:tunnel remote='here'> is not an IP address" },
		{ TUNNEL("id='1' remote='224.0.0.1'", ""),
		  "n.xml:3: <vif:tunnel> with the remote 224.0.0.1: that is not an address that "
		  "another host can have" },
		{ TUNNEL("id='1' remote='192.0.2.1'", "\n<v:remote address='2001:db8::1'/>"),
		  "n.xml:4: <vif:tunnel> with the remote 2001:db8::1: that is not of the same IP "
		  "version as the first one" },
		{ TUNNEL("id='1' remote='192.0.2.1'", "\n<v:remote address='192.0.2.1'/>"),
		  "n.xml:4: <vif:tunnel> has the remote 192.0.2.1 twice" },
		{ TUNNEL("id='1' remote='192.0.2.1' group='239.0.0.1' dev='e0'", ""),
		  "n.xml:3: <vif:tunnel group='239.0.0.1'> can have a group or remotes, not both" },
		{ TUNNEL("id='1' group='192.0.2.1' dev='e0'", ""),
		  "n.xml:3: <vif:tunnel group='192.0.2.1'> is not a multicast address" },
		{ TUNNEL("id='1' group='239.0.0.1'", ""),
		  "n.xml:3: <vif:tunnel group='239.0.0.1'> needs a dev: multicast is sent by a "
		  "host "
		  "interface" },
		{ TUNNEL("id='1' remote='192.0.2.1' dev='a/b'", ""),
		  "n.xml:3: <vif:tunnel dev='a/b'> is not a name that a device can have" },
		{ TUNNEL("id='1'",
			 "<v:remote address='192.0.2.1'><v:mac address='52:54:00:00:00:01'/>"
			 "</v:remote><v:remote address='192.0.2.2'><v:mac "
			 "address='52:54:00:00:00:01'/></v:remote>"),
		  "n.xml:3: <vif:tunnel> has the guest 52:54:00:00:00:01 twice" },
		{ TUNNEL("id='1'", "<v:remote address='192.0.2.1'><v:mac "
				   "address='01:00:00:00:00:01'/></v:remote>"),
		  "n.xml:3: <v:mac address='01:00:00:00:00:01'> is not a MAC address that a device "
		  "can have" },
		{ MANAGED("<v:tunnel xmlns:v='urn:vifd:1' type='gre' id='1' remote='192.0.2.1'/>"),
		  "n.xml:3: <v:tunnel type='gre'> is not vxlan, which is the only kind there is" },
		{ FORWARD("<forward mode='vepa' dev='e0'/>\n" ACCESS("192.0.2.1", "24")),
		  "n.xml:4: <vif:host-access> needs forward mode='bridge' and one host interface; "
		  "network 'n' has mode='vepa'" },
		{ BRIDGED("<bridge name='br0'/>" ACCESS("192.0.2.1", "24")),
		  "n.xml:4: <vif:host-access> needs forward mode='bridge' and one host interface; "
		  "network 'n' has a bridge, where the host reaches its guests anyway" },
		{ BRIDGED(ACCESS("192.0.2.1", "24")),
		  "n.xml:4: <vif:host-access> needs forward mode='bridge' and one host interface; "
		  "network 'n' has none" },
		{ FORWARD("<forward mode='bridge'><interface dev='a'/><interface dev='b'/>"
			  "</forward>" ACCESS("192.0.2.1", "24")),
		  "n.xml:3: <vif:host-access> needs forward mode='bridge' and one host interface; "
		  "network 'n' has several of them" },
		{ ON_E0(ACCESS("192.0.2.1", "32")),
		  "n.xml:3: <vif:host-access address='192.0.2.1' prefix='32'> needs a prefix that "
		  "holds the guests' addresses too" },
		{ ON_E0(ACCESS("192.0.2.1", "0")),
		  "n.xml:3: <vif:host-access address='192.0.2.1' prefix='0'> needs a prefix that "
		  "holds the guests' addresses too" },
		{ ON_E0(ACCESS("192.0.2.128", "25")),
		  "n.xml:3: <vif:host-access address='192.0.2.128' prefix='25'> is the address of "
		  "the network itself" },
		{ ON_E0(ACCESS("192.0.2.255", "25")),
		  "n.xml:3: <vif:host-access address='192.0.2.255' prefix='25'> is the broadcast "
		  "address of the network" },
		{ ON_E0(ACCESS("224.0.0.1", "24")),
		  "n.xml:3: <vif:host-access address='224.0.0.1' prefix='24'> is not an address "
		  "that a host can have" },
		{ ON_E0(ACCESS("192.0.2.300", "24")),
		  "n.xml:3: <v:host-access address='192.0.2.300'> is not an IP address" },
		{ ON_E0(ACCESS("192.0.2.1", "129")),
		  "n.xml:3: <v:host-access prefix='129'> is not a number from 0 to 128" },
		{ ON_E0(ACCESS("192.0.2.1", "24") "\n" ACCESS("192.0.2.129", "25")),
		  "n.xml:4: <vif:host-access>: 192.0.2.128/25 overlaps the 192.0.2.0/24 of line "
		  "3" },
		{ NAT("<port start='9' end='8'/>"),
		  "n.xml:3: <port start='9' end='8'> of <nat> ends before it starts" },
		{ NAT("<port start='9' end='65536'/>"),
		  "n.xml:4: <port end='65536'> is not a number from 0 to 65535" },
		{ NAT("<address start='10.0.0.9' end='10.0.0.8'/>"),
		  "n.xml:3: <address start='10.0.0.9' end='10.0.0.8'> of <nat> is not a range from "
		  "a lower to a higher address" },
		{ NAT("<address start='2001:db8::1' end='2001:db8::2'/>"),
		  "n.xml:3: <address start='2001:db8::1' end='2001:db8::2'> of <nat> needs <nat "
		  "ipv6='yes'>: it is IPv6" },
		{ FORWARD("<forward mode='vepa'>\n<nat/></forward>"),
		  "n.xml:4: <nat> is possible only with forward mode='nat'; network 'n' has "
		  "mode='vepa'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_INVALID_ARGUMENT, cases[i].xml, cases[i].text);
}

static void rules_of_addresses_and_names_are_told_in_a_sentence(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ MANAGED("<ip address='10.0.0'/>"),
		  "n.xml:3: <ip address='10.0.0'> is not an IP address" },
		{ MANAGED("<ip address='2001:db8::1'/>"),
		  "n.xml:3: <ip address='2001:db8::1'> needs family='ipv6' beside it" },
		{ MANAGED("<ip family='ipv6' address='10.0.0.1'/>"),
		  "n.xml:3: <ip family='ipv6'> does not fit its address '10.0.0.1'" },
		{ MANAGED("<ip address='10.0.0.1' prefix='33'/>"),
		  "n.xml:3: <ip prefix='33'> is more than the 32 bits of its address '10.0.0.1'" },
		{ MANAGED("<ip address='10.0.0.1' prefix='8' netmask='255.0.0.0'/>"),
		  "n.xml:3: <ip address='10.0.0.1'> can have a prefix or a netmask, not both" },
		{ MANAGED("<ip address='10.0.0.1' netmask='255.0.255.0'/>"),
		  "n.xml:3: <ip netmask='255.0.255.0'> is not an IPv4 netmask" },
		{ MANAGED("<ip address='224.0.0.1'/>"),
		  "n.xml:3: <ip address='224.0.0.1'> needs a prefix or a netmask: its class has "
		  "none" },
		{ IP6("<tftp root='/x'/>"), "n.xml:3: <tftp root='/x'> is possible only in IPv4" },
		{ DHCP("<range start='10.0.1.2' end='10.0.1.3'/>"),
		  "n.xml:4: <range start='10.0.1.2' end='10.0.1.3'> is not inside of 10.0.0.0/24" },
		{ DHCP("<range start='10.0.0.3' end='10.0.0.2'/>"),
		  "n.xml:4: <range start='10.0.0.3' end='10.0.0.2'> has its end before its start, "
		  "in 10.0.0.0/24" },
		{ DHCP("<range start='10.0.0.0' end='10.0.0.2'/>"),
		  "n.xml:4: <range start='10.0.0.0' end='10.0.0.2'> begins with the address of the "
		  "network itself, 10.0.0.0/24" },
		{ DHCP("<range start='10.0.0.9' end='10.0.0.255'/>"),
		  "n.xml:4: <range start='10.0.0.9' end='10.0.0.255'> ends with the broadcast "
		  "address of 10.0.0.0/24" },
		{ IP6("<dhcp><range start='2001:db8::2' end='2001:db8::1:2'/></dhcp>"),
		  "n.xml:4: <range start='2001:db8::2' end='2001:db8::1:2'> has more than 65535 "
		  "addresses, in 2001:db8::/64" },
		{ DHCP("<range start='10.0.0.2' end='10.0.0.9'><lease expiry='1'/></range>"),
		  "n.xml:4: <lease expiry='1' unit='minutes'> is too short; the shortest is 2 "
		  "minutes" },
		{ DHCP("<host ip='10.0.0.5'/>"),
		  "n.xml:4: <host ip='10.0.0.5'> needs a mac or a name" },
		{ DHCP("<host name='a'/>"), "n.xml:4: <host> of <dhcp> lacks the attribute 'ip'" },
		{ DHCP("<host name='1a' ip='10.0.0.5'/>"),
		  "n.xml:4: <host name='1a'> is not a name that a host can have: it begins with "
		  "no letter" },
		{ DHCP("<host name='a*' ip='10.0.0.5'/>"),
		  "n.xml:4: <host name='a*'> is not a name that a host can have" },
		{ DHCP("<host mac='01:00:00:00:00:01' ip='10.0.0.5'/>"),
		  "n.xml:4: <host mac='01:00:00:00:00:01'> is not a MAC address that a device can "
		  "have" },
		{ DHCP("<host name='a' ip='2001:db8::5'/>"),
		  "n.xml:4: <host ip='2001:db8::5'> stands in the <dhcp> of an IPv4 address" },
		{ IP6("<dhcp><host mac='52:54:00:00:00:01' ip='2001:db8::5'/></dhcp>"),
		  "n.xml:4: <host ip='2001:db8::5'> is found by its id or name, not by its mac: it "
		  "is IPv6" },
		{ DHCP("<host mac='52:54:00:00:00:01' ip='10.0.1.5'/>"),
		  "n.xml:4: <host ip='10.0.1.5'> is not inside of 10.0.0.0/24" },
		{ DHCP("<host mac='52:54:00:00:00:01' ip='10.0.0.1'/>"),
		  "n.xml:4: <host ip='10.0.0.1'> is the host's own address in 10.0.0.0/24" },
		{ DHCP("<host mac='52:54:00:00:00:01' ip='10.0.0.0'/>"),
		  "n.xml:4: <host ip='10.0.0.0'> is the address of the network itself, "
		  "10.0.0.0/24" },
		{ DHCP("<host mac='52:54:00:00:00:01' ip='10.0.0.255'/>"),
		  "n.xml:4: <host ip='10.0.0.255'> is the broadcast address of 10.0.0.0/24" },
		{ IP6("<dhcp><host name='a' ip='2001:db8:1::5'/></dhcp>"),
		  "n.xml:4: <host ip='2001:db8:1::5'> is not inside of 2001:db8::/64" },
		{ IP6("<dhcp><host name='a' ip='2001:db8::'/></dhcp>"),
		  "n.xml:4: <host ip='2001:db8::'> is the address of the network itself, "
		  "2001:db8::/64" },
		{ MANAGED("<ip address='10.0.1.1' prefix='24'/>\n<ip address='10.0.0.1' "
			  "prefix='16'><dhcp><host name='a' ip='10.0.1.1'/></dhcp></ip>"),
		  "n.xml:4: <host ip='10.0.1.1'> is the host's own address in 10.0.0.0/16" },
		{ DHCP("<host mac='52:54:00:00:00:0a' ip='10.0.0.5'/>\n"
		       "<host mac='52:54:00:00:00:0A' ip='10.0.0.6'/>"),
		  "n.xml:5: <host ip='10.0.0.6'> has the mac '52:54:00:00:00:0a' of <host "
		  "ip='10.0.0.5'>" },
		{ DHCP("<host mac='52:54:00:00:00:01' ip='10.0.0.5'/>\n"
		       "<host mac='52:54:00:00:00:02' ip='10.0.0.5'/>"),
		  "n.xml:5: <host mac='52:54:00:00:00:02'> has the ip '10.0.0.5' of <host "
		  "mac='52:54:00:00:00:01'>" },
		{ DHCP("<host name='web' ip='10.0.0.5'/>\n<host name='Web' ip='10.0.0.6'/>"),
		  "n.xml:5: <host ip='10.0.0.6'> has the name 'web' of <host ip='10.0.0.5'>" },
		{ IP6("<dhcp><host name='a' ip='2001:db8::5'/>\n<host name='b' "
		      "ip='2001:db8:0::5'/></dhcp>"),
		  "n.xml:5: <host name='b'> has the ip '2001:db8::5' of <host name='a'>" },
		{ IP6("<dhcp><host id='0:3:0:1:52:54:0:0:0:1' ip='2001:db8::5'/>\n"
		      "<host id='00:03:00:01:52:54:00:00:00:01' ip='2001:db8::6'/></dhcp>"),
		  "n.xml:5: <host ip='2001:db8::6'> has the id '0:3:0:1:52:54:0:0:0:1' of <host "
		  "ip='2001:db8::5'>" },
		{ IP6("<dhcp><host id='01:52:54:00:00:00:01' ip='2001:db8::5'/></dhcp>"),
		  "n.xml:4: <host id='1:52:54:0:0:0:1'> is not a DUID: one begins with its type, "
		  "0:1, 0:2, 0:3 or 0:4, and is as long as that type is" },
		{ IP6("<dhcp><host id='0:4:1:2' ip='2001:db8::5'/></dhcp>"),
		  "n.xml:4: <host id='0:4:1:2'> is not a DUID: one begins with its type, 0:1, 0:2, "
		  "0:3 or 0:4, and is as long as that type is" },
		{ IP6("<dhcp><host id='0:3::1' ip='2001:db8::5'/></dhcp>"),
		  "n.xml:4: <host id='0:3::1'> is not bytes in hexadecimal between colons" },
		{ MANAGED("<ip address='10.0.0.0' prefix='24'/>"),
		  "n.xml:3: <ip address='10.0.0.0'> is the address of the network itself" },
		{ MANAGED("<ip address='10.0.0.255' prefix='24'/>"),
		  "n.xml:3: <ip address='10.0.0.255'> is the broadcast address of the network" },
		{ MANAGED("<ip address='224.0.0.1' prefix='24'/>"),
		  "n.xml:3: <ip address='224.0.0.1'> is not an address that a host can have" },
		{ MANAGED("<ip address='10.0.0.1' prefix='24'/>\n"
			  "<ip address='10.0.0.1' prefix='16'/>"),
		  "n.xml:4: <ip address='10.0.0.1'> stands twice in network 'n' (first in line "
		  "3)" },
		{ MANAGED("<ip address='10.0.0.1' prefix='24'/>\n<route address='10.1.0.0' "
			  "prefix='16' gateway='10.0.0.1'/>"),
		  "n.xml:4: <route gateway='10.0.0.1'> is the host's own address in 10.0.0.0/24" },
		{ MANAGED("<ip address='10.0.0.1' prefix='24'/>\n<route address='10.1.0.0' "
			  "prefix='16' gateway='10.0.0.2'/>\n<route address='10.1.0.0' "
			  "netmask='255.255.0.0' gateway='10.0.0.3'/>"),
		  "n.xml:5: network 'n' has two routes to 10.1.0.0/16 (the first in line 4)" },
		{ MANAGED("<dns>\n<forwarder addr='10.0.0.1'/></dns><ip address='10.0.0.1' "
			  "prefix='24'/>"),
		  "n.xml:4: <forwarder addr='10.0.0.1'> is the name server of network 'n' itself" },
		{ FORWARD("<forward mode='bridge'><interface dev='e0' xmlns:vif='urn:vifd:1' "
			  "vif:mac='52:54:00:00:00:0a'/>\n<interface dev='e1' "
			  "xmlns:vif='urn:vifd:1' vif:mac='52:54:00:00:00:0A'/></forward>"),
		  "n.xml:4: interface 'e1' of network 'n' has the address 52:54:00:00:00:0a of "
		  "'e0'" },
		{ MANAGED("<route address='10.1.0.0' prefix='16' gateway='10.0.0.2'/>"),
		  "n.xml:3: <route gateway='10.0.0.2'> is not in the subnet of any <ip> of network "
		  "'n'" },
		{ MANAGED("<route address='10.1.0.1' prefix='16' gateway='10.0.0.2'/>"),
		  "n.xml:3: <route address='10.1.0.1'> is not the address of a network: it lies in "
		  "10.1.0.0/16" },
		{ MANAGED("<route address='10.1.0.0' gateway='10.0.0.2' metric='0'/>"),
		  "n.xml:3: <route metric='0'> is not a number above 0" },
		{ MANAGED("<bridge name='x&quot;;flush'/>"),
		  "n.xml:3: bridge 'x\";flush' of network 'n' holds a quote, an asterisk or a "
		  "backslash: the packet filter cannot name it" },
		{ FORWARD("<forward mode='nat' dev='x\\*'/>\n<ip address='10.0.0.1' prefix='24'/>"),
		  "n.xml:3: interface 'x\\*' of network 'n' holds a quote, an asterisk or a "
		  "backslash: the packet filter cannot name it" },
		{ MANAGED("<domain name='x' register='yes'/>"),
		  "n.xml:3: <domain name='x' register='yes'> needs localOnly='yes'" },
		{ MANAGED("<domain name='a/b'/>"),
		  "n.xml:3: <domain name='a/b'> is not a name that DNS has" },
		{ MANAGED("<domain name='$HOME'/>"),
		  "n.xml:3: <domain name='$HOME'> is not a name that DNS has" },
		{ MANAGED("<domain name='a..b'/>"),
		  "n.xml:3: <domain name='a..b'> is not a name that DNS has: a part "
		  "of it is empty" },
		{ MANAGED("<domain name='b\u00fccher.example'/>"),
		  "n.xml:3: <domain name='b\u00fccher.example'> is not in ASCII: dnsmasq has to be "
		  "told a name as DNS has it (xn--…)" },
		{ MANAGED("<domain name='" LABEL_63 "a'/>"),
		  "n.xml:3: <domain name='" LABEL_63 "a'> is not a name that DNS has: a part of it "
		  "has more than 63 characters" },
		{ MANAGED("<domain name='" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 "'/>"),
		  "n.xml:3: <domain name='" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63
		  "'> is not a name that DNS has: that has at most 253 characters" },
		{ MANAGED("<dns enable='no'><txt name='a' value='b'/></dns>"),
		  "n.xml:3: <dns enable='no'> of network 'n' can hold nothing" },
		{ DNS("<forwarder/>"), "n.xml:3: <forwarder> needs an addr or a domain" },
		{ DNS("<txt name='a'/>"), "n.xml:3: <txt> lacks the attribute 'value'" },
		{ DNS("<txt name='a' value='b&#10;log-queries'/>"),
		  "n.xml:3: <txt value='b\\nlog-queries'> holds a control character" },
		{ DNS("<srv service='s'/>"), "n.xml:3: <srv> lacks the attribute 'protocol'" },
		{ DNS("<srv service='" LABEL_63 "' protocol='tcp'/>"),
		  "n.xml:3: <srv>'s '_" LABEL_63 "._tcp' is not a name that DNS has: a part of it "
		  "has more than 63 characters" },
		{ DNS("<txt name='a b' value='c'/>"),
		  "n.xml:3: <txt name='a b'> is not a name that DNS has" },
		{ DNS("<host ip='10.0.0.1'><hostname>.</hostname></host>"),
		  "n.xml:3: <hostname>.</hostname> is not a name that DNS has: a part of it is "
		  "empty" },
		{ DNS("<srv service='s' protocol='tcp' port='1'/>"),
		  "n.xml:3: <srv service='s'> can have a port only with a target" },
		{ DNS("<host ip='10.0.0.1'/>"), "n.xml:3: <host> of <dns> lacks the element "
						"<hostname>" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_INVALID_ARGUMENT, cases[i].xml, cases[i].text);
}

static void one_address_of_a_family_has_dhcp(void **state)
{
	assert_refused(ERROR_INVALID_ARGUMENT,
		       MANAGED("<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.2' "
			       "end='10.0.0.9'/></dhcp></ip>\n<ip address='10.0.1.1' "
			       "prefix='24'><dhcp><range start='10.0.1.2' "
			       "end='10.0.1.9'/></dhcp></ip>"),
		       "n.xml:4: network 'n' can have one IPv4 address with <dhcp>; '10.0.0.1' has "
		       "it already");
}

/* In a subnet of two addresses none has a meaning of its own; two families share names. */
static void what_only_looks_like_a_mistake_is_accepted(void **state)
{
	static const char *const good[] = {
		MANAGED("<ip address='10.0.0.0' prefix='31'><dhcp><host name='a' "
			"ip='10.0.0.1'/></dhcp></ip>"),
		MANAGED("<ip address='10.0.0.0' prefix='32'/>"),
		MANAGED("<ip family='ipv6' address='2001:db8::' prefix='64'/>"),
		MANAGED("<ip address='10.0.0.1' prefix='24'><dhcp><host name='a' ip='10.0.0.5'/>"
			"</dhcp></ip><ip family='ipv6' address='2001:db8::1' prefix='64'><dhcp>"
			"<host name='a' ip='2001:db8::5'/></dhcp></ip>"),
		MANAGED("<ip address='10.0.0.1' prefix='24'/><route address='10.1.0.0' "
			"prefix='16' gateway='10.0.0.2'/><route address='10.1.0.0' prefix='16' "
			"gateway='10.0.0.3' metric='5'/>"),
		/* Nobody serves it here; a name that ends with its root; a text is any text. */
		DNS("<srv service='s' protocol='tcp' domain='d.example.' target='.'/>"
		    "<txt name='*._a.xn--bcher-kva' value='bücher, \"all\"'/>"),
		/* In IPv4 a client is called by bytes of its choice. */
		DHCP("<host id='01:52:54:00:00:00:01' name='a' ip='10.0.0.5'/>"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		network_free(read_good(good[i]));
}

static void the_hosts_file_is_for_guests_where_that_is_said(void **state)
{
	AUTO(network_freep)
	struct network *network = read_good(
		MANAGED("<dns xmlns:vif='urn:vifd:1' vif:hosts='yes'/><ip address='10.0.0.1'/>"));
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_true(network->dns.host_file);
	assert_success(&err, network_to_xml(network, &xml, &err));
	assert_non_null(strstr(xml, "  <dns xmlns:vif='urn:vifd:1' vif:hosts='yes'/>\n"));
	assert_refused(ERROR_INVALID_ARGUMENT,
		       MANAGED("<dns xmlns:vif='urn:vifd:1' vif:hosts='maybe'/>"),
		       "n.xml:3: <dns vif:hosts='maybe'> is not one of yes, no");
	assert_refused(ERROR_INVALID_ARGUMENT,
		       MANAGED("<dns enable='no' xmlns:vif='urn:vifd:1' vif:hosts='yes'/>"),
		       "n.xml:3: <dns enable='no'> of network 'n' can hold nothing");
}

static void an_id_is_written_in_one_form(void **state)
{
	AUTO(network_freep)
	struct network *network = read_good(
		IP6("<dhcp><host id='00030001525400AbCd0F' ip='2001:db8::5'/>"
		    "<host id='00:04:7E:7d:f0:7d:a8:bc:c5:d2:13:32:11:ed:16:ea:84:63' "
		    "ip='2001:db8::6'/></dhcp>"));
	const struct dhcp_host *hosts = network->ips[0].hosts;

	assert_string_equal(hosts[0].id, "0:3:0:1:52:54:0:ab:cd:f");
	assert_string_equal(hosts[1].id, "0:4:7e:7d:f0:7d:a8:bc:c5:d2:13:32:11:ed:16:ea:84:63");
}

/* As many as a document can hold; what is compared pair by pair takes minutes here. */
static void a_long_list_is_checked_in_no_time(void **state)
{
	enum { MANY = 19000 };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO(network_freep) struct network *network = NULL;
	AUTO_FREE char *xml = NULL;
	struct timespec begin, end;

	text_add(&text, "<network><name>n</name><forward mode='vepa'/>");
	for (int i = 0; i < MANY; i++)
		text_add(&text, "<portgroup name='%d'/>", i);
	text_add(&text, "</network>");
	assert_int_equal(text_take(&text, &xml), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	network = read_good(xml);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_int_equal(network->n_portgroups, MANY);
	assert_in_range(end.tv_sec - begin.tv_sec, 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_and_its_lines_are_read),
		cmocka_unit_test(the_first_of_the_pool_is_given_as_dev_too),
		cmocka_unit_test(what_vifd_adds_is_read_and_given_back),
		cmocka_unit_test(a_reflective_relay_is_of_the_ports_and_of_host_interfaces),
		cmocka_unit_test(the_hosts_addresses_among_its_guests_are_given_back),
		cmocka_unit_test(a_tunnel_is_given_back),
		cmocka_unit_test(no_failover_is_the_default_and_not_written),
		cmocka_unit_test(an_opened_packet_filter_is_read_and_given_back),
		cmocka_unit_test(a_host_bridge_is_written_after_forward),
		cmocka_unit_test(title_description_metadata_and_foreign_things_are_kept),
		cmocka_unit_test(settings_that_are_the_default_are_kept),
		cmocka_unit_test(what_is_required_is_named_when_it_lacks),
		cmocka_unit_test(values_out_of_range_are_named_with_their_element),
		cmocka_unit_test(what_nobody_knows_is_refused_by_line),
		cmocka_unit_test(rules_between_elements_are_told_in_a_sentence),
		cmocka_unit_test(rules_of_addresses_and_names_are_told_in_a_sentence),
		cmocka_unit_test(one_address_of_a_family_has_dhcp),
		cmocka_unit_test(what_only_looks_like_a_mistake_is_accepted),
		cmocka_unit_test(the_hosts_file_is_for_guests_where_that_is_said),
		cmocka_unit_test(an_id_is_written_in_one_form),
		cmocka_unit_test(a_long_list_is_checked_in_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
