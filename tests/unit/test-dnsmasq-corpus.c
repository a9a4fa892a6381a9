/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libvirt tells dnsmasq of its sample networks, and what we do: the same options, in any
 * order, but for what stands in the tables here, each row with its reason. A row that nothing
 * needs fails the test like a difference that stands in no row.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>

#include "formats/dnsmasq-conf.h"
#include "formats/network-xml.h"
#include "util/array.h"
#include "util/parse.h"

static const char samples[] = "tests/networkxml2confdata";
static const char files[] = "/var/lib/libvirt/dnsmasq"; /* where libvirt's lie */

enum {
	LEASES_OF_HOSTS = 1000,
};

/* What only we say, of every network or of those with DHCP. */
static const struct {
	const char *option, *why;
} only_ours[] = {
	{ "pid-file=", "libvirt names it on the command line" },
	{ "user=", "libvirt leaves it at dnsmasq's own choice, nobody" },
	{ "group=", "libvirt leaves it at dnsmasq's own choice, dip, which may configure PPP" },
	{ "no-resolv", "libvirt lets each dnsmasq read and watch the host's resolv.conf" },
	{ "no-hosts", "libvirt lets guests be answered from the host's own /etc/hosts" },
	{ "servers-file=", "as above: whom the host asks is handed over" },
	{ "dhcp-leasefile=", "libvirt has a helper program write leases down; here dnsmasq does" },
};

/* The same file under another name. */
static const struct {
	const char *option, *theirs, *ours;
} renamed[] = {
	{ "dhcp-hostsfile=", ".hostsfile", ".hosts" },
	{ "addn-hosts=", ".addnhosts", ".names" },
};

static const struct {
	const char *network, *theirs, *ours, *why;
} deviations[] = {
	{ "nat-network-name-with-quotes",
	  "dhcp-hostsfile=/var/lib/libvirt/dnsmasq/default&quot;with&quot;quotes&quot;.hosts",
	  "dhcp-hostsfile=\"/var/lib/libvirt/dnsmasq/default\\\"with\\\"quotes\\\".hosts\"",
	  "libvirt writes quotes as XML does, so dnsmasq looks for another file" },
	{ "nat-network-name-with-quotes",
	  "addn-hosts=/var/lib/libvirt/dnsmasq/default&quot;with&quot;quotes&quot;.names",
	  "addn-hosts=\"/var/lib/libvirt/dnsmasq/default\\\"with\\\"quotes\\\".names\"",
	  "as above" },
};

/* A line of the author's own that libvirt hands on, and we do not. */
static const struct {
	const char *network, *xml, *line, *sentence;
} refused[] = {
	{ "dnsmasq-options", "<dnsmasq:option value=\"foo=bar\"/>", "foo=bar\n",
	  "<dnsmasq:option value='foo=bar'> is not allowed: 'foo' is none of the options that a "
	  "network may set (vif-network(7))" },
};

static struct {
	unsigned networks, same, ours, renamed, deviating, leases, hosts, refused;
	unsigned used[ARRAY_SIZE(deviations)];
} tally;

/* --- sets of lines --- */

struct lines {
	char **items;
	size_t n;
};

static void lines_add(struct lines *lines, char *line)
{
	char **slot = array_add(&lines->items, &lines->n, sizeof(*slot));

	assert_non_null(slot);
	assert_non_null(line);
	*slot = line;
}

static struct lines lines_of(const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	struct lines lines = { 0 };
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line && *line != '#')
			lines_add(&lines, strdup(line));
	return lines;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void lines_sort(struct lines *lines)
{
	if (lines->n > 0)
		qsort(lines->items, lines->n, sizeof(*lines->items), compare);
}

static void lines_done(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->items[i]);
	free(lines->items);
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static void assert_same(const char *name, const struct lines *ours, const struct lines *theirs)
{
	for (size_t i = 0; i < ours->n && i < theirs->n; i++)
		if (strcmp(ours->items[i], theirs->items[i]) != 0)
			fail_msg("%s: ours has '%s' where libvirt has '%s'", name, ours->items[i],
				 theirs->items[i]);
	if (ours->n != theirs->n)
		fail_msg("%s: %s has one more, '%s'", name,
			 ours->n > theirs->n ? "ours" : "libvirt",
			 ours->n > theirs->n ? ours->items[theirs->n] : theirs->items[ours->n]);
}

/* --- options --- */

static bool has_line(const struct lines *lines, const char *line)
{
	for (size_t i = 0; i < lines->n; i++)
		if (!strcmp(lines->items[i], line))
			return true;
	return false;
}

/* What both have is compared, also where ours alone has it elsewhere. */
static void drop_only_ours(struct lines *ours, const struct lines *theirs)
{
	size_t n = 0;

	for (size_t i = 0; i < ours->n; i++) {
		bool only = false;

		for (size_t j = 0; j < ARRAY_SIZE(only_ours); j++)
			only = only || (starts_with(ours->items[i], only_ours[j].option) &&
					!has_line(theirs, ours->items[i]));
		if (only)
			free(ours->items[i]);
		else
			ours->items[n++] = ours->items[i];
		tally.ours += only;
	}
	ours->n = n;
}

static char *rename_file(char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++) {
		char *suffix = strstr(line, renamed[i].theirs), *result;

		if (!starts_with(line, renamed[i].option) || !suffix)
			continue;
		assert_true(asprintf(&result, "%.*s%s", (int)(suffix - line), line,
				     renamed[i].ours) > 0);
		free(line);
		tally.renamed++;
		return result;
	}
	return line;
}

