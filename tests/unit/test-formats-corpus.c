/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's own files, and the verdicts of a real libvirt, against our formats.
 *
 * Each network and each guest's interface of a table is the same as in libvirt, or
 * deliberately different: then it stands in a table here, with its reason. All
 * else is told by name and fails. The same is: refused as there, or accepted, and
 * then written as libvirt writes it, where that is known. What we write is always
 * read again and written again, and must be valid by libvirt's schema.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "util/parse.h"
#include "util/text.h"

/* One of the two formats. */
struct format {
	const char *root;
	/* Reads, and writes what was read. */
	int (*convert)(const char *xml, size_t size, const char *source, char **ret,
		       struct error *);
	xmlRelaxNG *schema;
};

/* How a document ended. */
struct outcome {
	struct error err; /* unset: accepted */
	char *xml;        /* as written */
};

struct tally {
	unsigned same, different, otherwise; /* rows */
};

static int convert_network(const char *xml, size_t size, const char *source, char **ret,
			   struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	int r = network_from_xml(xml, size, source, &network, err);

	return r < 0 ? r : network_to_xml(network, ret, err);
}

static int convert_interface(const char *xml, size_t size, const char *source, char **ret,
			     struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	int r = interface_from_xml(xml, size, source, &interface, err);

	return r < 0 ? r : interface_to_xml(interface, ret, err);
}

static struct format networks = { "network", convert_network, NULL };
static struct format interfaces = { "interface", convert_interface, NULL };

/* --- what holds for everything that is accepted --- */

static void assert_valid_by_schema(const struct format *format, const char *xml, const char *name)
{
	xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
	xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(format->schema);

	assert_non_null(doc);
	if (xmlRelaxNGValidateDoc(context, doc) != 0)
		fail_msg("%s: not valid by libvirt's schema:\n%s", name, xml);
	xmlRelaxNGFreeValidCtxt(context);
	xmlFreeDoc(doc);
}

static void assert_stable(const struct format *format, const char *xml, const char *name)
{
	AUTO_FREE char *again = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (format->convert(xml, strlen(xml), name, &again, &err) < 0)
		fail_msg("%s: cannot be read again: %s", name, error_text(&err));
	assert_string_equal(again, xml);
}

/* libvirt accepts them, and its own schema does not. */
static const char *const outside_of_schema[] = {
	"network midonet without interfaceid",
	"isolated: bridge name template",
	"virtualport on portgroup: midonet",
};

static struct outcome judge(const struct format *format, const char *xml, size_t size,
			    const char *name)
{
	struct outcome outcome = { .err = ERROR_INIT };

	if (format->convert(xml, size, name, &outcome.xml, &outcome.err) < 0) {
		assert_true(outcome.err.kind == ERROR_NOT_SUPPORTED ||
			    outcome.err.kind == ERROR_INVALID_ARGUMENT ||
			    outcome.err.kind == ERROR_INVALID_XML);
		return outcome;
	}
	assert_stable(format, outcome.xml, name);
	if (name_index(outside_of_schema, ARRAY_SIZE(outside_of_schema), name) < 0)
		assert_valid_by_schema(format, outcome.xml, name);
	return outcome;
}

static void outcome_done(struct outcome *outcome)
{
	error_done(&outcome->err);
	free(outcome->xml);
}

static void summarize(const char *what, const struct tally *tally)
{
	unsigned rows = tally->same + tally->different + tally->otherwise;

	print_message("# %s: %u rows, %u same as libvirt, %u deliberately different, %u "
		      "otherwise\n",
		      what, rows, tally->same, tally->different, tally->otherwise);
	/* A corpus that is not found must not look like one that passes. */
	assert_true(rows > 0);
	assert_int_equal(tally->otherwise, 0);
}

/* --- what is different --- */

#define TAGS "vifd puts tags on at the guest's own device, whatever that stands on"

