/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "formats/interface-xml.h"
#include "formats/port-xml.h"

static const char record[] = "<port>\n"
			     "  <name>vif0</name>\n"
			     "  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
			     "  <state>failed</state>\n"
			     "  <reason>eth1 is &lt;gone&gt;</reason>\n"
			     "  <type>live</type>\n"
			     "  <side>4294967295</side>\n"
			     "  <owner guest='web' uuid='d54df46f-1ab5-4a22-8618-4560ef5fac2c' "
			     "pid='4711' start='18446744073709551615' uid='1000' "
			     "device-uid='1001'/>\n"
			     "  <by-name/>\n"
			     "  <vhost/>\n"
			     "  <qmp>/run/a &amp; b.sock</qmp>\n"
			     "  <networkport>\n"
			     "    <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
			     "    <owner>\n"
			     "      <name>web</name>\n"
			     "      <uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid>\n"
			     "    </owner>\n"
			     "    <group>eng</group>\n"
			     "    <mac address='52:54:00:00:00:01'/>\n"
			     "    <plug type='direct' dev='eth1' mode='bridge'/>\n"
			     "  </networkport>\n"
			     "  <interface type='network'>\n"
			     "    <mac address='52:54:00:00:00:01'/>\n"
			     "    <source network='red' portgroup='eng'/>\n"
			     "    <actual type='direct'>\n"
			     "      <source dev='eth1' mode='bridge'/>\n"
			     "    </actual>\n"
			     "    <driver queues='4'>\n"
			     "      <host csum='off'/>\n"
			     "    </driver>\n"
			     "    <a:note xmlns:a=\"urn:a\">two\nlines</a:note>\n"
			     "  </interface>\n"
			     "</port>\n";

static int read_text(const char *xml, struct port **ret, struct error *err)
{
	return port_from_xml(xml, strlen(xml), "p.xml", ret, err);
}

static struct port *read_good(const char *xml)
{
	struct port *port = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, read_text(xml, &port, &err));
	return port;
}

static void assert_recorded(const struct port *port, const char *expected)
{
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, port_to_xml(port, &xml, &err));
	assert_string_equal(xml, expected);
}

static void assert_merged(const struct port *port, const char *expected)
{
	AUTO(interface_freep) struct interface *again = NULL;
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, interface_merged_to_xml(port, &xml, &err));
	assert_string_equal(xml, expected);
	assert_success(&err, interface_from_xml(xml, strlen(xml), "merged", &again, &err));
}

static void a_record_is_read_in_full(void **state)
{
	AUTO(port_freep) struct port *port = read_good(record);

	assert_string_equal(port->name, "vif0");
	assert_int_equal(port->uuid.bytes[0], 0x81);
	assert_int_equal(port->state, PORT_FAILED);
	assert_string_equal(port->reason, "eth1 is <gone>");
	assert_int_equal(port->type, PORT_TYPE_LIVE);
	assert_int_equal(port->side, UINT32_MAX);
	assert_string_equal(port->qmp, "/run/a & b.sock");
	assert_string_equal(port->owner.guest, "web");
	assert_true(port->owner.has_guest_uuid);
	assert_int_equal(port->owner.guest_uuid.bytes[0], 0xd5);
	assert_string_equal(port->actual.portgroup, "eng");
	assert_int_equal(port->owner.pid, 4711);
	assert_true(port->owner.start_time == UINT64_MAX);
	assert_int_equal(port->owner.uid, 1000);
	assert_int_equal(port->owner.device_uid, 1001);
	assert_true(port->by_name);
	assert_true(port->vhost);
	assert_string_equal(port->interface->network, "red");
	assert_int_equal(port->interface->queues, 4);
	assert_int_equal(port->actual.type, INTERFACE_DIRECT);
	assert_string_equal(port->actual.dev, "eth1");
	assert_int_equal(port->actual.mode, DIRECT_BRIDGE);
}

static void a_record_is_written_as_it_was_read(void **state)
{
	AUTO(port_freep) struct port *port = read_good(record);

	assert_recorded(port, record);
}

