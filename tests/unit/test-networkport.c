/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <networkport>: libvirt's own files, byte for byte, and what a port of vifd's says.
 * That those are valid by libvirt's schema is asked where there is a corpus.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "formats/networkport-xml.h"
#include "formats/port-xml.h"

static xmlRelaxNG *schema;

static void assert_valid_by_schema(const char *xml)
{
	xmlRelaxNGValidCtxt *context;
	xmlDoc *doc;

	if (!schema)
		return;
	doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
	context = xmlRelaxNGNewValidCtxt(schema);
	assert_non_null(doc);
	if (xmlRelaxNGValidateDoc(context, doc) != 0)
		fail_msg("not valid by libvirt's schema:\n%s", xml);
	xmlRelaxNGFreeValidCtxt(context);
	xmlFreeDoc(doc);
}

static void assert_stable(const char *xml)
{
	struct networkport networkport;
	AUTO_FREE char *again = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, networkport_from_xml(xml, strlen(xml), "n.xml", &networkport, &err));
	assert_success(&err, networkport_format(&networkport, &again, &err));
	networkport_done(&networkport);
	assert_string_equal(again, xml);
	assert_valid_by_schema(again);
}

static void every_file_of_libvirts_is_given_back_as_it_is(void **state)
{
	static const char *const files[] = {
		"plug-none.xml",
		"plug-bridge-basic.xml",
		"plug-bridge-mactbl.xml",
		"plug-direct.xml",
		"plug-hostdev-pci.xml",
		"plug-network.xml",
		"plug-hostdev-pci-unmanaged.xml",
		"plug-network-basic.xml",
	};
	const char *const folder = "tests/virnetworkportxml2xmldata";

	if (!corpus)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO_FREE char *xml = corpus_read(folder, files[i]);

		assert_stable(xml);
	}
}

#define PORT(interface)                                                            \
	"<port><name>web0</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>" \
	"<state>connected</state><type>live</type>" interface "</port>"
#define MAC "<mac address='52:54:00:00:00:01'/>"

static struct port *read_port(const char *xml)
{
	struct port *port = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, port_from_xml(xml, strlen(xml), "p.xml", &port, &err));
	return port;
}

static void assert_is(const char *record, const char *expected)
{
	AUTO(port_freep) struct port *port = read_port(record);
	AUTO_FREE char *xml = NULL;
	struct error err = ERROR_INIT;

	assert_true(port_has_networkport(port));
	assert_success(&err, networkport_to_xml(port, &xml, &err));
	assert_string_equal(xml, expected);
	assert_stable(xml);
}

#define BEGIN                                                     \
	"<networkport>\n"                                         \
	"  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid>\n"   \
	"  <owner>\n"                                             \
	"    <name>unknown</name>\n"                              \
	"    <uuid>00000000-0000-0000-0000-000000000000</uuid>\n" \
	"  </owner>\n"
#define MAC_LINE "  <mac address='52:54:00:00:00:01'/>\n"

static void a_plain_port_says_what_it_is_plugged_into(void **state)
{
	assert_is(PORT("<interface type='direct'>" MAC "<source dev='eth0'/><actual type='direct'>"
		       "<source dev='eth0' mode='vepa'/></actual></interface>"),
		  BEGIN MAC_LINE
		  "  <plug type='direct' dev='eth0' mode='vepa'/>\n</networkport>\n");
	assert_is(PORT("<interface type='bridge'>" MAC
		       "<source bridge='br0'/><actual type='bridge'>"
		       "<source bridge='br0'/></actual></interface>"),
		  BEGIN MAC_LINE "  <plug type='bridge' bridge='br0'/>\n</networkport>\n");
}

static void a_default_portgroup_is_its_group(void **state)
{
	assert_is(PORT("<interface type='network'>" MAC "<source network='red'/>"
		       "<actual type='network' xmlns:v='urn:vifd:1' v:portgroup='eng'>"
		       "<source bridge='vifbr0'/></actual></interface>"),
		  BEGIN "  <group>eng</group>\n" MAC_LINE
			"  <plug type='network' bridge='vifbr0'/>\n</networkport>\n");
}

