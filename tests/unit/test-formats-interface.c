/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing.h"

#include "formats/interface-xml.h"

static int read_text(const char *xml, struct interface **ret, struct error *err)
{
	return interface_from_xml(xml, strlen(xml), "i.xml", ret, err);
}

static struct interface *read_good(const char *xml)
{
	struct interface *interface = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, read_text(xml, &interface, &err));
	return interface;
}

static void assert_written(const struct interface *interface, const char *expected)
{
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, interface_to_xml(interface, &xml, &err));
	assert_string_equal(xml, expected);
}

/* in is read and written as out, and out as itself. */
static void assert_becomes(const char *in, const char *out)
{
	AUTO(interface_freep) struct interface *interface = read_good(in);
	AUTO(interface_freep) struct interface *again = read_good(out);

	assert_written(interface, out);
	assert_written(again, out);
}

static void assert_refused(enum error_kind kind, const char *xml, const char *text)
{
	struct interface *interface = NULL;
	struct error err = ERROR_INIT;
	int r = read_text(xml, &interface, &err);

	assert_error(&err, r, kind, text);
	assert_null(interface);
}

#define DIRECT(inside) "<interface type='direct'>\n<source dev='eth0'/>\n" inside "\n</interface>"

static void every_setting_is_read(void **state)
{
	AUTO(interface_freep)
	struct interface *interface = read_good(
		"<interface type='direct'>\n"
		"  <mac address='52:54:00:AB:cd:EF'/>\n"
		"  <source dev='eth0' mode='private' startupPolicy='optional' "
		"xmlns:v='urn:vifd:1' v:mac='AA:00:00:00:00:01'/>\n"
		"  <target dev='web%d'/>\n"
		"  <model type='virtio'/>\n"
		"  <driver name='vhost' queues='4'/>\n"
		"  <link state='down'/>\n"
		"  <mtu size='9000'/>\n"
		"  <alias name='net0'/>\n"
		"  <vif:port xmlns:vif='urn:vifd:1' type='direct'/>\n"
		"  <vif:link xmlns:vif='urn:vifd:1' follow='yes'/>\n"
		"</interface>\n");
	char mac[MAC_TEXT_SIZE];

	mac_format(&interface->dev_mac, mac);
	assert_true(interface->has_dev_mac);
	assert_string_equal(mac, "aa:00:00:00:00:01");
	assert_true(interface->optional);
	assert_true(interface->follow_link);
	mac_format(&interface->mac, mac);
	assert_true(interface->has_mac);
	assert_string_equal(mac, "52:54:00:ab:cd:ef");
	assert_int_equal(interface->type, INTERFACE_DIRECT);
	assert_string_equal(interface->dev, "eth0");
	assert_int_equal(interface->mode, DIRECT_PRIVATE);
	assert_string_equal(interface->target, "web%d");
	assert_string_equal(interface->model, "virtio");
	assert_int_equal(interface->driver, DRIVER_VHOST);
	assert_int_equal(interface->queues, 4);
	assert_int_equal(interface->link, LINK_STATE_DOWN);
	assert_int_equal(interface->mtu, 9000);
	assert_string_equal(interface->alias, "net0");
	assert_int_equal(interface->port_type, PORT_TYPE_DIRECT);
	assert_int_equal(interface->kept.n, 0);
}

static void lines_are_those_of_the_document(void **state)
{
	AUTO(interface_freep)
	struct interface *interface = read_good(
		"<!-- one -->\n<interface type='bridge'>\n\n<source bridge='br0'/>\n"
		"<driver queues='2'/><mac address='52:54:00:00:00:01'/></interface>");

	assert_int_equal(interface->line, 2);
	assert_int_equal(interface->source_line, 4);
	assert_int_equal(interface->driver_line, 5);
	assert_int_equal(interface->mac_line, 5);
}

static void output_has_the_order_and_layout_of_libvirt(void **state)
{
	assert_becomes("<interface type=\"network\">"
		       "<alias name=\"ua-web\"/><mtu size=\"1400\"/><link state=\"up\"/>"
		       "<address type=\"pci\" slot=\"0x02\"/><boot order=\"1\"/>"
		       "<driver queues=\"2\" txmode=\"timer\" name=\"qemu\"><guest ufo=\"off\"/>"
		       "<host csum=\"off\"/></driver><model type=\"virtio\"/>"
		       "<target dev=\"web0\"/><source portgroup=\"g\" network=\"red\"/>"
		       "<tune>\n<sndbuf>1600</sndbuf></tune><coalesce><rx><frames max=\"7\"/></rx>"
		       "</coalesce><acpi index=\"3\"/><rom bar=\"on\" file=\"/a b\"/>"
		       "<mac address=\"52:54:00:00:00:01\" check=\"no\" type=\"static\"/>"
		       "<backend type=\"default\"/><port isolated=\"no\"/></interface>",
		       "<interface type='network'>\n"
		       "  <mac address='52:54:00:00:00:01' type='static' check='no'/>\n"
		       "  <source network='red' portgroup='g'/>\n"
		       "  <port isolated='no'/>\n"
		       "  <target dev='web0'/>\n"
		       "  <model type='virtio'/>\n"
		       "  <driver name='qemu' queues='2' txmode='timer'>\n"
		       "    <host csum='off'/>\n"
		       "    <guest ufo='off'/>\n"
		       "  </driver>\n"
		       "  <backend type='default'/>\n"
		       "  <tune>\n"
		       "    <sndbuf>1600</sndbuf>\n"
		       "  </tune>\n"
		       "  <link state='up'/>\n"
		       "  <mtu size='1400'/>\n"
		       "  <coalesce>\n"
		       "    <rx>\n"
		       "      <frames max='7'/>\n"
		       "    </rx>\n"
		       "  </coalesce>\n"
		       "  <boot order='1'/>\n"
		       "  <alias name='ua-web'/>\n"
		       "  <rom bar='on' file='/a b'/>\n"
		       "  <acpi index='3'/>\n"
		       "  <address type='pci' slot='0x02'/>\n"
		       "</interface>\n");
}

