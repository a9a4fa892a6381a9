/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's own files, and the verdicts of a real libvirt, against our formats.
 *
 * Each network and each guest's interface ends in one of four ways: accepted,
 * refused as invalid, refused as not supported yet, or it is a deviation from
 * libvirt that stands in a table here with its reason. What libvirt accepts and
 * we do not support yet is printed by name, so that it cannot be passed over;
 * what we accept is written, read again and written again, must be valid by
 * libvirt's schema, and must be what libvirt itself writes.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "formats/bounds.h"
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
	unsigned accepted;
	unsigned refused;        /* as invalid */
	unsigned refused_before; /* by libvirt, and by us as not supported: we do not look so far */
	unsigned not_supported;  /* of what libvirt accepts */
	unsigned deviations;
};

static char *corpus; /* the folder, or NULL */

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
	if (strcmp(name, "network midonet without interfaceid") != 0) /* libvirt's is not either */
		assert_valid_by_schema(format, outcome.xml, name);
	return outcome;
}

static void outcome_done(struct outcome *outcome)
{
	error_done(&outcome->err);
	free(outcome->xml);
}

/* Counts it, and says what is not supported. */
static void count(struct tally *tally, const struct outcome *outcome)
{
	if (!outcome->err.code) {
		tally->accepted++;
	} else if (outcome->err.kind == ERROR_NOT_SUPPORTED) {
		tally->not_supported++;
		print_message("# not supported yet: %s\n", error_text(&outcome->err));
	} else {
		tally->refused++;
	}
}

static void summarize(const char *what, const struct tally *tally)
{
	unsigned n = tally->accepted + tally->refused + tally->refused_before +
		     tally->not_supported + tally->deviations;

	print_message("# %s: %u in all: %u accepted, %u refused as invalid, %u refused by libvirt "
		      "and not supported yet, %u not supported yet, %u deviations\n",
		      what, n, tally->accepted, tally->refused, tally->refused_before,
		      tally->not_supported, tally->deviations);
	/* A corpus that is not found must not look like one that passes. */
	assert_true(n > 0);
}

/* --- files --- */

static char *path_of(const char *folder, const char *name)
{
	return corpus_path(corpus, folder, name);
}

static char *read_file(const char *folder, const char *name)
{
	return corpus_read(corpus, folder, name);
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

static void visit_network(const char *folder, const char *name, struct tally *tally)
{
	AUTO_FREE char *xml = read_file(folder, name);
	struct outcome outcome = judge(&networks, xml, strlen(xml), name);

	count(tally, &outcome);
	if (!strcmp(folder, "tests/networkxml2xmlin")) {
		bool accepted_there = has_file("tests/networkxml2xmlout", name);

		if (outcome.err.code && outcome.err.kind != ERROR_NOT_SUPPORTED && accepted_there)
			fail_msg("libvirt accepts it: %s", error_text(&outcome.err));
		if (!outcome.err.code) {
			AUTO_FREE char *expected = read_file("tests/networkxml2xmlout", name);

			assert_string_equal(outcome.xml, expected);
		}
	}
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

static void judge_guest_interface(const char *folder, const char *name, const char *xml,
				  bool refused_there, bool *accepted_all, struct tally *tally)
{
	struct outcome outcome = judge(&interfaces, xml, strlen(xml), name);
	const char *why = other_interface(xml);

	if (outcome.err.code && why) {
		print_message("# deviation: %s: %s\n", name, why);
		tally->deviations++;
	} else {
		count(tally, &outcome);
		if (outcome.err.code && !refused_there)
			fail_msg("libvirt accepts it: %s", error_text(&outcome.err));
		if (!outcome.err.code && is_written_by_libvirt(folder, name))
			assert_string_equal(outcome.xml, xml);
	}
	*accepted_all = *accepted_all && !outcome.err.code;
	outcome_done(&outcome);
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
		judge_guest_interface(folder, name, xml, refused_there, &accepted_all, tally);
	}
	if (refused_there && name_index(guests_at_fault, ARRAY_SIZE(guests_at_fault), name) < 0)
		assert_false(accepted_all);
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

/* Where we judge otherwise, or write something else, on purpose. */
static const struct {
	const char *name, *why;
} deviations[] = {
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

static bool is_deviation(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (!strcmp(deviations[i].name, name)) {
			print_message("# deviation: %s: %s\n", name, deviations[i].why);
			return true;
		}
	return false;
}

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

/* What libvirt wrote, but for what it made up: a uuid, and its test driver's device names. */
static bool is_same(char *ours, char *theirs)
{
	flatten(ours);
	cut(theirs, "<uuid>*</uuid>", NULL);
	cut(theirs, "<target dev='testnet0'/>", NULL);
	return !strcmp(ours, theirs);
}

/* Both texts lose what is_same() cuts. */
static bool differs(struct outcome *outcome, char *theirs)
{
	return outcome->err.code || !is_same(outcome->xml, theirs);
}

static void judge_row(const struct format *format, const char *name, const char *xml, char *verdict,
		      struct tally *tally)
{
	bool accepted_there = !strncmp(verdict, "OK ", 3);
	struct outcome outcome = judge(format, xml, strlen(xml), name);

	if (accepted_there && differs(&outcome, verdict + strlen("OK ")) && is_deviation(name)) {
		tally->deviations++;
	} else if (accepted_there && outcome.err.code && outcome.err.kind != ERROR_NOT_SUPPORTED) {
		fail_msg("libvirt accepts it: %s", error_text(&outcome.err));
	} else if (!accepted_there) {
		if (!outcome.err.code)
			fail_msg("%s: libvirt refuses it: %s", name, verdict);
		if (outcome.err.kind == ERROR_NOT_SUPPORTED)
			tally->refused_before++;
		else
			tally->refused++;
	} else {
		count(tally, &outcome);
		if (!outcome.err.code)
			assert_string_equal(outcome.xml, verdict + strlen("OK "));
	}
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

static int find_corpus(void **state)
{
	corpus = corpus_find();
	if (!corpus)
		return 0;
	networks.schema = network_schema();
	interfaces.schema = interface_schema();
	return 0;
}

static int forget_corpus(void **state)
{
	xmlRelaxNGFree(networks.schema);
	xmlRelaxNGFree(interfaces.schema);
	xmlRelaxNGCleanupTypes();
	xmlCleanupParser();
	free(corpus);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_written_as_libvirt_writes_them),
		cmocka_unit_test(interfaces_are_written_as_libvirt_writes_them),
		cmocka_unit_test(networks_are_judged_as_libvirt_judges_them),
		cmocka_unit_test(interfaces_are_judged_as_libvirt_judges_them),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget_corpus);
}
