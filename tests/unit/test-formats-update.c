/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of a part of a network: what libvirt's own table of cases says, where
 * the corpus is there ($VIFD_CORPUS, by default ../shared/corpus beside the
 * project), and our own sentences.
 */
#include "corpus.h"

#include "formats/network-update.h"
#include "formats/network-xml.h"

static struct network *network_from(const char *xml)
{
	struct network *network = NULL;
	struct error err = ERROR_INIT;

	assert_success(&err, network_from_xml(xml, strlen(xml), "n.xml", &network, &err));
	return network;
}

static char *written(const struct network *network)
{
	struct error err = ERROR_INIT;
	char *xml = NULL;

	assert_success(&err, network_to_xml(network, &xml, &err));
	return xml;
}

/* --- libvirt's cases --- */

/* Fragments that libvirt's cases name and the corpus does not have; from their results. */
static const struct {
	const char *name, *xml;
} fragments[] = {
	{ "host-updated", "<host mac='00:16:3e:77:e2:ed' name='a.example.com' "
			  "ip='192.168.122.47'/>" },
	{ "dns-host-gateway-incomplete", "<host><hostname>gateway</hostname></host>" },
	{ "dns-txt-record-snowman", "<txt name='snowman' value='water'/>" },
	{ "dns-txt-record-modify-fail", "<txt name='not existing' value='modified'/>" },
};

/* Where we judge otherwise on purpose. */
static const struct {
	const char *name, *why;
} deviations[] = {
	{ "insert-forward-interface",
	  "a network with mode nat has one interface; libvirt makes a document of two that it "
	  "refuses to read" },
};

static const char *deviation(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (!strcmp(deviations[i].name, name))
			return deviations[i].why;
	return NULL;
}

static char *read_xml(const char *folder, const char *name)
{
	AUTO_FREE char *file = NULL, *path = NULL;

	assert_true(asprintf(&file, "%s.xml", name) > 0);
	assert_true(asprintf(&path, "tests/%s", folder) > 0);
	return corpus_read(path, file);
}

/* The one document that the corpus lacks: nat-network-dns-srv-record with one record more. */
static char *document_of_two_records(void)
{
	AUTO_FREE char *one = read_xml("networkxml2xmlupdateout", "nat-network-dns-srv-record");
	AUTO_FREE char *record = read_xml("networkxml2xmlupdatein", "srv-record-donkey");
	const char *end = strstr(one, "  </dns>");
	char *two;

	assert_non_null(end);
	assert_true(asprintf(&two, "%.*s    %s%s", (int)(end - one), one, record, end) > 0);
	return two;
}

static char *read_network(const char *folder, const char *name)
{
	if (!strcmp(name, "nat-network-dns-srv-records"))
		return document_of_two_records();
	return read_xml(folder, name);
}

static char *read_fragment(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fragments); i++)
		if (!strcmp(fragments[i].name, name))
			return strdup(fragments[i].xml);
	return read_xml("networkxml2xmlupdatein", name);
}

/* Is it a deviation? All else must be as in libvirt. */
static bool judge_case(char *row)
{
	const char *section = strsep(&row, "\t"), *command = strsep(&row, "\t");
	const char *index = strsep(&row, "\t"), *expect = strsep(&row, "\t");
	const char *name = strsep(&row, "\t"), *fragment = strsep(&row, "\t");
	const char *network_name = strsep(&row, "\t"), *result = row;
	AUTO_FREE char *before = read_network("networkxml2xmlin", network_name);
	AUTO_FREE char *xml = read_fragment(fragment);
	AUTO(network_freep) struct network *network = network_from(before);
	struct network_update update = { .xml = xml, .source = name };
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *after = NULL, *expected = NULL;
	int r;

	assert_int_equal(update_section_parse(section, &update.section), 0);
	assert_int_equal(update_command_parse(command, &update.command), 0);
	update.parent_index = atoi(index);
	r = network_update(network, &update, NULL, &err);
	if (!strcmp(expect, "FAIL")) {
		if (r == 0)
			fail_msg("%s %s %s: libvirt refuses it", command, section, name);
		return false;
	}
	if (r < 0 && deviation(name)) {
		print_message("# deviation: %s: %s\n", name, deviation(name));
		return true;
	}
	if (r < 0)
		fail_msg("%s %s %s: libvirt accepts it: %s", command, section, name,
			 error_text(&err));
	after = written(network);
	expected = without_spanning_tree(before, read_network("networkxml2xmlupdateout", result));
	assert_string_equal(after, expected);
	assert_null(deviation(name));
	return false;
}