static void vepa_is_the_default_and_passthru_another_word(void **state)
{
	assert_becomes("<interface type='direct'><source dev='eth0'/></interface>",
		       "<interface type='direct'>\n  <source dev='eth0' mode='vepa'/>\n"
		       "</interface>\n");
	assert_becomes("<interface type='direct'><source dev='eth0' mode='passthru'/></interface>",
		       "<interface type='direct'>\n  <source dev='eth0' mode='passthrough'/>\n"
		       "</interface>\n");
}

static void what_vifd_adds_is_given_back_behind_what_is_libvirts(void **state)
{
	assert_becomes("<interface xmlns:v='urn:vifd:1' type='direct'><a:x xmlns:a='urn:a'/>"
		       "<v:link follow='yes'/><v:port type='live'/>"
		       "<source v:mac='02:00:00:00:00:FE' xmlns:a='urn:a' a:b='c' "
		       "startupPolicy='optional' dev='eth0'/><alias name='net0'/></interface>",
		       "<interface type='direct'>\n"
		       "  <source dev='eth0' mode='vepa' startupPolicy='optional' xmlns:a='urn:a' "
		       "a:b='c' xmlns:vif='urn:vifd:1' vif:mac='02:00:00:00:00:fe'/>\n"
		       "  <alias name='net0'/>\n"
		       "  <vif:port xmlns:vif='urn:vifd:1' type='live'/>\n"
		       "  <vif:link xmlns:vif='urn:vifd:1' follow='yes'/>\n"
		       "  <a:x xmlns:a=\"urn:a\"/>\n"
		       "</interface>\n");
}

static void every_source_but_nothing_may_be_optional(void **state)
{
	assert_becomes("<interface type='network'><source startupPolicy='optional' "
		       "network='red' portgroup='g'/></interface>",
		       "<interface type='network'>\n  <source network='red' portgroup='g' "
		       "startupPolicy='optional'/>\n</interface>\n");
	assert_becomes("<interface type='bridge'><source startupPolicy='optional' bridge='br0'/>"
		       "</interface>",
		       "<interface type='bridge'>\n  <source bridge='br0' "
		       "startupPolicy='optional'/>\n</interface>\n");
	assert_refused(ERROR_NOT_SUPPORTED,
		       "<interface type='ethernet'><source startupPolicy='optional'/></interface>",
		       "i.xml:1: <source> has an attribute 'startupPolicy' that vifd does not know "
		       "here");
}

static void the_default_is_not_written(void **state)
{
	assert_becomes("<interface type='bridge' xmlns:v='urn:vifd:1'>"
		       "<source startupPolicy='mandatory' bridge='br0'/><v:link follow='no'/>"
		       "</interface>",
		       "<interface type='bridge'>\n  <source bridge='br0'/>\n</interface>\n");
}

static void one_queue_and_no_mac_are_unset(void **state)
{
	static const char empty[] = "<interface type='ethernet'/>\n";

	assert_becomes("<interface type='ethernet'><driver queues='0'/></interface>", empty);
	assert_becomes("<interface type='ethernet'><driver queues='1'/></interface>", empty);
	assert_becomes("<interface type='ethernet'><mac address='00:00:00:00:00:00'/></interface>",
		       empty);
	assert_becomes("<interface type='ethernet'><source/></interface>", empty);
	assert_becomes("<interface type='ethernet'><mac address='00:00:00:00:00:00' type='static'/>"
		       "</interface>",
		       "<interface type='ethernet'>\n"
		       "  <mac address='00:00:00:00:00:00' type='static'/>\n"
		       "</interface>\n");
}

static void foreign_things_are_given_back_where_they_were(void **state)
{
	assert_becomes(
		"<interface xmlns:a='urn:a' xmlns:b='urn:b' a:x='1' a:y='2' type='ethernet'>\n"
		"  <a:note xml:lang='de'>two\n   lines &amp; <a:b  c=\"'\"/></a:note>\n"
		"  <model b:z='3' type='virtio'><b:in/></model>\n"
		"  <plain xmlns='urn:c'/>\n"
		"  <boot order='1'><a:x/></boot>\n"
		"</interface>",
		"<interface type='ethernet' xmlns:a='urn:a' a:x='1' a:y='2'>\n"
		"  <model type='virtio' xmlns:b='urn:b' b:z='3'>\n"
		"    <b:in xmlns:b=\"urn:b\"/>\n"
		"  </model>\n"
		"  <boot xmlns:a=\"urn:a\" order=\"1\"><a:x/></boot>\n"
		"  <a:note xmlns:a=\"urn:a\" xml:lang=\"de\">two\n   lines &amp; <a:b c=\"'\"/>"
		"</a:note>\n"
		"  <plain xmlns=\"urn:c\"/>\n"
		"</interface>\n");
}

