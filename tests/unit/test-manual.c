/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The examples of the manual pages: each literal display of man/PAGE.7 that begins
 * with '<' is a document that can be read, and an interface is shown as vifd
 * itself writes it. Where a page says that something is kept and not served, the
 * examples are, and nowhere else.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/bounds.h"
#include "formats/dnsmasq-conf.h"
#include "formats/interface-xml.h"
#include "formats/network-xml.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

/* A page while it is read. */
struct page {
	const char *name;
	char *rest; /* from the next line on */
	const char *section;
	unsigned line;
	unsigned n_examples;
};

static void examine_interface(const struct page *page, const char *xml, const char *where)
{
	bool kept = !strcmp(page->section, "WHAT IS KEPT UNTIL IT IS PLUGGED");
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO_FREE char *again = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (interface_from_xml(xml, strlen(xml), where, &interface, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_success(&err, interface_to_xml(interface, &again, &err));
	assert_string_equal(again, xml);
	if ((interface_check_served(interface, NULL) < 0) != kept)
		fail_msg("%s: whether it is served is not what its section says", where);
}

static void examine_network(const struct page *page, const char *xml, const char *where)
{
	AUTO(network_freep) struct network *network = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (network_from_xml(xml, strlen(xml), where, &network, &err) < 0)
		fail_msg("%s", error_text(&err));
}

/* What an example is, by how it begins. */
static const struct {
	const char *root;
	void (*examine)(const struct page *page, const char *xml, const char *where);
} documents[] = {
	{ "<interface", examine_interface },
	{ "<network>", examine_network },
	{ "<network ", examine_network },
};

static void examine(struct page *page, const char *xml, unsigned line)
{
	AUTO_FREE char *where = NULL;

	assert_true(asprintf(&where, "%s:%u", page->name, line) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		if (strncmp(xml, documents[i].root, strlen(documents[i].root)) != 0)
			continue;
		documents[i].examine(page, xml, where);
		page->n_examples++;
		return;
	}
	fail_msg("%s: an example that is neither an interface nor a network:\n%s", where, xml);
}

static char *next_line(struct page *page)
{
	page->line++;
	return strsep(&page->rest, "\n");
}

/* mdoc's own characters: \e is '\', \- is '-', \& is nothing. */
static void add_unescaped(struct text *text, const char *line)
{
	for (const char *p = line; *p; p++) {
		if (*p != '\\') {
			text_add(text, "%c", *p);
			continue;
		}
		p++;
		assert_non_null(strchr("e-&", *p));
		if (*p != '&')
			text_add(text, "%c", *p == 'e' ? '\\' : *p);
	}
	text_add(text, "\n");
}

static void read_display(struct page *page)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *xml = NULL;
	unsigned line = page->line + 1;

	for (;;) {
		const char *next = next_line(page);

		assert_non_null(next);
		if (!strcmp(next, ".Ed"))
			break;
		add_unescaped(&text, next);
	}
	assert_int_equal(text_take(&text, &xml), 0);
	if (*xml == '<')
		examine(page, xml, line);
}

/* Examines all examples of a page, and says how many there are; 0 where there is no such page. */
static unsigned examine_page(const char *name)
{
	const char *project = getenv("VIFD_SOURCE");
	AUTO_FREE char *path = NULL, *text = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct page page = { .name = name, .section = "" };
	size_t size;

	assert_true(asprintf(&path, "%s/man/%s", project ? project : ".", name) > 0);
	if (file_read(path, DOCUMENT_SIZE_MAX, &text, &size, &err) < 0)
		return 0;
	page.rest = text;
	for (char *line = next_line(&page); line; line = next_line(&page)) {
		if (!strncmp(line, ".Sh ", 4))
			page.section = line + 4;
		else if (!strncmp(line, ".Bd -literal", strlen(".Bd -literal")))
			read_display(&page);
	}
	return page.n_examples;
}

static void examples_of_vif_interface_are_what_the_page_says(void **state)
{
	assert_in_range(examine_page("vif-interface.7"), 25, UINT32_MAX);
}

static void examples_of_vif_network_can_be_read(void **state)
{
	assert_in_range(examine_page("vif-network.7"), 13, UINT32_MAX);
}

/* --- the options of dnsmasq --- */

static bool is_option_set(const char *option)
{
	static const struct dnsmasq_place place = { "vifbr0", "/run/vifd/dnsmasq", NULL, NULL };
	AUTO_FREE char *xml = text_format(
		"<network xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>n</name>"
		"<ip address='10.0.0.1' prefix='24'/><d:options><d:option value='%s'/></d:options>"
		"</network>",
		option);
	AUTO(network_freep) struct network *network = NULL;
	struct dnsmasq_texts texts;
	struct error err = ERROR_INIT;

	assert_success(&err, network_from_xml(xml, strlen(xml), NULL, &network, &err));
	if (dnsmasq_texts_make(network, &place, &texts, NULL) < 0)
		return false;
	dnsmasq_texts_done(&texts);
	return true;
}

/* The words of the page between two of its comments, with blanks around each; the caller's. */
static char *read_options(void)
{
	const char *project = getenv("VIFD_SOURCE");
	AUTO_FREE char *path = text_format("%s/man/vif-network.7", project ? project : ".");
	AUTO_FREE char *page = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	char *begin, *end;
	size_t size;

	assert_success(&err, file_read(path, DOCUMENT_SIZE_MAX, &page, &size, &err));
	begin = strstr(page, ".\\\" the options of dnsmasq\n");
	assert_non_null(begin);
	begin = strchr(begin, '\n');
	end = strstr(begin, ".\\\" end\n");
	assert_non_null(end);
	*end = '\0';
	for (char *c = begin; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return strdup(begin);
}

/* Both ways: what dnsmasq itself says that it has, and what the page lists. */
static void the_options_that_a_network_may_set_are_those_of_the_page(void **state)
{
	AUTO_FREE char *listed = read_options();
	FILE *help = popen("dnsmasq --help 2>/dev/null", "r");
	unsigned n = 0, n_set = 0;
	char line[512];

	assert_non_null(help);
	while (fgets(line, sizeof(line), help)) {
		char *name = strstr(line, "--");
		AUTO_FREE char *word = NULL;
		bool is_set, is_listed;

		if (!name || name > line + 4)
			continue;
		name += strlen("--");
		name[strcspn(name, "=[ ")] = '\0';
		word = text_format(" %s ", name);
		is_set = is_option_set(name);
		is_listed = strstr(listed, word);
		if (is_set != is_listed)
			fail_msg("%s: %s, and %s", name, is_set ? "accepted" : "refused",
				 is_listed ? "listed" : "not listed");
		n++;
		n_set += is_set;
	}
	pclose(help);
	for (char *rest = listed, *word; (word = strsep(&rest, " "));)
		if (*word && !strchr(".,", *word) && !is_option_set(word))
			fail_msg("%s: listed, and refused", word);
	if (n == 0)
		skip(); /* dnsmasq is not installed */
	assert_in_range(n, 150, 300);
	assert_in_range(n_set, 100, 140);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_vif_interface_are_what_the_page_says),
		cmocka_unit_test(examples_of_vif_network_can_be_read),
		cmocka_unit_test(the_options_that_a_network_may_set_are_those_of_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