static void each_case_of_libvirt_ends_as_there(void **state)
{
	AUTO_FREE char *table = NULL;
	char *rows, *row;
	unsigned n = 0, n_deviations = 0;

	if (!corpus)
		skip();
	table = corpus_read("tests", "networkxml2xmlupdate-CASES.tsv");
	rows = table;
	while ((row = strsep(&rows, "\n"))) {
		if (*row == '#' || !*row)
			continue;
		n_deviations += judge_case(row);
		n++;
	}
	/* What is otherwise has failed already. */
	print_message("# networkxml2xmlupdate-CASES.tsv: %u rows, %u same as libvirt, %u "
		      "deliberately different, 0 otherwise\n",
		      n, n - n_deviations, n_deviations);
	assert_true(n > 0);
}

/* --- ours --- */

#define NETWORK                                                                        \
	"<network><name>n</name><forward mode='vepa'><interface dev='e0'/><interface " \
	"dev='e1'/></forward><portgroup name='a' default='yes'/><portgroup name='b'/></network>"
#define MANAGED                                                                          \
	"<network><name>n</name><dns><srv service='s' protocol='tcp'/><srv service='s' " \
	"protocol='udp'/></dns><ip address='10.0.0.1' prefix='24'/></network>"
#define HOSTS                                                                           \
	"<network><name>n</name><dns><txt name='text' value='v'/><host ip='10.0.0.77'>" \
	"<hostname>printer</hostname></host></dns><ip address='10.0.0.1' prefix='24'>"  \
	"<dhcp><host mac='52:54:00:00:00:01' name='one' ip='10.0.0.5'/><host "          \
	"mac='52:54:00:00:00:03' ip='10.0.0.7'/></dhcp></ip><ip family='ipv6' "         \
	"address='fd00::1' prefix='64'><dhcp><host id='00:03:00:01:52:54:00:00:00:0a' " \
	"ip='fd00::5'/></dhcp></ip></network>"

static int change(struct network *network, enum update_command command, enum update_section section,
		  const char *xml, char **ret_key, struct error *err)
{
	struct network_update update = { command, section, -1, xml, "u.xml" };

	return network_update(network, &update, ret_key, err);
}

