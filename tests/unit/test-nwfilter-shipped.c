/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filters that come with vifd (data/filters) do with frames what libvirt's of the same
 * names do: both are compiled, and every frame that a rule of either is about, and those beside
 * it, has to come to the same verdict.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>

#include "formats/nwfilter-xml.h"
#include "frames.h"
#include "model/nwfilter-compile.h"
#include "util/array.h"

static const struct mac guest_mac = { { 0x52, 0x54, 0, 0, 0, 1 } };

struct library {
	struct nwfilter **filters;
	size_t n;
};

static const struct nwfilter *find(void *user, const char *name)
{
	const struct library *library = user;

	for (size_t i = 0; i < library->n; i++)
		if (!strcmp(library->filters[i]->name, name))
			return library->filters[i];
	return NULL;
}

static int is_xml(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".xml");
}

static void library_add(struct library *library, const char *folder, const char *file)
{
	AUTO_FREE char *path = text_format("%s/%s", folder, file), *data = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	struct nwfilter **slot;
	size_t size;

	slot = array_add(&library->filters, &library->n, sizeof(*slot));
	assert_non_null(slot);
	*slot = NULL;
	assert_success(&err, file_read(path, DOCUMENT_SIZE_MAX, &data, &size, &err));
	assert_success(&err, nwfilter_from_xml(data, size, path, slot, &err));
}