/* Where we judge otherwise, or write something else, on purpose. */
static const struct {
	const char *name, *why;
} deviations[] = {
	/* files */
	{ "dnsmasq-options.xml", "the namespace is declared where it is used, not at the root" },
	{ "passthrough-address-crash.xml", "libvirt parses it, and refuses to define it" },
	{ "passthrough-pf.xml", "libvirt parses it, and refuses to define it" },
	{ "nat-network-forward-ifaces.xml",
	  "the result of an update that libvirt itself refuses to read" },

	/* networks */
	{ "bridge: ovs + portgroup vlan + typeless virtualport",
	  "libvirt refuses its own example openvswitch-net.xml by this; the network's type holds" },
	{ "vepa: portgroup vlan", TAGS },
	{ "private: network vlan", TAGS },
	{ "private: portgroup vlan", TAGS },
	{ "bridge: network vlan", TAGS },
	{ "bridge: portgroup vlan", TAGS },
	{ "open: no ip", "libvirt 10.8 and later accept it: the host need not have an address" },
	{ "title newline", "libvirt 11 refuses it" },
	{ "virtualport on network: midonet managerid",
	  "libvirt drops it; nothing of a definition is dropped in silence" },
	{ "virtualport on portgroup: midonet managerid",
	  "libvirt drops it; nothing of a definition is dropped in silence" },
	{ "bandwidth on isolated network: average 0", "it limits nothing; average is needed" },
	{ "bandwidth on isolated network: average max+1", "libvirt 11 refuses it" },
	{ "bandwidth on isolated network: burst max+1", "libvirt 11 refuses it" },
	{ "portgroup default=Yes (case)", "neither yes nor no; libvirt's schema refuses it" },
	{ "portgroup default=bogus",
	  "neither yes nor no; libvirt takes it for no, its schema refuses it" },
	{ "isolated ip/dns: domain register without localOnly", "libvirt 11 refuses it" },

	/* interfaces */
	{ "interface name 16 chars", "no device can have that name; libvirt fails at the start" },
	{ "target dev=averyveryverylongname0",
	  "no device can have that name; libvirt fails at the start" },
	{ "driver queues=257", "the kernel gives a tap 256 queues; libvirt fails at the start" },
	{ "direct filterref silently dropped",
	  "a guest without the filter that it asks for is a hole; kept, and refused when plugged" },
	{ "user filterref dropped", "nothing of a definition is dropped in silence" },
	{ "direct Qbg no instanceid -> generated",
	  "the port's own uuid becomes the id when it is plugged; a definition stays what it was" },
	{ "network typeless with managerid",
	  "the port's own uuid becomes the id when it is plugged; a definition stays what it was" },
	{ "network Qbg partial ok",
	  "the port's own uuid becomes the id when it is plugged; a definition stays what it was" },
	{ "bridge ovs",
	  "the port's own uuid becomes the id when it is plugged; a definition stays what it was" },
	{ "target dev=vnet7", "a name that is given is used; vifd writes none of its own there" },
	{ "target dev=macvtap3",
	  "a name that is given is used; vifd writes none of its own there" },
	{ "target dev=macvlan2",
	  "a name that is given is used; vifd writes none of its own there" },
	{ "mac zero", "it is none; libvirt 11 makes another of it, vifd does when it is plugged" },
	{ "teaming persistent",
	  "a pair of devices of which the guest has one at a time is the VMM's to make" },
	{ "portForward without passt", "libvirt 11 refuses it: nothing else forwards" },
};

static bool deviation_used[ARRAY_SIZE(deviations)];

static bool is_deviation(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (!strcmp(deviations[i].name, name)) {
			print_message("# deviation: %s: %s\n", name, deviations[i].why);
			deviation_used[i] = true;
			return true;
		}
	return false;
}

/* Counts a row; `wrong` is what is not as in libvirt, or NULL. */
static void count(struct tally *tally, const char *name, const char *wrong)
{
	if (!wrong) {
		tally->same++;
	} else if (is_deviation(name)) {
		tally->different++;
	} else {
		print_message("# otherwise: %s: %s\n", name, wrong);
		tally->otherwise++;
	}
}

/* --- files --- */

static char *path_of(const char *folder, const char *name)
{
	return corpus_path(folder, name);
}

static char *read_file(const char *folder, const char *name)
{
	return corpus_read(folder, name);
}