static void what_was_meant_is_told(void **state)
{
	static const struct {
		enum update_section section;
		const char *xml, *key;
	} cases[] = {
		{ UPDATE_FORWARD_INTERFACE, "<interface dev='e7'/>", "e7" },
		{ UPDATE_PORTGROUP, "<portgroup name='p'/>", "p" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(network_freep) struct network *network = network_from(NETWORK);
		AUTO_FREE char *key = NULL;
		struct error err = ERROR_INIT;

		assert_success(&err, change(network, UPDATE_ADD_LAST, cases[i].section,
					    cases[i].xml, &key, &err));
		assert_string_equal(key, cases[i].key);
	}
}

static void an_entry_goes_to_the_end_of_its_list_or_to_its_beginning(void **state)
{
	AUTO(network_freep) struct network *network = network_from(NETWORK);
	struct error err = ERROR_INIT;

	assert_success(&err, change(network, UPDATE_ADD_FIRST, UPDATE_FORWARD_INTERFACE,
				    "<interface dev='first'/>", NULL, &err));
	assert_success(&err, change(network, UPDATE_ADD_LAST, UPDATE_FORWARD_INTERFACE,
				    "<interface dev='last'/>", NULL, &err));
	assert_int_equal(network->n_pool, 4);
	assert_string_equal(network->pool[0].dev, "first");
	assert_string_equal(network->pool[1].dev, "e0");
	assert_string_equal(network->pool[3].dev, "last");
}

static void what_cannot_be_changed_so_is_told_in_a_sentence(void **state)
{
	static const struct {
		const char *network;
		enum update_command command;
		enum update_section section;
		const char *xml, *text;
	} cases[] = {
		{ NETWORK, UPDATE_ADD_LAST, UPDATE_FORWARD_INTERFACE, "<interface dev='e0'/>",
		  "network 'n' has a <interface> already that matches 'e0'" },
		{ NETWORK, UPDATE_DELETE, UPDATE_FORWARD_INTERFACE, "<interface dev='e9'/>",
		  "network 'n' has no <interface> that matches 'e9'" },
		{ NETWORK, UPDATE_ADD_LAST, UPDATE_FORWARD_INTERFACE, "<interface dev='a/b'/>",
		  "interface 'a/b' of network 'n' is not a name that a device can have" },
		{ NETWORK, UPDATE_ADD_LAST, UPDATE_PORTGROUP, "<portgroup name='c' default='yes'/>",
		  "network 'n' can have one default portgroup, not both 'a' and 'c'" },
		{ NETWORK, UPDATE_ADD_LAST, UPDATE_PORTGROUP, "<interface dev='e9'/>",
		  "u.xml:1: the root element is <interface>, not <portgroup>" },
		{ NETWORK, UPDATE_ADD_LAST, UPDATE_IP_DHCP_HOST,
		  "<host mac='52:54:00:00:00:01' ip='10.0.0.2'/>",
		  "network 'n' has no <ip> that this could belong to" },
		{ MANAGED, UPDATE_DELETE, UPDATE_DNS_SRV, "<srv service='s'/>",
		  "network 'n' has 2 of <srv> that match 's'; add what tells them apart" },
		{ MANAGED, UPDATE_ADD_LAST, UPDATE_IP_DHCP_RANGE,
		  "<range start='10.0.1.2' end='10.0.1.9'/>",
		  "<range start='10.0.1.2' end='10.0.1.9'> is not inside of 10.0.0.0/24" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_IP_DHCP_HOST,
		  "<host mac='52:54:00:00:00:02' ip='10.0.0.5'/>",
		  "network 'n': <host mac='52:54:00:00:00:02'> has the ip '10.0.0.5' of <host "
		  "mac='52:54:00:00:00:01'>" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_IP_DHCP_HOST,
		  "<host mac='52:54:00:00:00:02' name='ONE' ip='10.0.0.6'/>",
		  "network 'n': <host mac='52:54:00:00:00:02'> has the name 'one' of <host "
		  "mac='52:54:00:00:00:01'>" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_IP_DHCP_HOST,
		  "<host mac='52:54:00:00:00:01' ip='10.0.0.6'/>",
		  "network 'n': <host ip='10.0.0.6'> has the mac '52:54:00:00:00:01' of <host "
		  "name='one'>" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_IP_DHCP_HOST,
		  "<host id='0003000152540000000A' ip='fd00::6'/>",
		  "network 'n': <host ip='fd00::6'> has the id '0:3:0:1:52:54:0:0:0:a' of <host "
		  "ip='fd00::5'>" },
		{ HOSTS, UPDATE_MODIFY, UPDATE_IP_DHCP_HOST,
		  "<host mac='52:54:00:00:00:03' ip='10.0.0.5'/>",
		  "<host mac='52:54:00:00:00:03'> has the ip '10.0.0.5' of <host "
		  "mac='52:54:00:00:00:01'>" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_DNS_HOST,
		  "<host ip='10.0.0.9'><hostname>Printer</hostname></host>",
		  "network 'n': <host ip='10.0.0.9'> has the hostname 'printer' of <host "
		  "ip='10.0.0.77'>" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_DNS_HOST,
		  "<host ip='10.0.0.77'><hostname>other</hostname></host>",
		  "network 'n': <host ip='10.0.0.77'> is there already" },
		{ HOSTS, UPDATE_ADD_LAST, UPDATE_DNS_TXT, "<txt name='Text' value='other'/>",
		  "network 'n' has a <txt> already that matches 'Text'" },
		{ MANAGED, UPDATE_ADD_LAST, UPDATE_IP_DHCP_HOST, "<host/>",
		  "u.xml:1: <host> needs a mac, an id, a name or an ip" },
		{ MANAGED, UPDATE_ADD_LAST, UPDATE_DNS_HOST, "<host/>",
		  "u.xml:1: <host> needs an ip or a <hostname>" },
		{ MANAGED, UPDATE_ADD_LAST, UPDATE_DNS_TXT, "<txt value='v'/>",
		  "u.xml:1: <txt> lacks the attribute 'name'" },
		{ MANAGED, UPDATE_ADD_LAST, UPDATE_DNS_SRV, "<srv domain='d'/>",
		  "u.xml:1: <srv> needs a service or a protocol" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(network_freep) struct network *network = network_from(cases[i].network);
		AUTO_FREE char *key = NULL;
		AUTO_ERROR struct error err = ERROR_INIT;
		int r = change(network, cases[i].command, cases[i].section, cases[i].xml, &key,
			       &err);

		assert_true(r < 0);
		assert_string_equal(error_text(&err), cases[i].text);
		assert_null(key);
	}
}

static void what_libvirt_cannot_modify_we_do_not_either(void **state)
{
	AUTO(network_freep) struct network *network = network_from(NETWORK);
	struct error err = ERROR_INIT;
	int r = change(network, UPDATE_MODIFY, UPDATE_FORWARD_INTERFACE, "<interface dev='e0'/>",
		       NULL, &err);

	assert_error(&err, r, ERROR_NOT_SUPPORTED,
		     "an entry of section forward-interface cannot be modified, only added or "
		     "deleted");
}

static void a_parent_is_found_by_its_index(void **state)
{
	AUTO(network_freep)
	struct network *network = network_from(
		"<network><name>n</name><ip address='10.0.0.1' prefix='24'/>"
		"<ip address='10.0.1.1' prefix='24'/></network>");
	struct network_update update = { UPDATE_ADD_LAST, UPDATE_IP_DHCP_RANGE, 1,
					 "<range start='10.0.1.2' end='10.0.1.9'/>", "u.xml" };
	struct error err = ERROR_INIT;

	assert_success(&err, network_update(network, &update, NULL, &err));
	assert_int_equal(network->ips[0].n_ranges, 0);
	assert_int_equal(network->ips[1].n_ranges, 1);
	update.parent_index = 2;
	assert_error(&err, network_update(network, &update, NULL, &err), ERROR_INVALID_ARGUMENT,
		     "network 'n' has no <ip> with index 2");
}

static void the_words_of_commands_and_sections_are_read_and_written(void **state)
{
	enum update_command command;
	enum update_section section;

	for (int i = 0; i < UPDATE_COMMAND_COUNT; i++) {
		assert_int_equal(update_command_parse(update_command_name(i), &command), 0);
		assert_int_equal(command, i);
	}
	for (int i = 0; i < UPDATE_SECTION_COUNT; i++) {
		assert_int_equal(update_section_parse(update_section_name(i), &section), 0);
		assert_int_equal(section, i);
	}
	assert_int_equal(update_command_parse("add-last", &command), 0);
	assert_int_equal(command, UPDATE_ADD_LAST);
	assert_int_equal(update_command_parse("addd", &command), -EINVAL);
	assert_int_equal(update_section_parse("bridge", &section), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_of_libvirt_ends_as_there),
		cmocka_unit_test(what_was_meant_is_told),
		cmocka_unit_test(an_entry_goes_to_the_end_of_its_list_or_to_its_beginning),
		cmocka_unit_test(what_cannot_be_changed_so_is_told_in_a_sentence),
		cmocka_unit_test(what_libvirt_cannot_modify_we_do_not_either),
		cmocka_unit_test(a_parent_is_found_by_its_index),
		cmocka_unit_test(the_words_of_commands_and_sections_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget_corpus);
}