static char *deviate(const char *network, char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (!strcmp(network, deviations[i].network) &&
		    !strcmp(line, deviations[i].theirs)) {
			free(line);
			tally.deviating++;
			tally.used[i]++;
			return strdup(deviations[i].ours);
		}
	return line;
}

/* Ours has room for fixed addresses outside of the ranges, however many are added while it runs. */
static char *add_leases(char *line)
{
	static const char option[] = "dhcp-lease-max=";
	uint32_t n;
	char *result;

	if (!starts_with(line, option))
		return line;
	assert_int_equal(parse_u32(line + strlen(option), 1, 65536, &n), 0);
	assert_true(asprintf(&result, "%s%u", option, n + LEASES_OF_HOSTS) > 0);
	free(line);
	tally.leases++;
	return result;
}

static void compare_options(const char *name, const char *ours_text, const char *theirs_text)
{
	struct lines ours = lines_of(ours_text), theirs = lines_of(theirs_text);

	drop_only_ours(&ours, &theirs);
	for (size_t i = 0; i < theirs.n; i++)
		theirs.items[i] = deviate(name, add_leases(rename_file(theirs.items[i])));
	lines_sort(&ours);
	lines_sort(&theirs);
	assert_same(name, &ours, &theirs);
	tally.same += (unsigned)ours.n;
	lines_done(&ours);
	lines_done(&theirs);
}

/* --- hosts: what dnsmasq is told of one, in any order --- */

static void sort_fields(char **line)
{
	struct lines fields = { 0 };
	char *rest = *line, *field, *sorted = strdup("");

	while ((field = strsep(&rest, ",")))
		lines_add(&fields, strdup(field));
	lines_sort(&fields);
	for (size_t i = 0; i < fields.n; i++) {
		char *longer;

		assert_true(asprintf(&longer, "%s%s,", sorted, fields.items[i]) > 0);
		free(sorted);
		sorted = longer;
	}
	lines_done(&fields);
	free(*line);
	*line = sorted;
}

static void compare_hosts(const char *name, const char *ours_text, const char *theirs_text)
{
	struct lines ours = lines_of(ours_text), theirs = lines_of(theirs_text);

	for (size_t i = 0; i < ours.n; i++)
		sort_fields(&ours.items[i]);
	for (size_t i = 0; i < theirs.n; i++)
		sort_fields(&theirs.items[i]);
	lines_sort(&ours);
	lines_sort(&theirs);
	assert_same(name, &ours, &theirs);
	tally.hosts += (unsigned)ours.n;
	lines_done(&ours);
	lines_done(&theirs);
}

/* --- each sample --- */

static char *read_beside(const char *name, const char *suffix)
{
	AUTO_FREE char *file = NULL, *path = NULL;

	assert_true(asprintf(&file, "%s%s", name, suffix) > 0);
	path = corpus_path(samples, file);
	return access(path, R_OK) == 0 ? corpus_read(samples, file) : strdup("");
}

static int make_texts(const char *name, const char *xml, struct dnsmasq_texts *ret,
		      struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	struct error error = ERROR_INIT;

	assert_success(&error, network_from_xml(xml, strlen(xml), name, &network, &error));
	assert_true(dnsmasq_is_needed(network) || !strcmp(name, "routed-network-no-dns"));
	return dnsmasq_texts_make(
		network, &(struct dnsmasq_place){ network->bridge.name, files, "dnsmasq", "x" },
		ret, err);
}

/* The text without that part of it. */
static void cut(char *text, const char *part)
{
	char *place = strstr(text, part);

	assert_non_null(place);
	memmove(place, place + strlen(part), strlen(place + strlen(part)) + 1);
}

/* What is refused is, for that reason alone: the rest is compared. */
static void refuse(const char *name, char *xml, char *conf)
{
	struct dnsmasq_texts texts;
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (strcmp(name, refused[i].network) != 0)
			continue;
		assert_error(&err, make_texts(name, xml, &texts, &err), ERROR_NOT_SUPPORTED,
			     refused[i].sentence);
		cut(xml, refused[i].xml);
		cut(conf, refused[i].line);
		tally.refused++;
	}
}

static void visit(const char *name)
{
	AUTO_FREE char *xml = read_beside(name, ".xml"), *conf = read_beside(name, ".conf");
	AUTO_FREE char *hosts = read_beside(name, ".hostsfile");
	struct dnsmasq_texts texts;
	struct error err = ERROR_INIT;

	assert_true(*conf);
	refuse(name, xml, conf);
	assert_success(&err, make_texts(name, xml, &texts, &err));
	compare_options(name, texts.conf, conf);
	compare_hosts(name, texts.hosts, hosts);
	dnsmasq_texts_done(&texts);
	tally.networks++;
}

static int is_xml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".xml");
}

static void dnsmasq_is_told_what_libvirt_tells_it(void **state)
{
	AUTO_FREE char *path = NULL;
	struct dirent **entries;
	int n;

	if (!corpus)
		skip();
	path = corpus_path(samples, "");
	n = scandir(path, &entries, is_xml, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		*strrchr(entries[i]->d_name, '.') = '\0';
		visit(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	assert_int_equal(tally.refused, ARRAY_SIZE(refused));
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (tally.used[i] == 0)
			fail_msg("%s is no deviation: %s", deviations[i].network,
				 deviations[i].theirs);
	print_message("# %s: %u networks: %u options and %u hosts the same, of them %u files of "
		      "another name, %u bounds of leases with %d for hosts, %u deviations, %u "
		      "options refused; %u options more\n",
		      samples, tally.networks, tally.same, tally.hosts, tally.renamed, tally.leases,
		      LEASES_OF_HOSTS, tally.deviating, tally.refused, tally.ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dnsmasq_is_told_what_libvirt_tells_it),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget_corpus);
}