static bool has_file(const char *folder, const char *name)
{
	AUTO_FREE char *path = path_of(folder, name);

	return access(path, R_OK) == 0;
}

static bool ends_with(const char *string, const char *end)
{
	size_t length = strlen(string);

	return length >= strlen(end) && !strcmp(string + length - strlen(end), end);
}

static int is_xml(const struct dirent *entry)
{
	return ends_with(entry->d_name, ".xml");
}

/* Calls visit for each XML file of a folder, in the order of their names. */
static void each_file(const char *folder, void (*visit)(const char *, const char *, struct tally *),
		      struct tally *tally)
{
	AUTO_FREE char *path = path_of(folder, "");
	struct dirent **entries;
	int n = scandir(path, &entries, is_xml, alphasort);

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		visit(folder, entries[i]->d_name, tally);
		free(entries[i]);
	}
	free(entries);
}

/* --- networks --- */

/* What libvirt writes for it; NULL where the corpus does not say. */
static char *written_there(const char *folder, const char *name)
{
	if (!strcmp(folder, "tests/networkxml2xmlin"))
		folder = "tests/networkxml2xmlout";
	else if (!ends_with(folder, "out"))
		return NULL;
	return has_file(folder, name) ? read_file(folder, name) : NULL;
}

static void visit_network(const char *folder, const char *name, struct tally *tally)
{
	AUTO_FREE char *xml = read_file(folder, name), *expected = written_there(folder, name);
	struct outcome outcome = judge(&networks, xml, strlen(xml), name);
	bool accepted_there = expected || strcmp(folder, "tests/networkxml2xmlin") != 0;

	expected = without_spanning_tree(xml, expected);
	if (outcome.err.code)
		count(tally, name, accepted_there ? error_text(&outcome.err) : NULL);
	else if (!accepted_there)
		count(tally, name, "libvirt refuses it");
	else
		count(tally, name, expected && strcmp(outcome.xml, expected) ? outcome.xml : NULL);
	outcome_done(&outcome);
}

/* networkxml2xmlout has no file for what libvirt refuses: reading it fails the test then. */
static void networks_are_written_as_libvirt_writes_them(void **state)
{
	static const char *const folders[] = {
		"tests/networkxml2xmlin",        "tests/networkxml2xmlout",
		"tests/networkxml2confdata",     "tests/networkxml2firewalldata",
		"tests/networkxml2xmlupdateout",
	};

	if (!corpus)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct tally tally = { 0 };

		each_file(folders[i], visit_network, &tally);
		summarize(folders[i], &tally);
	}
}

/* --- interfaces in the definitions of guests --- */

/* The next <interface type=…>…</interface> from *position on, its lines without indentation. */
static char *next_interface(const char **position)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	const char *begin = strstr(*position, "<interface type="), *end;
	size_t indentation = 0;
	char *xml = NULL;

	if (!begin)
		return NULL;
	while (begin - indentation > *position && *(begin - indentation - 1) == ' ')
		indentation++;
	end = strstr(begin, "</interface>");
	assert_non_null(end);
	end += strlen("</interface>");
	*position = end;
	while (begin < end) {
		size_t length = strcspn(begin, "\n"), blanks;

		if (begin + length > end)
			length = (size_t)(end - begin);
		text_add(&text, "%.*s\n", (int)length, begin);
		begin += length + 1;
		blanks = strspn(begin, " ");
		begin += blanks < indentation ? blanks : indentation;
	}
	assert_int_equal(text_take(&text, &xml), 0);
	return xml;
}

/* Files that libvirt wrote: what we write for what we read there is the same. */
static bool is_written_by_libvirt(const char *folder, const char *name)
{
	return ends_with(name, ".x86_64-latest.xml") || ends_with(folder, "outdata") ||
	       ends_with(folder, "lxcconf2xmldata") || ends_with(folder, "xlconfigdata");
}

/* libvirt's test of this file expects an error. */
static bool is_refused_by_libvirt(const char *folder, const char *name)
{
	AUTO_FREE char *error = NULL;

	assert_true(asprintf(&error, "%.*s.x86_64-latest.err", (int)(strlen(name) - 4), name) > 0);
	return has_file(folder, error);
}

