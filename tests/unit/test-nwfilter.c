/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is understood of a <filter>, and what is refused with which sentence. */
#include "testing.h"

#include "formats/nwfilter-xml.h"
#include "util/text.h"

static char *written(const char *xml)
{
	AUTO(nwfilter_freep) struct nwfilter *filter = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	char *text = NULL;

	assert_success(&err, nwfilter_from_xml(xml, strlen(xml), "f.xml", &filter, &err));
	assert_success(&err, nwfilter_to_xml(filter, &text, &err));
	return text;
}

static void assert_written(const char *inside, const char *expected)
{
	AUTO_FREE char *xml = text_format("<filter name='f'>%s</filter>", inside);
	AUTO_FREE char *whole = text_format("<filter name='f' chain='root'>\n%s</filter>\n",
					    expected);
	AUTO_FREE char *text = written(xml), *again = written(text);

	assert_string_equal(text, whole);
	assert_string_equal(again, text);
}

static void rules_and_references_keep_their_order(void **state)
{
	assert_written("<rule action='drop' direction='in'/><filterref filter='a'/>"
		       "<rule action='accept' direction='out' priority='-3' statematch='False'>"
		       "<tcp/></rule><filterref filter='b'/>",
		       "  <rule action='drop' direction='in' priority='500'/>\n"
		       "  <filterref filter='a'/>\n"
		       "  <rule action='accept' direction='out' priority='-3' statematch='false'>\n"
		       "    <tcp/>\n"
		       "  </rule>\n"
		       "  <filterref filter='b'/>\n");
}

static void what_is_negated_has_an_element_of_its_own(void **state)
{
	assert_written("<rule action='accept' direction='in'>"
		       "<tcp match='no' srcipaddr='10.1.2.3'/><tcp match='no' srcportstart='22'/>"
		       "<tcp dstportstart='22' comment='c'/><tcp srcipmask='255.255.255.0'/>"
		       "<tcp match='no' srcportend='24'/></rule>",
		       "  <rule action='accept' direction='in' priority='500'>\n"
		       "    <tcp comment='c'/>\n"
		       "    <tcp match='no' srcipaddr='10.1.2.3' srcipmask='24' srcportstart='22' "
		       "srcportend='24' dstportstart='22'/>\n"
		       "  </rule>\n");
	/* A destination alone keeps its own sign, whatever libvirt makes of it. */
	assert_written("<rule action='accept' direction='in'><tcp match='no' dstportstart='22'/>"
		       "</rule>",
		       "  <rule action='accept' direction='in' priority='500'>\n"
		       "    <tcp match='no' dstportstart='22'/>\n"
		       "  </rule>\n");
}