static void a_record_may_know_no_owner_and_no_actual(void **state)
{
	static const char least[] = "<port>\n"
				    "  <name>vif0</name>\n"
				    "  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
				    "  <state>waiting</state>\n"
				    "  <type>direct</type>\n"
				    "  <interface type='network'>\n"
				    "    <source network='red'/>\n"
				    "  </interface>\n"
				    "</port>\n";
	AUTO(port_freep) struct port *port = read_good(least);

	assert_recorded(port, least);
	assert_merged(port, "<interface type='network'>\n"
			    "  <source network='red'/>\n"
			    "  <target dev='vif0'/>\n"
			    "</interface>\n");
}

static void what_xml_cannot_carry_does_not_tear_a_record(void **state)
{
	AUTO(port_freep) struct port *port = read_good(record);
	AUTO(port_freep) struct port *again = NULL;
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	free(port->reason);
	port->reason = strdup("a\x01\xff\xc0\x80\xed\xa0\x80\xf0\x9f\x92\xbb\xc3");
	assert_success(&err, port_to_xml(port, &xml, &err));
	assert_success(&err, read_text(xml, &again, &err));
	assert_string_equal(again->reason, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
					   "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x92\xbb"
					   "\xef\xbf\xbd");
}

static void the_merged_form_is_of_the_actual_type(void **state)
{
	AUTO(port_freep) struct port *port = read_good(record);

	assert_merged(port, "<interface type='direct'>\n"
			    "  <mac address='52:54:00:00:00:01'/>\n"
			    "  <source network='red' portgroup='eng' "
			    "portid='81ff0d90-c91e-6742-64da-4a736edb9a8b' dev='eth1' "
			    "mode='bridge'/>\n"
			    "  <target dev='vif0'/>\n"
			    "  <driver queues='4'>\n"
			    "    <host csum='off'/>\n"
			    "  </driver>\n"
			    "  <a:note xmlns:a=\"urn:a\">two\nlines</a:note>\n"
			    "</interface>\n");
}

/* A record around an interface and its actual. */
#define RECORD(interface)                                                          \
	"<port><name>web0</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>" \
	"<state>connected</state><type>live</type>\n" interface "\n</port>"

static void a_network_on_a_bridge_merges_to_it(void **state)
{
	AUTO(port_freep)
	struct port *port = read_good(
		RECORD("<interface type='network'><source network='red'/><target "
		       "dev='web%d'/><actual type='bridge'><source bridge='br0'/></actual>"
		       "</interface>"));

	assert_merged(port, "<interface type='bridge'>\n"
			    "  <source network='red' "
			    "portid='81ff0d90-c91e-6742-64da-4a736edb9a8b' bridge='br0'/>\n"
			    "  <target dev='web0'/>\n"
			    "</interface>\n");
}

static void the_merged_form_tells_what_else_decides(void **state)
{
	AUTO(port_freep)
	struct port *port = read_good(
		RECORD("<interface type='direct' xmlns:v='urn:vifd:1'><source dev='eth0' "
		       "mode='private' v:mac='02:00:00:00:00:01' startupPolicy='optional'/>"
		       "<v:link follow='yes'/><v:port type='live'/>"
		       "<actual type='direct'><source dev='lan0' mode='private'/></actual>"
		       "</interface>"));

	assert_merged(port, "<interface type='direct'>\n"
			    "  <source dev='lan0' mode='private' startupPolicy='optional' "
			    "xmlns:vif='urn:vifd:1' vif:mac='02:00:00:00:00:01'/>\n"
			    "  <target dev='web0'/>\n"
			    "  <vif:port xmlns:vif='urn:vifd:1' type='live'/>\n"
			    "  <vif:link xmlns:vif='urn:vifd:1' follow='yes'/>\n"
			    "</interface>\n");
}

static void an_actual_may_wait_for_one_of_a_pool(void **state)
{
	static const char waiting[] = "<port>\n"
				      "  <name>vif0</name>\n"
				      "  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
				      "  <state>waiting</state>\n"
				      "  <type>live</type>\n"
				      "  <interface type='network'>\n"
				      "    <source network='red' startupPolicy='optional'/>\n"
				      "    <actual type='direct'>\n"
				      "      <source mode='private'/>\n"
				      "    </actual>\n"
				      "  </interface>\n"
				      "</port>\n";
	AUTO(port_freep) struct port *port = read_good(waiting);

	assert_int_equal(port->actual.type, INTERFACE_DIRECT);
	assert_null(port->actual.dev);
	assert_false(port->actual.has_dev_mac);
	assert_recorded(port, waiting);
	assert_merged(port, "<interface type='network'>\n"
			    "  <source network='red' startupPolicy='optional'/>\n"
			    "  <target dev='vif0'/>\n"
			    "</interface>\n");
}