/* Where we judge an interface of a file otherwise on purpose: what it has, and why. */
static const struct {
	const char *part, *why;
} other_interfaces[] = {
	{ "<teaming",
	  "a pair of devices of which the guest has one at a time is the VMM's to make; "
	  "without it the guest would have two NICs with one address" },
	{ "<model type='e1000'/>\n  <driver name='vhost'",
	  "a model that cannot have the queues; libvirt drops them in silence" },
	{ "<actual", "a record of libvirt's own; nobody but vifd may write one of vifd's" },
};

static const char *other_interface(const char *xml)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_interfaces); i++)
		if (strstr(xml, other_interfaces[i].part))
			return other_interfaces[i].why;
	return NULL;
}

/* Refused there for what another part of the guest lacks. */
static const char *const guests_at_fault[] = { "net-vhostuser-passt-no-shmem.xml" };

/* Returns whether it is accepted. */
static bool judge_guest_interface(const char *folder, const char *name, const char *xml,
				  bool refused_there, struct tally *tally)
{
	struct outcome outcome = judge(&interfaces, xml, strlen(xml), name);
	const char *why = other_interface(xml);
	bool accepted = !outcome.err.code;

	if (!accepted && why) {
		print_message("# deviation: %s: %s\n", name, why);
		tally->different++;
	} else if (!accepted) {
		count(tally, name, refused_there ? NULL : error_text(&outcome.err));
	} else {
		count(tally, name,
		      is_written_by_libvirt(folder, name) && strcmp(outcome.xml, xml) != 0
			      ? outcome.xml
			      : NULL);
	}
	outcome_done(&outcome);
	return accepted;
}

static void visit_guest(const char *folder, const char *name, struct tally *tally)
{
	AUTO_FREE char *guest = read_file(folder, name);
	const char *position = guest;
	bool refused_there = is_refused_by_libvirt(folder, name), accepted_all = true;

	for (;;) {
		AUTO_FREE char *xml = next_interface(&position);

		if (!xml)
			break;
		if (!judge_guest_interface(folder, name, xml, refused_there, tally))
			accepted_all = false;
	}
	if (refused_there && accepted_all &&
	    name_index(guests_at_fault, ARRAY_SIZE(guests_at_fault), name) < 0)
		count(tally, name, "libvirt refuses it");
}

static void interfaces_are_written_as_libvirt_writes_them(void **state)
{
	static const char *const folders[] = {
		"tests/qemuxmlconfdata",       "tests/genericxml2xmlindata",
		"tests/genericxml2xmloutdata", "tests/lxcconf2xmldata",
		"tests/xlconfigdata",          "tests/domainschemadata",
		"tests/qemustatusxml2xmldata",
	};

	if (!corpus)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct tally tally = { 0 };

		each_file(folders[i], visit_guest, &tally);
		summarize(folders[i], &tally);
	}
}

/* --- the verdicts of a real libvirt --- */

/* Removes the first occurrence of `part`, or of what begins with it and ends with `end`. */
static bool cut(char *text, const char *part, const char *end)
{
	char *begin = strstr(text, part), *rest;

	if (!begin)
		return false;
	rest = begin + strlen(part);
	if (end)
		rest = strstr(rest, end) + strlen(end);
	memmove(begin, rest, strlen(rest) + 1);
	return true;
}

