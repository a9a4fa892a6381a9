/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's own packet filters against ours: each is read as there, or deliberately
 * otherwise (then it stands in a table here, with its reason), and written as libvirt
 * writes it, where the corpus says how.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>

#include "formats/nwfilter-xml.h"

static const struct {
	const char *name, *why;
} deviations[] = {
	{ "tests/nwfilterxml2xmlin/quirks-invalid.xml",
	  "a misspelled condition is refused: without it the rule is another" },
};

struct tally {
	unsigned same, different, otherwise;
};

static const char *deviation_of(const char *folder, const char *name)
{
	AUTO_FREE char *path = text_format("%s/%s", folder, name);

	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++)
		if (!strcmp(path, deviations[i].name))
			return deviations[i].why;
	return NULL;
}

static void count(struct tally *tally, const char *folder, const char *name, const char *wrong)
{
	const char *why = wrong ? deviation_of(folder, name) : NULL;

	if (!wrong) {
		tally->same++;
	} else if (why) {
		print_message("# deviation: %s: %s\n", name, why);
		tally->different++;
	} else {
		print_message("# otherwise: %s: %s\n", name, wrong);
		tally->otherwise++;
	}
}

static void summarize(const char *what, const struct tally *tally)
{
	print_message("# %s: %u same as libvirt, %u deliberately different, %u otherwise\n", what,
		      tally->same, tally->different, tally->otherwise);
	assert_true(tally->same + tally->different > 0);
	assert_int_equal(tally->otherwise, 0);
}

static int is_xml(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".xml");
}

typedef void visit_func(const char *folder, const char *name, struct tally *tally);

/* Returns whether the corpus has the folder. */
static bool each_file(const char *folder, visit_func *visit, struct tally *tally)
{
	AUTO_FREE char *path = corpus_path(folder, "");
	struct dirent **entries;
	int n = scandir(path, &entries, is_xml, alphasort);

	for (int i = 0; i < n; i++) {
		visit(folder, entries[i]->d_name, tally);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return n > 0;
}

static bool has_file(const char *folder, const char *name)
{
	AUTO_FREE char *path = corpus_path(folder, name);

	return access(path, R_OK) == 0;
}

static struct nwfilter *read_filter(const char *folder, const char *name, struct error *err)
{
	AUTO_FREE char *xml = corpus_read(folder, name);
	struct nwfilter *filter = NULL;

	nwfilter_from_xml(xml, strlen(xml), name, &filter, err);
	return filter;
}

/* As we write it; what we write is read again as the same. */
static char *write_filter(const struct nwfilter *filter)
{
	AUTO(nwfilter_freep) struct nwfilter *second = NULL;
	AUTO_FREE char *again = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	char *xml = NULL;

	assert_success(&err, nwfilter_to_xml(filter, &xml, &err));
	assert_success(&err, nwfilter_from_xml(xml, strlen(xml), "again", &second, &err));
	assert_success(&err, nwfilter_to_xml(second, &again, &err));
	assert_string_equal(xml, again);
	return xml;
}

/* libvirt's tests have no out file of what it refuses. */
static void visit_pair(const char *folder, const char *name, struct tally *tally)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO(nwfilter_freep) struct nwfilter *filter = read_filter(folder, name, &err);
	AUTO_FREE char *expected = has_file("tests/nwfilterxml2xmlout", name)
					   ? corpus_read("tests/nwfilterxml2xmlout", name)
					   : NULL;
	AUTO_FREE char *xml = filter ? write_filter(filter) : NULL;

	if (!filter)
		count(tally, folder, name, expected ? error_text(&err) : NULL);
	else if (!expected)
		count(tally, folder, name, "libvirt refuses it");
	else
		count(tally, folder, name, strcmp(xml, expected) != 0 ? xml : NULL);
}

static void filters_are_written_as_libvirt_writes_them(void **state)
{
	struct tally tally = { 0 };

	if (!corpus)
		skip();
	assert_true(each_file("tests/nwfilterxml2xmlin", visit_pair, &tally));
	summarize("tests/nwfilterxml2xmlin", &tally);
}

/* libvirt takes all of these. */
static void visit_accepted(const char *folder, const char *name, struct tally *tally)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO(nwfilter_freep) struct nwfilter *filter = read_filter(folder, name, &err);
	AUTO_FREE char *xml = filter ? write_filter(filter) : NULL;

	count(tally, folder, name, xml ? NULL : error_text(&err));
}

static void filters_that_libvirt_takes_are_taken(void **state)
{
	static const char *const folders[] = { "src/nwfilter/xml",
					       "tests/nwfilterxml2firewalldata" };

	if (!corpus)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct tally tally = { 0 };

		if (each_file(folders[i], visit_accepted, &tally))
			summarize(folders[i], &tally);
		else
			print_message("# the corpus has no %s\n", folders[i]);
	}
}

static int forget(void **state)
{
	xmlCleanupParser();
	return forget_corpus(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_are_written_as_libvirt_writes_them),
		cmocka_unit_test(filters_that_libvirt_takes_are_taken),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget);
}