static void an_actual_keeps_the_address_that_decides(void **state)
{
	static const char known[] = "<port>\n"
				    "  <name>vif0</name>\n"
				    "  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
				    "  <state>connected</state>\n"
				    "  <type>live</type>\n"
				    "  <interface type='network'>\n"
				    "    <source network='red'/>\n"
				    "    <actual type='direct'>\n"
				    "      <source dev='eth1' mode='vepa' xmlns:vif='urn:vifd:1' "
				    "vif:mac='02:00:00:00:00:0a'/>\n"
				    "    </actual>\n"
				    "  </interface>\n"
				    "</port>\n";
	AUTO(port_freep) struct port *port = read_good(known);

	assert_true(port->actual.has_dev_mac);
	assert_int_equal(port->actual.dev_mac.bytes[5], 10);
	assert_recorded(port, known);
	assert_merged(port, "<interface type='direct'>\n"
			    "  <source network='red' "
			    "portid='81ff0d90-c91e-6742-64da-4a736edb9a8b' dev='eth1' mode='vepa' "
			    "xmlns:vif='urn:vifd:1' vif:mac='02:00:00:00:00:0a'/>\n"
			    "  <target dev='vif0'/>\n"
			    "</interface>\n");
}

static void a_tap_on_nothing_merges_to_itself(void **state)
{
	AUTO(port_freep)
	struct port *port = read_good(
		RECORD("<interface type='ethernet'><actual type='ethernet'/></interface>"));

	assert_int_equal(port->actual.type, INTERFACE_ETHERNET);
	assert_merged(port, "<interface type='ethernet'>\n  <target dev='web0'/>\n</interface>\n");
}