/* On one line, as the table has it. */
static void flatten(char *xml)
{
	char *to = xml;

	for (const char *from = xml; *from;) {
		if (*from == '\n') {
			from++;
			from += strspn(from, " ");
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* What libvirt makes up when it defines something, and what we have there. */
static const struct {
	const char *theirs, *ours;
} made_up[] = {
	{ "<uuid>*</uuid>", "" },
	{ " name='virbr0'", "" },
	{ " name='foo0'", " name='foo%d'" },
	{ "<mac address='52:54:00:*'/>", "<mac address='52:54:00:aa:bb:cc'/>" },
	{ "<target dev='testnet0'/>", "" },
};

/* Is it what libvirt wrote, but for that? Both texts lose what was made up. */
static bool is_same(const char *xml, char *ours, const char *verdict)
{
	AUTO_FREE char *theirs = strdup(verdict);

	assert_non_null(theirs);
	theirs = without_spanning_tree(xml, theirs);
	flatten(ours);
	for (size_t i = 0; i < ARRAY_SIZE(made_up); i++)
		if (cut(theirs, made_up[i].theirs, NULL))
			cut(ours, made_up[i].ours, NULL);
	return !strcmp(ours, theirs);
}

static void judge_row(const struct format *format, const char *name, const char *xml, char *verdict,
		      struct tally *tally)
{
	bool accepted_there = !strncmp(verdict, "OK ", strlen("OK "));
	struct outcome outcome = judge(format, xml, strlen(xml), name);

	if (!accepted_there)
		count(tally, name, outcome.err.code ? NULL : verdict);
	else if (outcome.err.code)
		count(tally, name, error_text(&outcome.err));
	else
		count(tally, name,
		      is_same(xml, outcome.xml, verdict + strlen("OK ")) ? NULL : outcome.xml);
	outcome_done(&outcome);
}

static void judge_table(const struct format *format, const char *name)
{
	AUTO_FREE char *table = NULL;
	struct tally tally = { 0 };
	char *rows, *row;

	if (!corpus)
		skip();
	table = read_file("oracle", name);
	rows = table;
	while ((row = strsep(&rows, "\n"))) {
		char *title = strsep(&row, "\t"), *xml = strsep(&row, "\t");

		if (*title == '#' || !*title)
			continue;
		assert_non_null(row);
		judge_row(format, title, xml, row, &tally);
	}
	summarize(name, &tally);
}

static void networks_are_judged_as_libvirt_judges_them(void **state)
{
	judge_table(&networks, "define-verdicts.tsv");
}

static void interfaces_are_judged_as_libvirt_judges_them(void **state)
{
	judge_table(&interfaces, "interface-verdicts.tsv");
}

/* --- around them --- */

static void every_deviation_is_one(void **state)
{
	if (!corpus)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (!deviation_used[i])
			fail_msg("'%s' is as in libvirt", deviations[i].name);
}

static xmlRelaxNG *schema_from(xmlRelaxNGParserCtxt *context)
{
	xmlRelaxNG *schema = xmlRelaxNGParse(context);

	xmlRelaxNGFreeParserCtxt(context);
	assert_non_null(schema);
	return schema;
}

/* An interface is a part of the schema of a domain; this makes it the root. */
static xmlRelaxNG *interface_schema(void)
{
	AUTO_FREE char *path = path_of("src/conf/schemas", "domaincommon.rng");
	AUTO_FREE char *grammar = NULL;
	int n = asprintf(&grammar,
			 "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><include href='%s'/>"
			 "<start><ref name='interface'/></start></grammar>",
			 path);

	assert_true(n > 0);
	return schema_from(xmlRelaxNGNewMemParserCtxt(grammar, n));
}

static xmlRelaxNG *network_schema(void)
{
	AUTO_FREE char *path = path_of("src/conf/schemas", "network.rng");

	return schema_from(xmlRelaxNGNewParserCtxt(path));
}

static int find_schemas(void **state)
{
	find_corpus(state);
	if (!corpus)
		return 0;
	networks.schema = network_schema();
	interfaces.schema = interface_schema();
	return 0;
}

static int forget_schemas(void **state)
{
	xmlRelaxNGFree(networks.schema);
	xmlRelaxNGFree(interfaces.schema);
	xmlRelaxNGCleanupTypes();
	xmlCleanupParser();
	return forget_corpus(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_written_as_libvirt_writes_them),
		cmocka_unit_test(interfaces_are_written_as_libvirt_writes_them),
		cmocka_unit_test(networks_are_judged_as_libvirt_judges_them),
		cmocka_unit_test(interfaces_are_judged_as_libvirt_judges_them),
		cmocka_unit_test(every_deviation_is_one),
	};

	return cmocka_run_group_tests(tests, find_schemas, forget_schemas);
}