static void numbers_that_have_names_are_written_by_them(void **state)
{
	assert_written("<rule action='drop' direction='in'><mac protocolid='0x806'/></rule>"
		       "<rule action='drop' direction='in'><arp opcode='2'/></rule>"
		       "<rule action='drop' direction='in'><ip protocol='17' dscp='0x2'/></rule>"
		       "<rule action='drop' direction='in'><mac protocolid='2048'/></rule>",
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <mac protocolid='arp'/>\n  </rule>\n"
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <arp opcode='Reply'/>\n  </rule>\n"
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <ip protocol='udp' dscp='0x2'/>\n  </rule>\n"
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <mac protocolid='ipv4'/>\n  </rule>\n");
}

static void variables_are_written_without_blanks(void **state)
{
	assert_written("<rule action='drop' direction='in'><tcp srcipaddr='$A[ 1 ] ' "
		       "srcportstart='$B[  @0 ]' dstportstart='$ C[@12]'/></rule>",
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <tcp srcipaddr='$A[1]' srcportstart='$B' dstportstart='$C[@12]'/>\n"
		       "  </rule>\n");
}

static void words_are_written_in_order(void **state)
{
	assert_written("<rule action='drop' direction='in'><tcp state='RELATED,NEW' "
		       "flags='ACK,SYN/ALL'/></rule>"
		       "<rule action='drop' direction='in'><all state='NONE' ipset='s' "
		       "ipsetflags='SRC,dSt'/></rule>"
		       "<rule action='drop' direction='in'><tcp flags='ALL/NONE'/></rule>",
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <tcp state='NEW,RELATED' flags='SYN,ACK/ALL'/>\n  </rule>\n"
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <all state='NONE' ipset='s' ipsetflags='src,dst'/>\n  </rule>\n"
		       "  <rule action='drop' direction='in' priority='500'>\n"
		       "    <tcp flags='ALL/NONE'/>\n  </rule>\n");
}

static void a_chain_has_the_priority_of_its_protocol(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "chain='arp-x'", "chain='arp-x' priority='-500'" },
		{ "chain='mac'", "chain='mac' priority='-800'" },
		{ "chain='vlan'", "chain='vlan' priority='-750'" },
		{ "chain='ipv4'", "chain='ipv4' priority='-700'" },
		{ "chain='ipv6'", "chain='ipv6' priority='-600'" },
		{ "chain='rarp'", "chain='rarp' priority='-400'" },
		{ "chain='stp'", "chain='stp'" },
		{ "chain='stp' priority='-810'", "chain='stp' priority='-810'" },
		{ "chain='arp' priority='0'", "chain='arp' priority='0'" },
		{ "chain='root'", "chain='root'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_FREE char *xml = text_format("<filter name='f' %s/>", cases[i].in);
		AUTO_FREE char *expected = text_format("<filter name='f' %s/>\n", cases[i].out);
		AUTO_FREE char *text = written(xml);

		assert_string_equal(text, expected);
	}
	assert_int_equal(nwfilter_chain_of("stp-a")->priority, -810);
}

static void assert_refused(const char *xml, const char *sentence)
{
	AUTO(nwfilter_freep) struct nwfilter *filter = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *expected = text_format("f.xml:%s", sentence);
	int r = nwfilter_from_xml(xml, strlen(xml), "f.xml", &filter, &err);

	assert_null(filter);
	assert_true(r < 0);
	assert_string_equal(error_text(&err), expected);
}

static void assert_rule_refused(const char *inside, const char *sentence)
{
	AUTO_FREE char *xml = text_format("<filter name='f'>\n<rule action='drop' direction='in'>%s"
					  "</rule></filter>",
					  inside);

	assert_refused(xml, sentence);
}