static void records_that_are_not_ours_are_refused_by_line(void **state)
{
	static const struct {
		enum error_kind kind;
		const char *xml, *text;
	} cases[] = {
		{ ERROR_INVALID_XML, "<port>\n</port>",
		  "p.xml:1: <port> lacks the element <name>" },
		{ ERROR_INVALID_XML, "<port><name>a</name></port>",
		  "p.xml:1: <port> lacks the element <uuid>" },
		{ ERROR_INVALID_XML,
		  "<port><name>a</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid></port>",
		  "p.xml:1: <port> lacks the element <state>" },
		{ ERROR_INVALID_XML,
		  "<port><name>a</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>"
		  "<state>connected</state></port>",
		  "p.xml:1: <port> lacks the element <type>" },
		{ ERROR_INVALID_ARGUMENT,
		  "<port><name>a</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>"
		  "<state>connected</state><type>tap</type></port>",
		  "p.xml:1: <type>tap</type> is not one of direct, live" },
		{ ERROR_INVALID_ARGUMENT, RECORD("<side>-1</side>"),
		  "p.xml:2: <side>-1</side> is not a number below 4294967296" },
		{ ERROR_INVALID_ARGUMENT, RECORD("<qmp/>"), "p.xml:2: <qmp></qmp> is empty" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/><actual type='direct'>"
			 "<source mode='vepa' xmlns:v='urn:vifd:1' "
			 "v:mac='x'/></actual></interface>"),
		  "p.xml:2: <source v:mac='x'> is not a MAC address that a device can have" },
		{ ERROR_INVALID_XML,
		  RECORD("<interface type='network'><source network='n'/>"
			 "<actual type='bridge'><source/></actual></interface>"),
		  "p.xml:2: <source> lacks the attribute 'bridge'" },
		{ ERROR_INVALID_XML, RECORD(""), "p.xml:1: <port> lacks the element <interface>" },
		{ ERROR_INVALID_XML, "<networkport/>",
		  "p.xml:1: the root element is <networkport>, not <port>" },
		{ ERROR_INVALID_ARGUMENT, "<port><name>../x</name></port>",
		  "p.xml:1: <name>../x</name> is not a name that a device can have" },
		{ ERROR_INVALID_ARGUMENT, "<port><name>a</name><uuid>1</uuid></port>",
		  "p.xml:1: <uuid>1</uuid> is not a UUID" },
		{ ERROR_INVALID_ARGUMENT,
		  "<port><name>a</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>"
		  "<state>on</state></port>",
		  "p.xml:1: <state>on</state> is not a state of a port" },
		{ ERROR_INVALID_ARGUMENT, RECORD("<owner pid='0'/>"),
		  "p.xml:2: <owner pid='0'> is not a process id" },
		{ ERROR_INVALID_ARGUMENT, RECORD("<owner pid='1' start='x'/>"),
		  "p.xml:2: <owner start='x'> is not a number" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/>"
			 "<actual type='user'/></interface>"),
		  "p.xml:2: <actual type='user'> is not one of direct, bridge, network, "
		  "ethernet" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='bridge'><source bridge='n'/>"
			 "<actual type='network'><source bridge='n'/></actual></interface>"),
		  "p.xml:2: <actual type='network'> cannot be that of an interface of "
		  "type='bridge'" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n' portgroup='a'/>"
			 "<actual type='bridge' xmlns:v='urn:vifd:1' v:portgroup='b'>"
			 "<source bridge='n'/></actual></interface>"),
		  "p.xml:2: <actual> has a portgroup 'b' where the interface names one itself" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/><actual type='direct'>"
			 "<source mode='vepa'/><virtualport type='802.1Qbh'/></actual>"
			 "</interface>"),
		  "p.xml:2: missing profileid in <virtualport type='802.1Qbh'>" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/><actual type='bridge'>"
			 "<source bridge='b' macTableManager='x'/></actual></interface>"),
		  "p.xml:2: <source macTableManager='x'> is not one of kernel, libvirt" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/><actual type='bridge'>"
			 "<source bridge='b'/><class id='0'/></actual></interface>"),
		  "p.xml:2: <class id='0'> is not a number above 0" },
		{ ERROR_INVALID_ARGUMENT, RECORD("<owner uuid='x'/>"),
		  "p.xml:2: <owner uuid='x'> is not a UUID" },
		{ ERROR_INVALID_XML,
		  RECORD("<interface type='network'><source network='n'/>"
			 "<actual type='direct'/></interface>"),
		  "p.xml:2: <actual> lacks the element <source>" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/>"
			 "<actual type='direct'><source dev='e' mode='x'/></actual></interface>"),
		  "p.xml:2: <source mode='x'> is not one of vepa, bridge, private, passthrough" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/>"
			 "<actual type='bridge'><source bridge='a/b'/></actual></interface>"),
		  "p.xml:2: <source bridge='a/b'> is not a name that a device can have" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='bridge'><source bridge='n'/>"
			 "<actual type='direct'><source dev='e' "
			 "mode='vepa'/></actual></interface>"),
		  "p.xml:2: <actual type='direct'> cannot be that of an interface of "
		  "type='bridge'" },
		{ ERROR_INVALID_ARGUMENT,
		  RECORD("<interface type='network'><source network='n'/>"
			 "<actual type='ethernet'/></interface>"),
		  "p.xml:2: <actual type='ethernet'> cannot be that of an interface of "
		  "type='network'" },
		{ ERROR_INVALID_ARGUMENT, "<port><name>a%d</name></port>",
		  "p.xml:1: <name>a%d</name> is not a name that a device can have" },
		{ ERROR_NOT_SUPPORTED, RECORD("<interface type='ethernet'/><speed/>"),
		  "p.xml:2: <port> has an element <speed> that vifd does not know here" },
		{ ERROR_NOT_SUPPORTED, RECORD("<interface type='ethernet'/><a xmlns='urn:a'/>"),
		  "p.xml:2: 'a' cannot be kept inside <port>" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct port *port = NULL;
		struct error err = ERROR_INIT;
		int r = read_text(cases[i].xml, &port, &err);

		assert_error(&err, r, cases[i].kind, cases[i].text);
		assert_null(port);
	}
}

/* A record whose <networkport> says `what`, which has the element of `begin` otherwise. */
static void assert_contradicts(const char *from, const char *to, const char *element)
{
	const char *begin = strstr(strstr(record, "<networkport>"), from);
	struct port *port = NULL;
	struct error err = ERROR_INIT;
	char xml[4096], text[128];
	int r;

	assert_non_null(begin);
	snprintf(xml, sizeof(xml), "%.*s%s%s", (int)(begin - record), record, to,
		 begin + strlen(from));
	snprintf(text, sizeof(text),
		 "p.xml:12: <networkport> has another <%s> than the rest of the record", element);
	r = read_text(xml, &port, &err);
	assert_error(&err, r, ERROR_INVALID_ARGUMENT, text);
	assert_null(port);
}

