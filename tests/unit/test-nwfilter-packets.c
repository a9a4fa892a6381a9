/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What packet filters do with frames.
 *
 * The corpus has for each filter the ebtables and iptables commands that libvirt makes
 * of it. They are read here as what they mean for a frame, by nothing of what
 * compiles a filter; then frames are made that each command's conditions hold for,
 * and frames that fail each of them by one, in both directions and in each state, and
 * both have to come to the same verdict.
 */
#include "corpus.h"

#include <dirent.h>
#include <libxml/parser.h>

#include "formats/nwfilter-xml.h"
#include "libvirt-commands.h"
#include "model/nwfilter-compile.h"
#include "util/array.h"

/* --- compiling --- */

static const struct mac guest_mac = { { 0x52, 0x54, 0, 0, 0, 1 } };

struct library {
	struct nwfilter **filters;
	size_t n;
};

static const struct nwfilter *find_in_library(void *user, const char *name)
{
	struct library *library = user;

	for (size_t i = 0; i < library->n; i++)
		if (!strcmp(library->filters[i]->name, name))
			return library->filters[i];
	return NULL;
}

static void library_add(struct library *library, const char *xml)
{
	struct nwfilter **slot, *filter = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_success(&err, nwfilter_from_xml(xml, strlen(xml), "f.xml", &filter, &err));
	slot = array_add(&library->filters, &library->n, sizeof(*slot));
	assert_non_null(slot);
	*slot = filter;
}

static void library_done(struct library *library)
{
	for (size_t i = 0; i < library->n; i++)
		nwfilter_free(library->filters[i]);
	free(library->filters);
}

/* `parameters`: pairs of names and values; ends with NULL. */
static int compile(struct library *library, const char *name, const char *const *parameters,
		   struct packet_filter *ret, enum nwfilter_learning *ret_learning,
		   struct error *err)
{
	struct filter_ref ref = { .filter = strdup(name) };
	struct nwfilter_use use = { &ref, guest_mac, find_in_library, library };
	int r;

	for (; parameters && *parameters; parameters += 2)
		assert_int_equal(filter_ref_add(&ref, parameters[0], parameters[1]), 0);
	r = nwfilter_compile(&use, ret, ret_learning, err);
	filter_ref_done(&ref);
	return r;
}

/* --- frames that are of interest --- */

static struct fields some_fields(void)
{
	struct fields fields = { 0 };

	fields_set_number(&fields, PACKET_MAC_SOURCE, 0x0a0b0c0d);
	fields_set_number(&fields, PACKET_MAC_DESTINATION, 0x01020304);
	fields_set_number(&fields, PACKET_ETHERTYPE, 0x800);
	fields_set_number(&fields, PACKET_PROTOCOL, 17);
	return fields;
}

struct judging {
	const struct commands *commands;
	const struct packet_filter *filter;
	unsigned frames, verdicts[PACKET_VERDICT_COUNT], otherwise;
	const char *name;
};

static void judge_frame(struct judging *judging, const struct fields *wanted)
{
	static const enum packet_state states[] = { PACKET_NEW, PACKET_ESTABLISHED, PACKET_RELATED,
						    PACKET_INVALID };
	struct frame frame = frame_build(wanted);

	for (size_t i = 0; i < 2 * ARRAY_SIZE(states); i++) {
		struct fields fields = frame_dissect(&frame, states[i / 2]);
		bool from_guest = i % 2;
		const struct packet_list *list = from_guest ? &judging->filter->from_guest
							    : &judging->filter->to_guest;
		enum packet_verdict theirs = run_commands(judging->commands, from_guest, &fields);
		size_t rule;
		enum packet_verdict ours = list_verdict(list, &fields, &rule);

		judging->frames++;
		judging->verdicts[theirs]++;
		if (ours == theirs)
			continue;
		judging->otherwise++;
		print_message("# otherwise: %s: %s, state %d, protocol %x/%u: %d, there %d (%s)\n",
			      judging->name, from_guest ? "out" : "in", states[i / 2],
			      fields_number(&fields, PACKET_ETHERTYPE),
			      fields_number(&fields, PACKET_PROTOCOL), ours, theirs,
			      rule < list->n_rules && list->rules[rule].name
				      ? list->rules[rule].name
				      : "-");
	}
}