static void foreign_things_keep_their_letters(void **state)
{
	static const char out[] = "<interface type='ethernet'>\n"
				  "  <x xmlns=\"urn:a\" b=\"gr\xc3\xbcn\">bl\xc3\xa4u</x>\n"
				  "</interface>\n";

	assert_becomes("<?xml version='1.0' encoding='UTF-8'?><interface type='ethernet'>"
		       "<x xmlns='urn:a' b='gr\xc3\xbcn'>bl\xc3\xa4u</x></interface>",
		       out);
	assert_becomes("<?xml version='1.0' encoding='ISO-8859-1'?><interface type='ethernet'>"
		       "<x xmlns='urn:a' b='gr\xfcn'>bl\xe4u</x></interface>",
		       out);
}

static void markup_in_values_is_escaped(void **state)
{
	assert_becomes("<interface type='network'><source network='a&lt;&amp;&gt;&quot;&apos;b'/>"
		       "<rom file='x&#9;y&#10;z&#13;'/></interface>",
		       "<interface type='network'>\n"
		       "  <source network='a&lt;&amp;&gt;&quot;&apos;b'/>\n"
		       "  <rom file='x&#9;y&#10;z&#13;'/>\n"
		       "</interface>\n");
}

static void what_libvirt_only_writes_is_forgotten(void **state)
{
	assert_becomes("<interface type='network'>"
		       "<mac address='52:54:00:00:00:01' currentAddress='52:54:00:00:00:02'/>"
		       "<source network='n' portid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f' "
		       "bridge='virbr0' macTableManager='libvirt'/></interface>",
		       "<interface type='network'>\n  <mac address='52:54:00:00:00:01'/>\n"
		       "  <source network='n'/>\n</interface>\n");
}

static void other_encodings_are_read(void **state)
{
	assert_becomes("<?xml version='1.0' encoding='ISO-8859-1'?>"
		       "<interface type='network'><source network='gr\xfcn'/></interface>",
		       "<interface type='network'>\n  <source network='gr\xc3\xbcn'/>\n"
		       "</interface>\n");
}

/* What stands behind "not XML: " is libxml2's, and so is its idea of the column. */
static void assert_not_xml(const char *xml, unsigned line)
{
	struct interface *interface = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	unsigned said_line, column;
	char first;

	assert_int_equal(read_text(xml, &interface, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_INVALID_XML);
	assert_int_equal(sscanf(err.text, "i.xml:%u:%u: not XML: %c", &said_line, &column, &first),
			 3);
	assert_int_equal(said_line, line);
	assert_null(strchr(err.text, '\n'));
}

static void what_is_not_xml_is_refused_by_line_and_column(void **state)
{
	assert_not_xml("<interface type='direct'>\n  <source dev='eth0'>\n", 3);
	assert_not_xml("<interface>\n  <a></b>\n</interface>", 2);
	assert_not_xml("<interface>\n\n&nbsp;</interface>", 3);
	assert_not_xml("<interface a='1' a='2'/>", 1);
	assert_not_xml("<interface>\n<!-- \xff --></interface>", 2);
	assert_not_xml("network=red", 1);
	assert_refused(ERROR_INVALID_XML, "", "i.xml:1: not XML: the document is empty");
}

static void without_a_source_the_line_is_named_alone(void **state)
{
	struct interface *interface = NULL;
	struct error err = ERROR_INIT;
	int r;

	r = interface_from_xml("<a>", 3, NULL, &interface, &err);
	assert_int_equal(r, -EINVAL);
	assert_memory_equal(err.text, "line 1, column ", 15);
	error_done(&err);
	r = interface_from_xml("<a/>", 4, NULL, &interface, &err);
	assert_error(&err, r, ERROR_INVALID_XML,
		     "line 1: the root element is <a>, not <interface>");
}

static void another_document_is_refused(void **state)
{
	assert_refused(ERROR_INVALID_XML, "<network/>",
		       "i.xml:1: the root element is <network>, not <interface>");
	assert_refused(ERROR_INVALID_XML, "\n<interface xmlns='urn:x' type='direct'/>",
		       "i.xml:2: <interface> is in the namespace 'urn:x'; it belongs in none");
}

static void declarations_and_entities_are_refused(void **state)
{
	assert_refused(ERROR_INVALID_XML, "<!DOCTYPE interface>\n<interface type='ethernet'/>",
		       "i.xml:1: a document type declaration (<!DOCTYPE>) is not accepted here");
	assert_refused(ERROR_INVALID_XML,
		       "<!DOCTYPE i [\n<!ENTITY a 'b'>\n<!ENTITY c '&a;&a;'>]>\n"
		       "<interface type='ethernet'>&c;</interface>",
		       "i.xml:1: a document type declaration (<!DOCTYPE>) is not accepted here");
	assert_refused(ERROR_INVALID_XML,
		       "<!DOCTYPE i SYSTEM 'file:///etc/passwd'>\n<interface type='ethernet'/>",
		       "i.xml:1: a document type declaration (<!DOCTYPE>) is not accepted here");
}

/* A document of `n` times `what` between two ends. */
static char *repeated(const char *begin, const char *what, size_t n, const char *end)
{
	size_t length = strlen(what);
	char *xml = malloc(strlen(begin) + n * length + strlen(end) + 1), *p;

	assert_non_null(xml);
	p = stpcpy(xml, begin);
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, what);
	stpcpy(p, end);
	return xml;
}