static void a_record_that_contradicts_itself_is_refused_by_the_element(void **state)
{
	assert_contradicts("81ff0d90", "81ff0d91", "uuid");
	assert_contradicts("<name>web<", "<name>db<", "owner");
	assert_contradicts("d54df46f", "d54df460", "owner");
	assert_contradicts("<group>eng</group>", "", "group");
	assert_contradicts("00:01'", "00:02'", "mac");
	assert_contradicts("<plug", "<virtualport type='openvswitch'/><plug", "virtualport");
	assert_contradicts("<plug", "<bandwidth><inbound average='1'/></bandwidth><plug",
			   "bandwidth");
	assert_contradicts("<plug", "<vlan><tag id='1'/></vlan><plug", "vlan");
	assert_contradicts("<plug", "<port isolated='no'/><plug", "port");
	assert_contradicts("<plug", "<rxfilters trustGuest='no'/><plug", "rxfilters");
	assert_contradicts("dev='eth1'", "dev='eth2'", "plug");
	assert_contradicts("type='direct' dev='eth1' mode='bridge'", "type='bridge' bridge='eth1'",
			   "plug");
	assert_contradicts("<plug type='direct' dev='eth1' mode='bridge'/>", "", "plug");
	assert_contradicts("<plug type='direct' dev='eth1' mode='bridge'/>",
			   "<plug type='hostdev-pci'><address slot='1'/></plug>", "plug");
}

/* All that an actual can hold; the portgroup is the network's default one. */
static const char full[] = "<port>\n"
			   "  <name>vif0</name>\n"
			   "  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
			   "  <state>connected</state>\n"
			   "  <type>live</type>\n"
			   "  <networkport>\n"
			   "    <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"
			   "    <owner>\n"
			   "      <name>unknown</name>\n"
			   "      <uuid>00000000-0000-0000-0000-000000000000</uuid>\n"
			   "    </owner>\n"
			   "    <group>eng</group>\n"
			   "    <mac address='52:54:00:00:00:01'/>\n"
			   "    <bandwidth classID='3'>\n"
			   "      <inbound average='1' floor='2'/>\n"
			   "    </bandwidth>\n"
			   "    <vlan>\n"
			   "      <tag id='5'/>\n"
			   "    </vlan>\n"
			   "    <port isolated='yes'/>\n"
			   "    <rxfilters trustGuest='yes'/>\n"
			   "    <plug type='network' bridge='vifbr0' macTableManager='libvirt'/>\n"
			   "  </networkport>\n"
			   "  <interface type='network' trustGuestRxFilters='no'>\n"
			   "    <mac address='52:54:00:00:00:01'/>\n"
			   "    <source network='red'/>\n"
			   "    <actual type='network' trustGuestRxFilters='yes' "
			   "xmlns:vif='urn:vifd:1' vif:portgroup='eng'>\n"
			   "      <source bridge='vifbr0' macTableManager='libvirt' "
			   "xmlns:vif='urn:vifd:1' vif:reflective-relay='yes'/>\n"
			   "      <class id='3'/>\n"
			   "      <vlan>\n"
			   "        <tag id='5'/>\n"
			   "      </vlan>\n"
			   "      <bandwidth>\n"
			   "        <inbound average='1' floor='2'/>\n"
			   "      </bandwidth>\n"
			   "      <port isolated='yes'/>\n"
			   "    </actual>\n"
			   "    <vlan>\n"
			   "      <tag id='4'/>\n"
			   "    </vlan>\n"
			   "    <filterref filter='clean-traffic'/>\n"
			   "  </interface>\n"
			   "</port>\n";