/* One that all conditions hold for; and for each condition one beside it, above and below. */
static void judge_command(struct judging *judging, const struct command *command)
{
	const struct packet_rule *rule = &command->rule;

	for (size_t wrong = 0; wrong <= rule->n_matches; wrong++)
		for (int variant = 0; variant < 4; variant++) {
			struct fields fields = some_fields();

			for (size_t i = 0; i < rule->n_matches; i++)
				fields_satisfy(&fields, &rule->matches[i], variant & 1);
			if (wrong < rule->n_matches) {
				const struct packet_match *match = &rule->matches[wrong];
				size_t last = FIELD_SIZE - 1;

				/* The lowest bit that is looked at, or the value beside. */
				while (last > 0 && !match->mask[last])
					last--;
				if (variant & 2)
					fields.value[match->field][last] ^=
						match->mask[last] & (uint8_t)-match->mask[last];
				else
					fields.value[match->field][last] += variant & 1 ? 1 : 255;
			}
			judge_frame(judging, &fields);
		}
}

struct tally {
	unsigned same, refused, otherwise;
};

static const char *const their_parameters[] = {
	"IPSETNAME", "tck_test", "A",  "1.1.1.1", "A",  "2.2.2.2", "A",  "3.3.3.3", "A",
	"3.3.3.3",   "B",        "80", "B",       "90", "B",       "80", "B",       "80",
	"C",         "1080",     "C",  "1090",    "C",  "1100",    "C",  "1110",    NULL,
};

static bool has_unknown(const struct commands *commands)
{
	for (size_t i = 0; i < commands->n; i++)
		if (commands->commands[i].unknown)
			return true;
	return false;
}

static void judge_file(const char *folder, const char *name, enum closing closing,
		       struct tally *tally)
{
	AUTO_FREE char *xml = corpus_read(folder, name);
	AUTO_FREE char *args_name = text_format("%.*s-linux.args", (int)strlen(name) - 4, name);
	AUTO_FREE char *args = corpus_read(folder, args_name);
	AUTO(commands_done) struct commands commands = { 0 };
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct judging judging = { &commands, &filter, .name = name };
	enum nwfilter_learning learning;

	read_commands(&commands, args);
	close_commands(&commands, closing);
	library_add(&library, xml);
	library_add(&library, wrappers[closing]);
	if (compile(&library, "closed", their_parameters, &filter, &learning, &err) < 0) {
		print_message("# deviation: %s: %s\n", name, error_text(&err));
		assert_true(has_unknown(&commands));
		tally->refused++;
		return;
	}
	assert_false(has_unknown(&commands));
	for (size_t i = 0; i < commands.n; i++)
		judge_command(&judging, &commands.commands[i]);
	print_message("# %s: %u frames: %u passed, %u dropped, %u rejected; %u otherwise\n", name,
		      judging.frames, judging.verdicts[PACKET_ACCEPT],
		      judging.verdicts[PACKET_DROP], judging.verdicts[PACKET_REJECT],
		      judging.otherwise);
	if (judging.otherwise)
		tally->otherwise++;
	else
		tally->same++;
}

static int is_args(const struct dirent *entry)
{
	return strstr(entry->d_name, "-linux.args") != NULL;
}

static void filters_do_what_libvirts_commands_do(void **state)
{
	static const char folder[] = "tests/nwfilterxml2firewalldata";
	AUTO_FREE char *path = corpus ? corpus_path(folder, "") : NULL;
	struct dirent **entries;
	struct tally tally = { 0 };
	int n = corpus ? scandir(path, &entries, is_args, alphasort) : -1;

	if (n < 0) {
		print_message("# skipped: the corpus has no %s\n", folder);
		free(take_ptr(path));
		skip();
	}
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *name = text_format(
			"%.*s.xml", (int)(strlen(entries[i]->d_name) - 11), entries[i]->d_name);

		for (enum closing closing = 0; closing < CLOSING_COUNT; closing++)
			judge_file(folder, name, closing, &tally);
		free(entries[i]);
	}
	free(entries);
	print_message("# %s: %u same as libvirt, %u deliberately refused, %u otherwise\n", folder,
		      tally.same, tally.refused, tally.otherwise);
	assert_true(tally.same > 0);
	assert_int_equal(tally.otherwise, 0);
}