static void documents_are_bounded(void **state)
{
	AUTO_FREE char *deep = repeated("<interface>", "<a>", 100, "");
	AUTO_FREE char *many = repeated("<interface>", "<a/>", 20001, "</interface>");
	AUTO_FREE char *wide = repeated("<interface ", "a='' ", 1001, "/>");
	AUTO_FREE char *large = repeated("<interface>", " ", 1 << 20, "</interface>");
	struct interface *interface = NULL;
	struct error err = ERROR_INIT;
	int r;

	assert_refused(ERROR_INVALID_XML, deep,
		       "i.xml:1: elements are nested too deeply (more than 64)");
	assert_refused(ERROR_INVALID_XML, many,
		       "i.xml:1: there are too many elements (more than 20000)");
	assert_refused(ERROR_INVALID_XML, wide,
		       "i.xml:1: an element has too many attributes (more than 1000)");
	assert_refused(ERROR_INVALID_XML, large,
		       "i.xml: the document is too large (1048599 bytes; 1048576 are read)");
	r = interface_from_xml("<interface\0/>", 13, "i.xml", &interface, &err);
	assert_error(&err, r, ERROR_INVALID_XML,
		     "i.xml: not XML: it holds a NUL byte (is it UTF-16?)");
}

static void what_is_required_is_named_when_it_lacks(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ "<interface type='direct'>\n</interface>",
		  "i.xml:1: <interface type='direct'> lacks the element <source>" },
		{ "<interface type='network'/>",
		  "i.xml:1: <interface type='network'> lacks the element <source>" },
		{ "<interface type='direct'>\n<source mode='vepa'/></interface>",
		  "i.xml:2: <source> lacks the attribute 'dev'" },
		{ "<interface type='network'>\n<source/></interface>",
		  "i.xml:2: <source> lacks the attribute 'network'" },
		{ "<interface type='bridge'>\n<source/></interface>",
		  "i.xml:2: <source> lacks the attribute 'bridge'" },
		{ DIRECT("<mac/>"), "i.xml:3: <mac> lacks the attribute 'address'" },
		{ DIRECT("<target/>"), "i.xml:3: <target> lacks the attribute 'dev'" },
		{ DIRECT("<model/>"), "i.xml:3: <model> lacks the attribute 'type'" },
		{ DIRECT("<link/>"), "i.xml:3: <link> lacks the attribute 'state'" },
		{ DIRECT("<mtu/>"), "i.xml:3: <mtu> lacks the attribute 'size'" },
		{ DIRECT("<alias/>"), "i.xml:3: <alias> lacks the attribute 'name'" },
		{ DIRECT("<port xmlns='urn:vifd:1'/>"),
		  "i.xml:3: <port> lacks the attribute 'type'" },
		{ DIRECT("<v:link xmlns:v='urn:vifd:1'/>"),
		  "i.xml:3: <v:link> lacks the attribute 'follow'" },
		{ "<interface type='direct'>\n<source xmlns:v='urn:vifd:1' "
		  "v:mac='02:00:00:00:00:01'/></interface>",
		  "i.xml:2: <source> lacks the attribute 'dev'" },
		{ DIRECT("<mac address='52:54:00:00:00:01'/>\n<mac address='52:54:00:00:00:02'/>"),
		  "i.xml:4: <mac> stands twice in <interface> (first in line 3)" },
		{ DIRECT("hello"), "i.xml:1: <interface> holds text where none belongs" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_INVALID_XML, cases[i].xml, cases[i].text);
}