static void an_actual_holds_all_that_was_decided(void **state)
{
	AUTO(port_freep) struct port *port = read_good(full);

	assert_recorded(port, full);
	assert_int_equal(port->actual.type, INTERFACE_BRIDGE);
	assert_true(port->actual.managed);
	assert_true(port->actual.reflects);
	assert_int_equal(port->actual.mac_table_manager, MAC_TABLE_LIBVIRT);
	assert_string_equal(port->actual.portgroup, "eng");
	assert_int_equal(port->actual.bandwidth.class_id, 3);
	assert_int_equal(port->actual.vlan.tags[0], 5);
	assert_string_equal(port->actual.filter.filter, "clean-traffic");
	assert_merged(port, "<interface type='network' trustGuestRxFilters='yes'>\n"
			    "  <mac address='52:54:00:00:00:01'/>\n"
			    "  <source network='red' "
			    "portid='81ff0d90-c91e-6742-64da-4a736edb9a8b' bridge='vifbr0' "
			    "macTableManager='libvirt'/>\n"
			    "  <vlan>\n"
			    "    <tag id='5'/>\n"
			    "  </vlan>\n"
			    "  <bandwidth>\n"
			    "    <inbound average='1' floor='2'/>\n"
			    "  </bandwidth>\n"
			    "  <port isolated='yes'/>\n"
			    "  <target dev='vif0'/>\n"
			    "  <filterref filter='clean-traffic'/>\n"
			    "</interface>\n");
}

static void the_virtualport_of_the_actual_is_the_merged_one(void **state)
{
	AUTO(port_freep)
	struct port *port = read_good(RECORD(
		"<interface type='network'><source network='red' portgroup='eng'/>"
		"<virtualport><parameters managerid='1'/></virtualport>"
		"<actual type='direct'><source dev='eth1' mode='vepa'/>"
		"<virtualport type='802.1Qbg'><parameters managerid='1' typeid='2' "
		"typeidversion='3'/></virtualport><port isolated='yes'/></actual></interface>"));

	/* Isolated it could not ask to be, so it is not shown. */
	assert_merged(port, "<interface type='direct'>\n"
			    "  <source network='red' portgroup='eng' "
			    "portid='81ff0d90-c91e-6742-64da-4a736edb9a8b' dev='eth1' "
			    "mode='vepa'/>\n"
			    "  <virtualport type='802.1Qbg'>\n"
			    "    <parameters managerid='1' typeid='2' typeidversion='3'/>\n"
			    "  </virtualport>\n"
			    "  <target dev='web0'/>\n"
			    "</interface>\n");
}

static void a_torn_record_is_refused_wherever_it_is_torn(void **state)
{
	for (size_t size = 0; size < sizeof(record) - 2; size++) {
		struct port *port = NULL;
		AUTO_ERROR struct error err = ERROR_INIT;

		assert_int_equal(port_from_xml(record, size, "p.xml", &port, &err), -EINVAL);
		assert_int_equal(err.kind, ERROR_INVALID_XML);
		assert_null(port);
	}
}

/* A record of the largest size that is read is written as connecting first. */
static void a_record_that_is_read_as_connecting_is_read_in_every_state(void **state)
{
	AUTO(port_freep) struct port *port = read_good(record);

	free(take_ptr(port->reason));
	for (unsigned i = 0; i < PORT_STATE_COUNT; i++) {
		AUTO(port_freep) struct port *again = NULL;
		AUTO_FREE char *xml = NULL;
		struct error err = ERROR_INIT;

		port->state = i;
		assert_success(&err, port_to_xml(port, &xml, &err));
		assert_success(&err, read_text(xml, &again, &err));
		assert_int_equal(again->state, i);
		assert_true(strlen(port_state_name(i)) <= strlen(port_state_name(PORT_CONNECTING)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_read_in_full),
		cmocka_unit_test(a_record_is_written_as_it_was_read),
		cmocka_unit_test(a_record_may_know_no_owner_and_no_actual),
		cmocka_unit_test(what_xml_cannot_carry_does_not_tear_a_record),
		cmocka_unit_test(the_merged_form_is_of_the_actual_type),
		cmocka_unit_test(a_network_on_a_bridge_merges_to_it),
		cmocka_unit_test(the_merged_form_tells_what_else_decides),
		cmocka_unit_test(an_actual_may_wait_for_one_of_a_pool),
		cmocka_unit_test(an_actual_keeps_the_address_that_decides),
		cmocka_unit_test(a_tap_on_nothing_merges_to_itself),
		cmocka_unit_test(records_that_are_not_ours_are_refused_by_line),
		cmocka_unit_test(a_record_that_contradicts_itself_is_refused_by_the_element),
		cmocka_unit_test(an_actual_holds_all_that_was_decided),
		cmocka_unit_test(the_virtualport_of_the_actual_is_the_merged_one),
		cmocka_unit_test(a_record_that_is_read_as_connecting_is_read_in_every_state),
		cmocka_unit_test(a_torn_record_is_refused_wherever_it_is_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