/* --- what the corpus does not have --- */

/* A frame of an IP protocol with ports, as the guest would send it. */
static struct fields udp(const char *source, const char *destination, uint32_t from, uint32_t to)
{
	struct fields fields = some_fields();
	struct address address;
	uint8_t value[FIELD_SIZE];

	assert_int_equal(address_parse(source, &address), 0);
	set_bytes(value, address.bytes, 4);
	fields_set(&fields, PACKET_IPV4_SOURCE, value);
	assert_int_equal(address_parse(destination, &address), 0);
	set_bytes(value, address.bytes, 4);
	fields_set(&fields, PACKET_IPV4_DESTINATION, value);
	fields_set_number(&fields, PACKET_PORT_SOURCE, from);
	fields_set_number(&fields, PACKET_PORT_DESTINATION, to);
	return fields;
}

static enum packet_verdict verdict(const struct packet_list *list, const struct fields *wanted,
				   enum packet_state state, uint32_t learned)
{
	struct frame frame = frame_build(wanted);
	struct fields fields = frame_dissect(&frame, state);
	size_t rule;

	fields_learn(&fields, learned);
	return list_verdict(list, &fields, &rule);
}

static void assert_passes(const struct packet_list *list, struct fields fields, uint32_t learned)
{
	assert_int_equal(verdict(list, &fields, PACKET_NEW, learned), PACKET_ACCEPT);
}

static void assert_dropped(const struct packet_list *list, struct fields fields, uint32_t learned)
{
	assert_int_equal(verdict(list, &fields, PACKET_NEW, learned), PACKET_DROP);
}

static const char own_ip[] = "<filter name='own-ip' chain='ipv4'>"
			     "<rule action='return' direction='out'><ip srcipaddr='$IP'/></rule>"
			     "<rule action='drop' direction='out' priority='600'/></filter>";

enum {
	LEARNED = 0x0a000002, /* 10.0.0.2 */
};

static void an_address_that_is_learned_is_the_guests(void **state)
{
	static const char *const dhcp[] = {
		"CTRL_IP_LEARNING", "dhcp", "DHCPSERVER", "10.0.0.1", "DHCPSERVER", "10.0.0.3", NULL
	};
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum nwfilter_learning learning;

	library_add(&library, own_ip);
	assert_success(&err, compile(&library, "own-ip", dhcp, &filter, &learning, &err));
	assert_int_equal(learning, NWFILTER_LEARNING_DHCP);
	/* Nothing but DHCP, and from whom it is expected. */
	assert_dropped(&filter.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 2), 0);
	assert_dropped(&filter.to_guest, udp("10.0.0.9", "10.0.0.2", 2, 1), 0);
	assert_passes(&filter.from_guest, udp("0.0.0.0", "255.255.255.255", 68, 67), 0);
	assert_passes(&filter.to_guest, udp("10.0.0.3", "10.0.0.2", 67, 68), 0);
	assert_dropped(&filter.to_guest, udp("10.0.0.4", "10.0.0.2", 67, 68), 0);
	/* Then it is the only one. */
	assert_passes(&filter.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 2), LEARNED);
	assert_dropped(&filter.from_guest, udp("10.0.0.5", "10.0.0.9", 1, 2), LEARNED);
	assert_passes(&filter.to_guest, udp("10.0.0.9", "10.0.0.2", 2, 1), LEARNED);
}

static void a_list_that_is_given_is_not_learned(void **state)
{
	static const char *const two[] = { "IP", "10.0.0.2", "IP", "10.0.0.3", NULL };
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum nwfilter_learning learning;

	library_add(&library, own_ip);
	assert_success(&err, compile(&library, "own-ip", two, &filter, &learning, &err));
	assert_int_equal(learning, NWFILTER_LEARNING_UNUSED);
	assert_passes(&filter.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 2), 0);
	assert_passes(&filter.from_guest, udp("10.0.0.3", "10.0.0.9", 1, 2), 0);
	assert_dropped(&filter.from_guest, udp("10.0.0.4", "10.0.0.9", 1, 2), 0);
}