static void values_out_of_range_are_named_with_their_element(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ "<interface type='macvtap'/>",
		  "i.xml:1: <interface type='macvtap'> is not one of network, direct, bridge, "
		  "ethernet, user, vhostuser, server, client, mcast, udp, null, vdpa, hostdev" },
		{ "<interface trustGuestRxFilters='maybe' type='ethernet'/>",
		  "i.xml:1: <interface trustGuestRxFilters='maybe'> is not one of yes, no" },
		{ "<interface type='direct'>\n<source dev='eth0' mode='source'/></interface>",
		  "i.xml:2: <source mode='source'> is not one of vepa, bridge, private, "
		  "passthrough" },
		{ "<interface type='direct'>\n<source dev=''/></interface>",
		  "i.xml:2: <source dev=''> is empty" },
		{ "<interface type='direct'>\n<source dev='averyveryverylongname0'/></interface>",
		  "i.xml:2: host interface 'averyveryverylongname0' is too long; a device's "
		  "name has at most 15 characters" },
		{ "<interface type='bridge'>\n<source bridge='a/b'/></interface>",
		  "i.xml:2: bridge 'a/b' is not a name that a device can have" },
		{ DIRECT("<mac address='52:54:00:12:34'/>"),
		  "i.xml:3: <mac address='52:54:00:12:34'> is not a MAC address (six pairs of "
		  "hexadecimal digits)" },
		{ DIRECT("<mac address='01:00:5e:00:00:01'/>"),
		  "i.xml:3: <mac address='01:00:5e:00:00:01'> is multicast; a guest needs a "
		  "unicast address" },
		{ DIRECT("<mac address='52:54:00:00:00:01' type='x'/>"),
		  "i.xml:3: <mac type='x'> is not one of generated, static" },
		{ DIRECT("<target dev='averyveryverylongname0'/>"),
		  "i.xml:3: target name 'averyveryverylongname0' is too long; a device's name "
		  "has at most 15 characters" },
		{ DIRECT("<target dev='a%d%d'/>"),
		  "i.xml:3: target name 'a%d%d' may hold one %d and no other '%'" },
		{ DIRECT("<target dev='a b'/>"),
		  "i.xml:3: target name 'a b' is not a name that a device can have" },
		{ DIRECT("<target dev='a' managed='no'/>"),
		  "i.xml:3: <target managed='no'> is possible with type='ethernet' only" },
		{ DIRECT("<model type='a b'/>"),
		  "i.xml:3: model 'a b' may hold only letters, digits, '_' and '-'" },
		{ DIRECT("<driver name='foo'/>"),
		  "i.xml:3: <driver name='foo'> is not one of qemu, vhost" },
		{ DIRECT("<driver queues='x'/>"), "i.xml:3: <driver queues='x'> is not a number" },
		{ DIRECT("<driver queues='-5'/>"),
		  "i.xml:3: <driver queues='-5'> is not a number" },
		{ DIRECT("<driver queues='257'/>"),
		  "i.xml:3: queues '257' is out of range (1 to 256)" },
		{ DIRECT("<model type='e1000'/>\n<driver queues='2'/>"),
		  "i.xml:4: model 'e1000' has one queue; queues= needs a virtio model" },
		{ DIRECT("<model type='e1000'/>\n<driver name='vhost'/>"),
		  "i.xml:4: model 'e1000' cannot use vhost; driver name='vhost' needs a virtio "
		  "model" },
		{ DIRECT("<driver rss='yes'/>"),
		  "i.xml:3: <driver rss='yes'> is not one of on, off" },
		{ DIRECT("<driver rx_queue_size='511'/>"),
		  "i.xml:3: <driver rx_queue_size='511'> is not a power of two up to 32768" },
		{ DIRECT("<link state='x'/>"), "i.xml:3: <link state='x'> is not one of up, down" },
		{ DIRECT("<mtu size='x'/>"),
		  "i.xml:3: <mtu size='x'> is not a number from 68 to 65535" },
		{ DIRECT("<mtu size='67'/>"),
		  "i.xml:3: <mtu size='67'> is not a number from 68 to 65535" },
		{ DIRECT("<alias name='1'/>"),
		  "i.xml:3: alias '1' is not a letter followed by letters, "
		  "digits, '_', '-', '.'" },
		{ DIRECT("<tune><sndbuf>x</sndbuf></tune>"),
		  "i.xml:3: <sndbuf>x</sndbuf> is not a number below 4294967296" },
		{ DIRECT("<coalesce><rx>\n<frames max='4294967296'/></rx></coalesce>"),
		  "i.xml:4: <frames max='4294967296'> is not a number below 4294967296" },
		{ DIRECT("<actual type='direct'/>"),
		  "i.xml:3: <actual> is a record of vifd's own; an interface that is asked for may "
		  "not have it" },
		{ DIRECT("<p:port xmlns:p='urn:vifd:1' type='x'/>"),
		  "i.xml:3: <p:port type='x'> is not one of direct, live" },
		{ DIRECT("<p:link xmlns:p='urn:vifd:1' follow='on'/>"),
		  "i.xml:3: <p:link follow='on'> is not one of yes, no" },
		{ "<interface type='direct'>\n<source dev='eth0' startupPolicy='requisite'/>"
		  "</interface>",
		  "i.xml:2: <source startupPolicy='requisite'> is not one of mandatory, "
		  "optional" },
		{ "<interface type='direct'>\n<source dev='eth0' xmlns:p='urn:vifd:1' "
		  "p:mac='eth0'/></interface>",
		  "i.xml:2: <source p:mac='eth0'> is not a MAC address that a device can have" },
		{ "<interface type='direct'>\n<source dev='eth0' xmlns:p='urn:vifd:1' "
		  "p:mac='00:00:00:00:00:00'/></interface>",
		  "i.xml:2: <source p:mac='00:00:00:00:00:00'> is not a MAC address that a "
		  "device can have" },
		{ "<interface type='direct'>\n<source dev='eth0' xmlns:p='urn:vifd:1' "
		  "p:mac='01:00:00:00:00:01'/></interface>",
		  "i.xml:2: <source p:mac='01:00:00:00:00:01'> is not a MAC address that a "
		  "device can have" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_INVALID_ARGUMENT, cases[i].xml, cases[i].text);
}

/* Read, given back as it was, and refused when it is to be plugged. */
static void assert_kept_until_plugged(const char *xml, const char *text)
{
	AUTO(interface_freep) struct interface *interface = read_good(xml);
	AUTO_FREE char *again = NULL;
	struct error err = ERROR_INIT;
	int r;

	assert_success(&err, interface_to_xml(interface, &again, &err));
	assert_string_equal(again, xml);
	r = interface_check_served(interface, &err);
	assert_error(&err, r, ERROR_NOT_SUPPORTED, text);
}