static void what_is_wrong_in_a_rule_is_said_with_its_line(void **state)
{
	static const struct {
		const char *inside, *sentence;
	} cases[] = {
		{ "<tcp/><udp/>", "2: <udp> stands beside <tcp>: a rule is about one protocol" },
		{ "<tcp srcporttend='3'/>",
		  "2: <tcp> has an attribute 'srcporttend' that vifd does not know here" },
		{ "<tcp srcportstart='65536'/>",
		  "2: <tcp srcportstart='65536'> is not a number from 0 to 65535" },
		{ "<tcp srcportstart='1'/><tcp match='no' srcportstart='2'/>",
		  "2: <tcp srcportstart='2'> is said of the rule already" },
		{ "<tcp srcportend='1'/>", "2: <tcp srcportend=> needs srcportstart=" },
		{ "<ip srcipaddr='10.0.0.256'/>",
		  "2: <ip srcipaddr='10.0.0.256'> is not an IPv4 address" },
		{ "<ipv6 srcipaddr='10.0.0.2'/>",
		  "2: <ipv6 srcipaddr='10.0.0.2'> is not an IPv6 address" },
		{ "<ip srcipaddr='10.0.0.2' srcipmask='255.0.255.0'/>",
		  "2: <ip srcipmask='255.0.255.0'> is neither a netmask nor a number from 0 to "
		  "32" },
		{ "<ip srcipmask='8'/>", "2: <ip srcipmask=> needs srcipaddr=" },
		{ "<ip dstportstart='8'/>",
		  "2: <ip dstportstart=> needs protocol= tcp, udp, dccp (33) or sctp" },
		{ "<ipv6 protocol='tcp' type='8'/>", "2: <ipv6 type=> needs protocol='icmpv6'" },
		{ "<mac protocolid='15'/>", "2: <mac protocolid='15'> is neither a protocol's name "
					    "nor a number from 0x600 to 0xffff" },
		{ "<mac srcmacaddr='1:2:3'/>", "2: <mac srcmacaddr='1:2:3'> is not a MAC address" },
		{ "<vlan vlanid='4096'/>",
		  "2: <vlan vlanid='4096'> is not a number from 0 to 4095" },
		{ "<all dscp='64'/>", "2: <all dscp='64'> is not a number from 0 to 63" },
		{ "<all state='new'/>", "2: <all state='new'> is neither NONE nor a list of NEW, "
					"ESTABLISHED, RELATED, INVALID" },
		{ "<all state='$S'/>", "2: <all state='$S'> cannot be a variable" },
		{ "<tcp flags='SYN'/>",
		  "2: <tcp flags='SYN'> is not MASK/FLAGS, each NONE, ALL or a "
		  "list of SYN, ACK, URG, PSH, FIN, RST" },
		{ "<all ipset='s'/>", "2: <all ipset=> needs ipsetflags=" },
		{ "<all ipset='s' ipsetflags='src,'/>",
		  "2: <all ipsetflags='src,'> is not a list of one to six of src, dst" },
		{ "<all srcipaddr='$'/>",
		  "2: <all srcipaddr='$'> names no variable: $NAME, $NAME[0] "
		  "or $NAME[@1]" },
		{ "<all srcipaddr='$A[x]'/>",
		  "2: <all srcipaddr='$A[x]'> names no variable: $NAME, "
		  "$NAME[0] or $NAME[@1]" },
		{ "<all match='maybe'/>", "2: <all match='maybe'> is neither yes nor no" },
		{ "<arp opcode='Ask'/>",
		  "2: <arp opcode='Ask'> is neither an operation's name nor a "
		  "number up to 65535" },
		{ "<arp gratuitous='x'/>", "2: <arp gratuitous='x'> is neither true nor false" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_rule_refused(cases[i].inside, cases[i].sentence);
}

static void what_is_wrong_with_a_filter_is_said(void **state)
{
	static const struct {
		const char *xml, *sentence;
	} cases[] = {
		{ "<filter/>", "1: <filter> lacks the attribute 'name'" },
		{ "<filter name='a b'/>",
		  "1: <filter name='a b'> has a character that a filter's name cannot have" },
		{ "<filter name='../x'/>",
		  "1: <filter name='../x'> begins with a dot or a hyphen" },
		{ "<filter name='f' chain='tcp'/>",
		  "1: <filter chain='tcp'> is neither root nor a name of at most 12 characters "
		  "that "
		  "begins with mac, vlan, stp, arp, rarp, ipv4 or ipv6" },
		{ "<filter name='f' priority='1001'/>",
		  "1: <filter priority='1001'> is not a number from -1000 to 1000" },
		{ "<filter name='f'>\n<filterref filter='f'/></filter>",
		  "2: filter 'f' refers to itself" },
		{ "<filter name='f'><rule action='pass' direction='in'/></filter>",
		  "1: <rule action='pass'> is not one of accept, drop, reject, return, continue" },
		{ "<filter name='f'><rule action='drop' direction='up'/></filter>",
		  "1: <rule direction='up'> is not one of in, out, inout" },
		{ "<filter name='f'><rule action='drop'/></filter>",
		  "1: <rule> lacks the attribute 'direction'" },
		{ "<filter name='f'><rule action='drop' direction='in' statematch='no'/></filter>",
		  "1: <rule statematch='no'> is neither true nor false" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(cases[i].xml, cases[i].sentence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_and_references_keep_their_order),
		cmocka_unit_test(what_is_negated_has_an_element_of_its_own),
		cmocka_unit_test(numbers_that_have_names_are_written_by_them),
		cmocka_unit_test(variables_are_written_without_blanks),
		cmocka_unit_test(words_are_written_in_order),
		cmocka_unit_test(a_chain_has_the_priority_of_its_protocol),
		cmocka_unit_test(what_is_wrong_in_a_rule_is_said_with_its_line),
		cmocka_unit_test(what_is_wrong_with_a_filter_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