static void chains_stand_in_the_root_by_priority(void **state)
{
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum nwfilter_learning learning;

	library_add(&library, "<filter name='late' chain='ipv4-late' priority='300'>"
			      "<rule action='drop' direction='inout'/></filter>");
	library_add(&library, "<filter name='early' chain='ipv4-early' priority='-300'>"
			      "<rule action='return' direction='out' priority='1'>"
			      "<ip dstipaddr='10.0.0.1'/></rule>"
			      "<rule action='accept' direction='out' priority='2'>"
			      "<ip dstipaddr='10.0.0.0' dstipmask='8'/></rule></filter>");
	library_add(&library, "<filter name='f'><filterref filter='late'/>"
			      "<rule action='accept' direction='out' priority='299'>"
			      "<ip srcipaddr='10.0.0.7'/></rule>"
			      "<rule action='accept' direction='out' priority='300'>"
			      "<ip srcipaddr='10.0.0.8'/></rule>"
			      "<filterref filter='early'/></filter>");
	assert_success(&err, compile(&library, "f", NULL, &filter, &learning, &err));
	/* Returned from the one, dropped by the other. */
	assert_dropped(&filter.from_guest, udp("10.0.0.2", "10.0.0.1", 1, 2), 0);
	assert_passes(&filter.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 2), 0);
	/* Accepted by a rule before the chain; of the same priority the chain is first. */
	assert_passes(&filter.from_guest, udp("10.0.0.7", "10.0.0.1", 1, 2), 0);
	assert_dropped(&filter.from_guest, udp("10.0.0.8", "10.0.0.1", 1, 2), 0);
}

/* To a link's rules a tagged frame is no IPv4; what it carries is held to the rules about IP. */
static void a_tag_does_not_lead_around_the_rules_about_ip(void **state)
{
	struct fields tagged = udp("10.0.0.2", "10.0.0.9", 1, 2);
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter link = { 0 };
	AUTO(packet_filter_done) struct packet_filter ip = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum nwfilter_learning learning;

	fields_set_number(&tagged, PACKET_VLAN, 7);
	fields_set_number(&tagged, PACKET_VLAN_ETHERTYPE, 0x800);
	library_add(&library, "<filter name='link'>"
			      "<rule action='accept' direction='out'><ip/></rule>"
			      "<rule action='drop' direction='out' priority='600'/></filter>");
	library_add(&library, "<filter name='ip'><rule action='drop' direction='out'>"
			      "<udp dstportstart='2'/></rule></filter>");
	assert_success(&err, compile(&library, "link", NULL, &link, &learning, &err));
	assert_success(&err, compile(&library, "ip", NULL, &ip, &learning, &err));
	assert_passes(&link.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 2), 0);
	assert_dropped(&link.from_guest, tagged, 0);
	assert_dropped(&ip.from_guest, tagged, 0);
	fields_set_number(&tagged, PACKET_PORT_DESTINATION, 3);
	assert_passes(&ip.from_guest, tagged, 0);
}

static void what_is_accepted_begins_a_flow(void **state)
{
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct fields out = udp("10.0.0.2", "10.0.0.9", 1, 53), in;
	enum nwfilter_learning learning;

	library_add(&library, "<filter name='f'><rule action='accept' direction='out'>"
			      "<udp dstportstart='53'/></rule>"
			      "<rule action='drop' direction='inout' priority='900'><all/></rule>"
			      "</filter>");
	assert_success(&err, compile(&library, "f", NULL, &filter, &learning, &err));
	in = udp("10.0.0.9", "10.0.0.2", 53, 1);
	assert_true(filter.from_guest.rules[0].track);
	assert_passes(&filter.from_guest, out, 0);
	assert_dropped(&filter.to_guest, in, 0);
	assert_int_equal(verdict(&filter.to_guest, &in, PACKET_ESTABLISHED, 0), PACKET_ACCEPT);
	assert_string_equal(filter.to_guest.rules[1].name, "f:1");
}