static void what_would_have_to_be_acted_on_is_kept_until_it_is_plugged(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ "<interface type='ethernet'>\n  <target dev='a' managed='no'/>\n</interface>\n",
		  "line 2: <target managed='no'> is not supported yet" },
		{ "<interface type='ethernet'>\n  <source>\n"
		  "    <ip address='10.0.0.1' family='ipv4'/>\n  </source>\n</interface>\n",
		  "line 3: <ip> in <source> is not supported yet" },
		{ "<interface type='ethernet'>\n  <source>\n"
		  "    <route address='::' prefix='0' gateway='fe80::1' metric='7'/>\n"
		  "  </source>\n</interface>\n",
		  "line 3: <route> in <source> is not supported yet" },
		{ "<interface type='bridge'>\n"
		  "  <source bridge='b' macTableManager='libvirt'/>\n</interface>\n",
		  "line 2: <source macTableManager='libvirt'> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <ip address='10.0.0.2' family='ipv4' prefix='24'/>\n</interface>\n",
		  "line 3: <ip> in <interface> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <script path='/x'/>\n  <downscript path='/y'/>\n</interface>\n",
		  "line 3: <script> in <interface> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <downscript path='/y'/>\n</interface>\n",
		  "line 3: <downscript> in <interface> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <backenddomain name='d'/>\n</interface>\n",
		  "line 3: <backenddomain> in <interface> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <backend tap='/dev/x'/>\n</interface>\n",
		  "line 3: <backend tap='/dev/x'> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <backend vhost='/dev/x'/>\n</interface>\n",
		  "line 3: <backend vhost='/dev/x'> is not supported yet" },
		{ "<interface type='bridge'>\n  <source bridge='b'/>\n"
		  "  <backend logFile='/x'/>\n</interface>\n",
		  "line 3: <backend logFile='/x'> is not supported yet" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_kept_until_plugged(cases[i].xml, cases[i].text);
}