static void library_load(struct library *library, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_xml, alphasort);

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		library_add(library, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void library_done(struct library *library)
{
	for (size_t i = 0; i < library->n; i++)
		nwfilter_free(library->filters[i]);
	free(library->filters);
}

/* The filter as another's; `drops`: what it lets go on is dropped, so what it accepts is seen. */
static void library_close(struct library *library, const char *name, bool drops)
{
	AUTO_FREE char *xml = text_format(
		"<filter name='closed'><filterref filter='%s'/>%s</filter>", name,
		drops ? "<rule action='drop' direction='inout' priority='1000'/>" : "");
	AUTO_ERROR struct error err = ERROR_INIT;
	struct nwfilter **slot;

	slot = array_add(&library->filters, &library->n, sizeof(*slot));
	assert_non_null(slot);
	*slot = NULL;
	assert_success(&err, nwfilter_from_xml(xml, strlen(xml), "closed", slot, &err));
}

static void library_open(struct library *library)
{
	nwfilter_free(library->filters[--library->n]);
}

/* All that any of them asks for; or what is learned. */
static void compile(struct library *library, const char *name, bool ipv6, bool learns,
		    struct packet_filter *ret)
{
	struct filter_ref ref = { .filter = strdup(name) };
	struct nwfilter_use use = { &ref, guest_mac, find, library };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum nwfilter_learning learning;

	assert_int_equal(filter_ref_add(&ref, "GATEWAY_MAC", "02:00:00:00:00:09"), 0);
	assert_int_equal(filter_ref_add(&ref, "IPV6", "2001:db8::2"), 0);
	assert_int_equal(filter_ref_add(&ref, "DHCPSERVER", ipv6 ? "fe80::9" : "10.0.0.9"), 0);
	if (!learns)
		assert_int_equal(filter_ref_add(&ref, "IP", "10.0.0.2"), 0);
	assert_success(&err, nwfilter_compile(&use, ret, &learning, &err));
	filter_ref_done(&ref);
}

enum {
	LEARNED = 0x0a000002,
};

struct judging {
	const char *name;
	const struct packet_filter *ours, *theirs;
	unsigned frames, dropped;
};

static void judge_frame(struct judging *judging, const struct fields *wanted)
{
	struct frame frame = frame_build(wanted);

	for (int i = 0; i < 4; i++) {
		struct fields fields = frame_dissect(&frame, PACKET_NEW);
		enum packet_verdict ours, theirs;
		size_t rule;

		fields_learn(&fields, i & 1 ? LEARNED : 0);
		ours = list_verdict(i & 2 ? &judging->ours->from_guest : &judging->ours->to_guest,
				    &fields, &rule);
		theirs = list_verdict(i & 2 ? &judging->theirs->from_guest
					    : &judging->theirs->to_guest,
				      &fields, &rule);
		judging->frames++;
		judging->dropped += theirs == PACKET_DROP;
		if (ours != theirs)
			fail_msg("%s: %s, protocol %x/%u: %d, there %d", judging->name,
				 i & 2 ? "out" : "in", fields_number(&fields, PACKET_ETHERTYPE),
				 fields_number(&fields, PACKET_PROTOCOL), ours, theirs);
	}
}

/* Frames for a rule on each protocol there is: chains ask for one before the rule does. */
static void judge_rule(struct judging *judging, const struct packet_rule *rule, bool with_guests)
{
	static const uint32_t ethertypes[] = { 0x800, 0x86dd, 0x806, 0x8035, 0x835, 0x1234 };

	for (size_t i = 0; i < ARRAY_SIZE(ethertypes); i++)
		for (size_t wrong = 0; wrong <= rule->n_matches; wrong++) {
			struct fields fields = { 0 };

			fields_set_number(&fields, PACKET_ETHERTYPE, ethertypes[i]);
			fields_set_number(&fields, PACKET_PROTOCOL, 17);
			fields_set_number(&fields, PACKET_IPV4_SOURCE, with_guests ? LEARNED : 0);
			fields_set_number(&fields, PACKET_ARP_IP_SOURCE, LEARNED);
			if (with_guests)
				memcpy(fields.value[PACKET_MAC_SOURCE] + FIELD_SIZE - 6,
				       guest_mac.bytes, 6);
			memcpy(fields.value[PACKET_ARP_MAC_SOURCE] + FIELD_SIZE - 6,
			       guest_mac.bytes, 6);
			for (size_t j = 0; j < rule->n_matches; j++)
				fields_satisfy(&fields, &rule->matches[j], false);
			if (wrong < rule->n_matches)
				fields.value[rule->matches[wrong].field][FIELD_SIZE - 1] ^= 1;
			judge_frame(judging, &fields);
		}
}

static void judge_list(struct judging *judging, const struct packet_list *list)
{
	for (size_t i = 0; i < list->n_rules; i++) {
		judge_rule(judging, &list->rules[i], false);
		judge_rule(judging, &list->rules[i], true);
	}
}

static void judge(const char *name, struct library *ours, struct library *theirs, bool learns,
		  bool drops)
{
	AUTO(packet_filter_done) struct packet_filter our_filter = { 0 };
	AUTO(packet_filter_done) struct packet_filter their_filter = { 0 };
	struct judging judging = { name, &our_filter, &their_filter };

	library_close(ours, name, drops);
	compile(ours, "closed", strstr(name, "v6"), learns, &our_filter);
	library_open(ours);
	library_close(theirs, name, drops);
	compile(theirs, "closed", strstr(name, "v6"), learns, &their_filter);
	library_open(theirs);
	judge_list(&judging, &our_filter.from_guest);
	judge_list(&judging, &our_filter.to_guest);
	judge_list(&judging, &their_filter.from_guest);
	judge_list(&judging, &their_filter.to_guest);
	print_message("# %s%s%s: %u frames, %u dropped by both\n", name, learns ? ", learned" : "",
		      drops ? ", the rest dropped" : "", judging.frames, judging.dropped);
}

static void filters_do_what_libvirts_of_their_names_do(void **state)
{
	AUTO(library_done) struct library ours = { 0 };
	AUTO(library_done) struct library theirs = { 0 };
	const char *project = getenv("VIFD_SOURCE");
	AUTO_FREE char *our_folder = text_format("%s/data/filters", project ? project : ".");
	AUTO_FREE char *their_folder = NULL;

	library_load(&ours, our_folder);
	if (!corpus) {
		library_done(&ours);
		free(take_ptr(our_folder));
		skip();
	}
	their_folder = corpus_path("src/nwfilter", "xml");
	library_load(&theirs, their_folder);
	assert_int_equal(ours.n, theirs.n);
	for (size_t i = 0; i < ours.n; i++)
		for (int variant = 0; variant < 4; variant++)
			judge(ours.filters[i]->name, &ours, &theirs, variant & 1, variant & 2);
}

static int forget(void **state)
{
	xmlCleanupParser();
	return forget_corpus(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_do_what_libvirts_of_their_names_do),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget);
}