static void what_waits_is_plugged_into_nothing(void **state)
{
	assert_is(PORT("<interface type='network'>" MAC "<source network='red' portgroup='eng'/>"
		       "<bandwidth/><port isolated='no'/></interface>"),
		  BEGIN "  <group>eng</group>\n" MAC_LINE
			"  <port isolated='no'/>\n</networkport>\n");
	assert_is(PORT("<interface type='network'>" MAC "<source network='red'/>"
		       "<actual type='direct'><source mode='vepa'/></actual></interface>"),
		  BEGIN MAC_LINE "</networkport>\n");
}

static void a_tap_on_nothing_has_none(void **state)
{
	AUTO(port_freep)
	struct port *port = read_port(
		PORT("<interface type='ethernet'>" MAC "<actual type='ethernet'/></interface>"));

	assert_false(port_has_networkport(port));
}

#define WITH(inside)                                                                              \
	"<networkport><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid><owner>"                   \
	"<name>a</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a8b</uuid></owner>" MAC "\n" inside \
	"</networkport>"

static void mistakes_are_told_by_line(void **state)
{
	static const struct {
		enum error_kind kind;
		const char *xml, *text;
	} cases[] = {
		{ ERROR_INVALID_XML, "<networkport/>",
		  "n.xml:1: <networkport> lacks the element <uuid>" },
		{ ERROR_INVALID_XML, WITH("<plug/>"),
		  "n.xml:2: <plug> lacks the attribute 'type'" },
		{ ERROR_INVALID_ARGUMENT, WITH("<plug type='x'/>"),
		  "n.xml:2: <plug type='x'> is not one of direct, bridge, network, hostdev-pci" },
		{ ERROR_INVALID_XML, WITH("<plug type='direct' dev='a'/>"),
		  "n.xml:2: <plug> lacks the attribute 'mode'" },
		{ ERROR_INVALID_ARGUMENT, WITH("<plug type='direct' dev='a' mode='x'/>"),
		  "n.xml:2: <plug mode='x'> is not one of vepa, bridge, private, passthrough" },
		{ ERROR_INVALID_ARGUMENT, WITH("<plug type='bridge' bridge='a/b'/>"),
		  "n.xml:2: <plug bridge='a/b'> is not a name that a device can have" },
		{ ERROR_INVALID_XML, WITH("<plug type='hostdev-pci'/>"),
		  "n.xml:2: <plug> lacks the element <address>" },
		{ ERROR_INVALID_ARGUMENT,
		  WITH("<plug type='hostdev-pci' managed='x'><address/></plug>"),
		  "n.xml:2: <plug managed='x'> is not one of yes, no" },
		{ ERROR_INVALID_ARGUMENT, WITH("<rxfilters trustGuest='x'/>"),
		  "n.xml:2: <rxfilters trustGuest='x'> is not one of yes, no" },
		{ ERROR_NOT_SUPPORTED, WITH("<speed/>"),
		  "n.xml:2: <networkport> has an element <speed> that vifd does not know here" },
		{ ERROR_NOT_SUPPORTED, WITH("<a:x xmlns:a='urn:a'/>"),
		  "n.xml:2: 'a:x' cannot be kept inside <networkport>" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct networkport networkport;
		struct error err = ERROR_INIT;
		int r = networkport_from_xml(cases[i].xml, strlen(cases[i].xml), "n.xml",
					     &networkport, &err);

		assert_error(&err, r, cases[i].kind, cases[i].text);
	}
}

static int find_schema(void **state)
{
	AUTO_FREE char *path = NULL;
	xmlRelaxNGParserCtxt *context;

	find_corpus(state);
	if (!corpus)
		return 0;
	path = corpus_path("src/conf/schemas", "networkport.rng");
	context = xmlRelaxNGNewParserCtxt(path);
	schema = xmlRelaxNGParse(context);
	xmlRelaxNGFreeParserCtxt(context);
	return schema ? 0 : -1;
}

static int forget_schema(void **state)
{
	xmlRelaxNGFree(schema);
	xmlRelaxNGCleanupTypes();
	xmlCleanupParser();
	return forget_corpus(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_of_libvirts_is_given_back_as_it_is),
		cmocka_unit_test(a_plain_port_says_what_it_is_plugged_into),
		cmocka_unit_test(a_default_portgroup_is_its_group),
		cmocka_unit_test(what_waits_is_plugged_into_nothing),
		cmocka_unit_test(a_tap_on_nothing_has_none),
		cmocka_unit_test(mistakes_are_told_by_line),
	};

	return cmocka_run_group_tests(tests, find_schema, forget_schema);
}