static void types_of_others_are_kept_and_named_when_they_are_plugged(void **state)
{
	static const struct {
		const char *type, *inside;
	} cases[] = {
		{ "user", "" },
		{ "user", "  <source dev='eth0'/>\n"
			  "  <ip address='10.0.0.2' family='ipv4' prefix='24'/>\n"
			  "  <portForward proto='tcp' dev='eth0'>\n"
			  "    <range start='22' end='23' to='2022'/>\n  </portForward>\n"
			  "  <backend type='passt' logFile='/x'/>\n" },
		{ "vhostuser", "  <source type='unix' path='/tmp/s' mode='client'>\n"
			       "    <reconnect enabled='yes' timeout='10'/>\n  </source>\n"
			       "  <driver queues='4'/>\n" },
		{ "server", "  <source port='5558'/>\n" },
		{ "client", "  <source address='192.168.0.1' port='5558'/>\n" },
		{ "mcast", "  <source address='230.0.0.1' port='5558'/>\n" },
		{ "udp", "  <source address='10.0.0.1' port='1'>\n"
			 "    <local address='127.0.0.1' port='2'/>\n  </source>\n" },
		{ "null", "" },
		{ "vdpa", "  <source dev='/dev/vhost-vdpa-0'/>\n" },
		{ "hostdev", "  <source>\n    <address type='pci' domain='0x0000' bus='0x06' "
			     "slot='0x02' function='0x1'/>\n  </source>\n"
			     "  <vlan>\n    <tag id='4'/>\n  </vlan>\n"
			     "  <driver name='vfio'/>\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool empty = !*cases[i].inside;
		char xml[512], text[128];

		snprintf(xml, sizeof(xml), "<interface type='%s'%s>\n%s%s", cases[i].type,
			 empty ? "/" : "", cases[i].inside, empty ? "" : "</interface>\n");
		snprintf(text, sizeof(text),
			 "line 1: <interface type='%s'> is kept, and is not something that vifd "
			 "connects",
			 cases[i].type);
		assert_kept_until_plugged(xml, text);
	}
	assert_becomes("<interface/>", "<interface type='user'/>\n");
	assert_becomes("<interface type='hostdev' managed='yes'><source><address type='pci' "
		       "domain='0' bus='6' slot='2' function='01'/></source></interface>",
		       "<interface type='hostdev' managed='yes'>\n  <source>\n"
		       "    <address type='pci' domain='0x0000' bus='0x06' slot='0x02' "
		       "function='0x1'/>\n  </source>\n</interface>\n");
}

static void what_the_switch_is_told_is_read_and_given_back(void **state)
{
	static const char xml[] = "<interface type='network' trustGuestRxFilters='yes'>\n"
				  "  <source network='red'/>\n"
				  "  <vlan trunk='yes'>\n"
				  "    <tag id='42'/>\n"
				  "    <tag id='43' nativeMode='untagged'/>\n"
				  "  </vlan>\n"
				  "  <virtualport>\n"
				  "    <parameters managerid='11' profileid='bob'/>\n"
				  "  </virtualport>\n"
				  "  <bandwidth>\n"
				  "    <inbound average='9' floor='3'/>\n"
				  "    <outbound average='1' peak='2' burst='3'/>\n"
				  "  </bandwidth>\n"
				  "  <port isolated='no'/>\n"
				  "  <filterref filter='clean-traffic'>\n"
				  "    <parameter name='IP' value='10.0.0.1'/>\n"
				  "  </filterref>\n"
				  "</interface>\n";
	AUTO(interface_freep) struct interface *interface = read_good(xml);

	assert_becomes(xml, xml);
	assert_int_equal(interface->trust_rx_filters, TRISTATE_YES);
	assert_int_equal(interface->isolated, TRISTATE_NO);
	assert_int_equal(interface->virtualport.type, VIRTUALPORT_TYPELESS);
	assert_int_equal(interface->virtualport.numbers[VIRTUALPORT_MANAGERID], 11);
	assert_true(interface->bandwidth.inbound.floor == 3);
	assert_int_equal(interface->vlan.n_tags, 2);
	assert_string_equal(interface->filter.filter, "clean-traffic");
	assert_int_equal(interface->kept.n, 0);
	assert_int_equal(interface_check_served(interface, NULL), 0);
}

static void rules_of_one_element_and_the_type_are_told_by_line(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ DIRECT("<virtualport/>"),
		  "i.xml:3: <virtualport> without a type, with interface type 'direct' is not "
		  "possible" },
		{ DIRECT("<virtualport type='802.1Qbg'>\n<parameters "
			 "managerid='1'/></virtualport>"),
		  "i.xml:3: missing typeid in <virtualport type='802.1Qbg'>" },
		{ DIRECT("<virtualport type='802.1Qbh'>\n<parameters "
			 "managerid='1'/></virtualport>"),
		  "i.xml:3: extra managerid unsupported in <virtualport type='802.1Qbh'>" },
		{ "<interface type='ethernet'>\n<virtualport type='openvswitch'/></interface>",
		  "i.xml:2: <virtualport> with interface type 'ethernet' is not possible" },
		{ "<interface>\n<virtualport type='openvswitch'/></interface>",
		  "i.xml:2: <virtualport> with interface type 'user' is not possible" },
		{ DIRECT("<port isolated='yes'/>"),
		  "i.xml:3: <port isolated='yes'/> with interface type 'direct' is not possible" },
		{ "<interface type='bridge'><source bridge='b'/><virtualport type='openvswitch'/>\n"
		  "<port isolated='yes'/></interface>",
		  "i.xml:2: <port isolated='yes'/> is not possible beside a <virtualport>" },
		{ "<interface type='bridge'><source bridge='b'/>\n"
		  "<bandwidth><inbound floor='1'/></bandwidth></interface>",
		  "i.xml:2: bandwidth floor= is possible only in <inbound> of an interface of "
		  "type='network'" },
		{ DIRECT("<vlan trunk='no'><tag id='1'/><tag id='2'/></vlan>"),
		  "i.xml:3: <vlan trunk='no'> can have neither several tags nor a native one" },
		{ "<interface>\n<driver queues='2'/></interface>",
		  "i.xml:2: queues= with type 'user' is not possible" },
		{ DIRECT("<backend tap='/dev/x'/>"),
		  "i.xml:3: <backend tap='/dev/x'> is possible with types network, bridge, "
		  "ethernet only" },
		{ DIRECT("<backend type='passt'/>"),
		  "i.xml:3: <backend type='passt'> is possible with types user, vhostuser only" },
		{ "<interface>\n<portForward proto='tcp'/></interface>",
		  "i.xml:2: <portForward> is possible with <backend type='passt'/> only" },
		{ "<interface><portForward proto='sctp'/></interface>",
		  "i.xml:1: <portForward proto='sctp'> is not one of tcp, udp" },
		{ "<interface><portForward proto='tcp'><range start='0'/></portForward>"
		  "</interface>",
		  "i.xml:1: <range start='0'> is not a number from 1 to 65535" },
		{ "<interface>\n<source dev='eth0'/></interface>",
		  "i.xml:2: <source dev=> of type='user' is possible with <backend "
		  "type='passt'/> only" },
		{ "<interface type='ethernet' managed='yes'/>",
		  "i.xml:1: <interface managed='yes'> is possible with type='hostdev' only" },
		{ "<interface type='ethernet'><source><ip address='10.0.0.1' peer='::1'/>"
		  "</source></interface>",
		  "i.xml:1: <ip address='10.0.0.1'> mixes IPv4 and IPv6" },
		{ "<interface type='ethernet'><source><ip address='x'/></source></interface>",
		  "i.xml:1: <ip address='x'> is not an IP address" },
		{ "<interface type='ethernet'><source><ip address='10.0.0.1' prefix='33'/>"
		  "</source></interface>",
		  "i.xml:1: <ip prefix='33'> is not the length of a prefix of the address" },
		{ "<interface type='mcast'><source address='x' port='1'/></interface>",
		  "i.xml:1: <source address='x'> is not an IPv4 address" },
		{ "<interface type='server'><source port='65536'/></interface>",
		  "i.xml:1: <source port='65536'> is not a number from 1 to 65535" },
		{ "<interface type='hostdev'><source><address type='usb'/></source></interface>",
		  "i.xml:1: <address type='usb'> is not pci" },
		{ "<interface type='hostdev'><source><address type='pci' slot='0x20'/></source>"
		  "</interface>",
		  "i.xml:1: <address type='pci'> is not one that a PCI device can have" },
		{ "<interface type='hostdev'><source><address type='pci' slot='-1'/></source>"
		  "</interface>",
		  "i.xml:1: <address slot='-1'> is not a number" },
		{ "<interface type='vhostuser'><source type='tcp'/></interface>",
		  "i.xml:1: <source type='tcp'> is not one of unix" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_INVALID_ARGUMENT, cases[i].xml, cases[i].text);
	assert_refused(ERROR_INVALID_XML, "<interface type='vhostuser'/>",
		       "i.xml:1: <interface type='vhostuser'> needs <source type='unix' path= "
		       "mode=/>");
	assert_refused(ERROR_INVALID_XML,
		       "<interface type='udp'><source address='1.2.3.4' port='1'/></interface>",
		       "i.xml:1: <source> lacks the element <local>");
	assert_refused(ERROR_INVALID_XML, "<interface type='hostdev'/>",
		       "i.xml:1: <interface type='hostdev'> lacks the element <source>");
}