static void who_refers_knows_better(void **state)
{
	static const char *const port[] = { "PORT", "5", NULL };
	AUTO(library_done) struct library library = { 0 };
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };
	AUTO(packet_filter_done) struct packet_filter plain = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	enum nwfilter_learning learning;

	library_add(&library, "<filter name='inner'><rule action='drop' direction='out'>"
			      "<udp dstportstart='$PORT'/></rule></filter>");
	library_add(&library, "<filter name='outer'><filterref filter='inner'>"
			      "<parameter name='PORT' value='4'/></filterref></filter>");
	assert_success(&err, compile(&library, "outer", NULL, &plain, &learning, &err));
	assert_success(&err, compile(&library, "outer", port, &filter, &learning, &err));
	assert_dropped(&plain.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 4), 0);
	assert_passes(&filter.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 4), 0);
	assert_dropped(&filter.from_guest, udp("10.0.0.2", "10.0.0.9", 1, 5), 0);
}

static void what_cannot_be_compiled_is_said(void **state)
{
	static const struct {
		const char *filter, *parameters[7];
		enum error_kind kind;
		const char *sentence;
	} cases[] = {
		{ "none", { NULL }, ERROR_NO_SUCH_FILTER, "there is no filter 'none'" },
		{ "lost",
		  { NULL },
		  ERROR_NO_SUCH_FILTER,
		  "filter 'lost', line 2: there is no filter 'away'" },
		{ "a",
		  { NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'b', line 1: it refers to 'a', which refers to it" },
		{ "lists",
		  { NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'lists', line 2: $A has no value: the interface's <filterref> needs "
		  "<parameter name='A' value='…'/>" },
		{ "lists",
		  { "A", "10.0.0.1", "B", "1", "B", "2", NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'lists', line 2: $B has another number of values than what goes in step "
		  "with it" },
		{ "lists",
		  { "A", "10.0.0.1", "B", "70000", NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'lists', line 2: $B: '70000' is not a number from 0 to 65535" },
		{ "element",
		  { "A", "1", NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'element', line 1: $A has fewer values than that" },
		{ "own-ip",
		  { "CTRL_IP_LEARNING", "none", NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'own-ip', line 1: $IP has no value: the interface's <filterref> needs "
		  "<parameter name='IP' value='…'/>" },
		{ "own-ip",
		  { "CTRL_IP_LEARNING", "all", NULL },
		  ERROR_INVALID_ARGUMENT,
		  "filter 'own-ip': CTRL_IP_LEARNING: 'all' is not one of any, dhcp, none" },
		{ "limit",
		  { NULL },
		  ERROR_NOT_SUPPORTED,
		  "filter 'limit', line 3: <tcp connlimit-above=> cannot be done by vifd's guard" },
	};
	AUTO(library_done) struct library library = { 0 };

	library_add(&library, own_ip);
	library_add(&library, "<filter name='lost'>\n<filterref filter='away'/></filter>");
	library_add(&library, "<filter name='a'><filterref filter='b'/></filter>");
	library_add(&library, "<filter name='b'><filterref filter='a'/></filter>");
	library_add(&library, "<filter name='lists'>\n<rule action='drop' direction='in'>"
			      "<udp srcipaddr='$A' srcportstart='$B'/></rule></filter>");
	library_add(&library, "<filter name='element'><rule action='drop' direction='in'>"
			      "<udp srcportstart='$A[1]'/></rule></filter>");
	library_add(&library, "<filter name='limit'>\n\n<rule action='drop' direction='in'>"
			      "<tcp connlimit-above='1'/></rule></filter>");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet_filter filter = { 0 };
		AUTO_ERROR struct error err = ERROR_INIT;
		enum nwfilter_learning learning;
		int r = compile(&library, cases[i].filter, cases[i].parameters, &filter, &learning,
				&err);

		assert_error(&err, r, cases[i].kind, cases[i].sentence);
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
		cmocka_unit_test(filters_do_what_libvirts_commands_do),
		cmocka_unit_test(an_address_that_is_learned_is_the_guests),
		cmocka_unit_test(a_list_that_is_given_is_not_learned),
		cmocka_unit_test(chains_stand_in_the_root_by_priority),
		cmocka_unit_test(a_tag_does_not_lead_around_the_rules_about_ip),
		cmocka_unit_test(what_is_accepted_begins_a_flow),
		cmocka_unit_test(who_refers_knows_better),
		cmocka_unit_test(what_cannot_be_compiled_is_said),
	};

	return cmocka_run_group_tests(tests, find_corpus, forget);
}