static void what_vifd_does_not_know_is_refused_by_line(void **state)
{
	static const struct {
		const char *xml, *text;
	} cases[] = {
		{ DIRECT("<teaming/>"), "i.xml:3: <teaming> in <interface> is not supported yet" },
		{ "<interface type='vds'/>",
		  "i.xml:1: <interface type='vds'> is not supported yet" },
		{ "<interface type='internal'/>",
		  "i.xml:1: <interface type='internal'> is not supported yet" },
		{ "<interface type='network'><source network='n'/>\n<bandwidth classID='3'/>"
		  "</interface>",
		  "i.xml:2: <bandwidth> has an attribute 'classID' that vifd does not know here" },
		{ DIRECT("<virtualport type='openvswitch' a:x='1' xmlns:a='urn:a'/>"),
		  "i.xml:3: 'xmlns:a' cannot be kept inside <virtualport>" },
		{ "<interface type='bridge'><source bridge='b'>\n<ip address='10.0.0.1'/></source>"
		  "</interface>",
		  "i.xml:2: <source> has an element <ip> that vifd does not know here" },
		{ DIRECT("<speed/>"),
		  "i.xml:3: <interface> has an element <speed> that vifd does not know here" },
		{ DIRECT("<link state='up' x='1'/>"),
		  "i.xml:3: <link> has an attribute 'x' that vifd does not know here" },
		{ DIRECT("<link state='up'><x/></link>"),
		  "i.xml:3: <link> has an element <x> that vifd does not know here" },
		{ "<interface type='network'>\n<source network='n' dev='eth0'/></interface>",
		  "i.xml:2: <source> has an attribute 'dev' that vifd does not know here" },
		{ "<interface type='network' xmlns:p='urn:vifd:1'>\n"
		  "<source network='n' p:mac='02:00:00:00:00:01'/></interface>",
		  "i.xml:2: <source> has an attribute 'p:mac' that vifd does not know here" },
		{ "<interface type='direct'>\n<source dev='e' mac='02:00:00:00:00:01'/>"
		  "</interface>",
		  "i.xml:2: <source> has an attribute 'mac' that vifd does not know here" },
		{ "<interface type='direct' xmlns:p='urn:vifd:1'>\n<source p:dev='e' dev='e'/>"
		  "</interface>",
		  "i.xml:2: <source> has an attribute 'p:dev' that vifd does not know here" },
		{ "<interface type='direct' xmlns:vif='urn:a'>\n<source dev='e' vif:x='1'/>"
		  "</interface>",
		  "i.xml:2: 'vif:x' cannot be kept inside <source>" },
		{ DIRECT("<p:pool xmlns:p='urn:vifd:1' failover='yes'/>"),
		  "i.xml:3: <interface> has an element <p:pool> that vifd does not know here" },
		{ DIRECT("<p:x xmlns:p='urn:vifd:1'/>"),
		  "i.xml:3: <interface> has an element <p:x> that vifd does not know here" },
		{ DIRECT("<link state='up' p:x='1' xmlns:p='urn:vifd:1'/>"),
		  "i.xml:3: <link> has an attribute 'p:x' that vifd does not know here" },
		{ DIRECT("<tune><x/></tune>"),
		  "i.xml:3: <tune> has an element <x> that vifd does not know here" },
		{ DIRECT("<p:port xmlns:p='urn:vifd:1' type='direct' xmlns:q='urn:q' q:x='1'/>"),
		  "i.xml:3: 'xmlns:q' cannot be kept inside <p:port>" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(ERROR_NOT_SUPPORTED, cases[i].xml, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_is_read),
		cmocka_unit_test(lines_are_those_of_the_document),
		cmocka_unit_test(output_has_the_order_and_layout_of_libvirt),
		cmocka_unit_test(vepa_is_the_default_and_passthru_another_word),
		cmocka_unit_test(what_vifd_adds_is_given_back_behind_what_is_libvirts),
		cmocka_unit_test(every_source_but_nothing_may_be_optional),
		cmocka_unit_test(the_default_is_not_written),
		cmocka_unit_test(one_queue_and_no_mac_are_unset),
		cmocka_unit_test(foreign_things_are_given_back_where_they_were),
		cmocka_unit_test(foreign_things_keep_their_letters),
		cmocka_unit_test(markup_in_values_is_escaped),
		cmocka_unit_test(what_libvirt_only_writes_is_forgotten),
		cmocka_unit_test(other_encodings_are_read),
		cmocka_unit_test(what_is_not_xml_is_refused_by_line_and_column),
		cmocka_unit_test(without_a_source_the_line_is_named_alone),
		cmocka_unit_test(another_document_is_refused),
		cmocka_unit_test(declarations_and_entities_are_refused),
		cmocka_unit_test(documents_are_bounded),
		cmocka_unit_test(what_is_required_is_named_when_it_lacks),
		cmocka_unit_test(values_out_of_range_are_named_with_their_element),
		cmocka_unit_test(what_would_have_to_be_acted_on_is_kept_until_it_is_plugged),
		cmocka_unit_test(types_of_others_are_kept_and_named_when_they_are_plugged),
		cmocka_unit_test(what_the_switch_is_told_is_read_and_given_back),
		cmocka_unit_test(rules_of_one_element_and_the_type_are_told_by_line),
		cmocka_unit_test(what_vifd_does_not_know_is_refused_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
