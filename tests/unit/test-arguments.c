/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/arguments.h"
#include "cli/document.h"
#include "cli/verb.h"

enum {
	VECTOR_MAX = 16,
};

static const struct verb plug = {
	.name = "plug",
	.synopsis = "FILE|SPEC [--guest NAME] [--pid PID]",
	.options = OPTION_GUEST | OPTION_PID,
	.min_words = 1,
	.max_words = 1,
};

static const struct verb run = {
	.name = "run",
	.synopsis = "--nic FILE|SPEC -- COMMAND",
	.options = OPTION_NIC | OPTION_GUEST | OPTION_COMMAND,
	.min_words = 1,
	.max_words = WORDS_MAX,
};

static const struct verb check = {
	.name = "check",
	.synopsis = "FILE|SPEC [--qmp SOCKET] [--wait]",
	.options = OPTION_QMP | OPTION_WAIT,
	.min_words = 1,
	.max_words = 1,
};

static const struct verb update = {
	.name = "network update",
	.synopsis = "NAME SECTION [--live]",
	.options = OPTION_LIVE | OPTION_CONFIG | OPTION_PARENT | OPTION_FORCE,
	.min_words = 2,
	.max_words = 2,
};

static const struct verb list = { .name = "network list", .synopsis = "" };

const struct verb *const verbs[] = { &plug, &run, &list, NULL };

struct line {
	char *copy;
	char *words[VECTOR_MAX];
	int n;
	struct arguments arguments;
	struct error err;
};

/* Reads the line, which begins with the verb's last word. */
static int line_read(struct line *line, const struct verb *verb, const char *text)
{
	*line = (struct line){ .copy = strdup(text) };
	for (char *word = strtok(line->copy, " "); word; word = strtok(NULL, " "))
		line->words[line->n++] = word;
	assert_true(line->n < VECTOR_MAX);
	return arguments_read(verb, line->n, line->words, &line->arguments, &line->err);
}

static void line_done(struct line *line)
{
	arguments_done(&line->arguments);
	error_done(&line->err);
	free(line->copy);
}
#define AUTO_LINE AUTO(line_done)

static void expect_usage(const struct verb *verb, const char *text, const char *sentence)
{
	AUTO_LINE struct line line;

	assert_int_equal(line_read(&line, verb, text), -EINVAL);
	assert_string_equal(error_text(&line.err), sentence);
	assert_null(line.arguments.words);
}

static void options_stand_before_and_behind_the_words(void **state)
{
	static const char *const lines[] = {
		"plug --guest red --pid 7 --json eth.xml",
		"plug eth.xml --json --pid=7 --guest=red",
		"plug --pid 7 eth.xml --guest red --json",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		AUTO_LINE struct line line;

		assert_int_equal(line_read(&line, &plug, lines[i]), 0);
		assert_true(line.arguments.json);
		assert_string_equal(line.arguments.guest, "red");
		assert_int_equal(line.arguments.pid, 7);
		assert_int_equal(line.arguments.n_words, 1);
		assert_string_equal(line.arguments.words[0], "eth.xml");
		assert_null(line.arguments.words[1]);
	}
}

static void options_that_are_not_given_are_unset(void **state)
{
	AUTO_LINE struct line given, none;

	assert_int_equal(line_read(&given, &check, "check --wait --qmp /run/q.sock x"), 0);
	assert_true(given.arguments.wait);
	assert_string_equal(given.arguments.qmp, "/run/q.sock");
	assert_int_equal(line_read(&none, &check, "check x"), 0);
	assert_false(none.arguments.wait);
	assert_null(none.arguments.qmp);
}

static void the_options_of_the_vmm_are_its_own(void **state)
{
	static const char *const lines[] = {
		"run --nic dev=eth0 --nic ethernet -- qemu --json -m 1",
		"run --nic dev=eth0 --nic ethernet qemu --json -m 1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		AUTO_LINE struct line line;

		assert_int_equal(line_read(&line, &run, lines[i]), 0);
		assert_false(line.arguments.json);
		assert_int_equal(line.arguments.n_nics, 2);
		assert_string_equal(line.arguments.nics[0], "dev=eth0");
		assert_string_equal(line.arguments.nics[1], "ethernet");
		assert_int_equal(line.arguments.n_words, 4);
		assert_string_equal(line.arguments.words[1], "--json");
	}
}

static void standard_input_is_a_word(void **state)
{
	AUTO_LINE struct line line;

	assert_int_equal(line_read(&line, &plug, "plug -"), 0);
	assert_string_equal(line.arguments.words[0], "-");
}

static void an_option_of_another_verb_is_unknown(void **state)
{
	expect_usage(&list, "list --force", "no such option: --force (usage: vif network list)");
	expect_usage(
		&plug, "plug --nic x y",
		"no such option: --nic (usage: vif plug FILE|SPEC [--guest NAME] [--pid PID])");
	expect_usage(
		&plug, "plug x --wait",
		"no such option: --wait (usage: vif plug FILE|SPEC [--guest NAME] [--pid PID])");
	expect_usage(&check, "check x --qmp",
		     "a value is missing behind --qmp (usage: vif check FILE|SPEC [--qmp SOCKET] "
		     "[--wait])");
	expect_usage(&list, "list -xy", "no such option: -x (usage: vif network list)");
}

static void what_is_missing_or_too_much_is_said(void **state)
{
	expect_usage(&list, "list red", "too much: red (usage: vif network list)");
	expect_usage(&plug, "plug",
		     "FILE|SPEC is missing (usage: vif plug FILE|SPEC [--guest NAME] [--pid PID])");
	expect_usage(&plug, "plug x --guest",
		     "a value is missing behind --guest "
		     "(usage: vif plug FILE|SPEC [--guest NAME] [--pid PID])");
	expect_usage(&plug, "plug x --guest --json",
		     "a value is missing behind --guest "
		     "(usage: vif plug FILE|SPEC [--guest NAME] [--pid PID])");
	expect_usage(&plug, "plug --network red",
		     "a SPEC has no dashes, as network=NAME: --network "
		     "(usage: vif plug FILE|SPEC [--guest NAME] [--pid PID])");
	expect_usage(&run, "run --nic -- qemu",
		     "a value is missing behind --nic (usage: vif run --nic FILE|SPEC -- COMMAND)");
	expect_usage(&update, "update",
		     "NAME is missing (usage: vif network update NAME SECTION [--live])");
	expect_usage(&update, "update red",
		     "SECTION is missing (usage: vif network update NAME SECTION [--live])");
	expect_usage(&run, "run qemu",
		     "--nic is missing (usage: vif run --nic FILE|SPEC -- COMMAND)");
	expect_usage(&run, "run --nic x",
		     "COMMAND is missing (usage: vif run --nic FILE|SPEC -- COMMAND)");
}

static void a_pid_is_the_number_of_a_process(void **state)
{
	static const char *const bad[] = { "plug x --pid 0", "plug x --pid -1", "plug x --pid 1x",
					   "plug x --pid 99999999999" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTO_LINE struct line line;

		assert_int_equal(line_read(&line, &plug, bad[i]), -EINVAL);
		assert_non_null(
			strstr(error_text(&line.err), "--pid takes the number of a process, not "));
	}
}

static void an_update_says_where_and_of_which_parent(void **state)
{
	AUTO_LINE struct line both, none, bad;

	assert_int_equal(line_read(&both, &update,
				   "update red add --live --config --parent-index 0 --force"),
			 0);
	assert_true(both.arguments.live && both.arguments.config && both.arguments.force);
	assert_true(both.arguments.has_parent_index);
	assert_int_equal(both.arguments.parent_index, 0);
	assert_int_equal(line_read(&none, &update, "update red add"), 0);
	assert_false(none.arguments.live || none.arguments.config);
	assert_false(none.arguments.has_parent_index);
	assert_int_equal(line_read(&bad, &update, "update red add --parent-index -1"), -EINVAL);
	assert_non_null(strstr(error_text(&bad.err), "--parent-index takes a number, not -1"));
}

static void help_needs_nothing_else(void **state)
{
	AUTO_LINE struct line line, short_line;

	assert_int_equal(line_read(&line, &run, "run --help"), 0);
	assert_true(line.arguments.help);
	assert_int_equal(line_read(&short_line, &plug, "plug -h"), 0);
	assert_true(short_line.arguments.help);
}

static void a_verb_has_one_word_or_two(void **state)
{
	char *const one[] = { (char *)"plug", (char *)"x", NULL };
	char *const two[] = { (char *)"network", (char *)"list", NULL };
	const struct verb *verb;
	int words;

	assert_int_equal(verb_find(one, &verb, &words, NULL), 0);
	assert_ptr_equal(verb, &plug);
	assert_int_equal(words, 1);
	assert_int_equal(verb_find(two, &verb, &words, NULL), 0);
	assert_ptr_equal(verb, &list);
	assert_int_equal(words, 2);
}

static void expect_no_verb(char *const *argv, const char *sentence)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	const struct verb *verb = NULL;
	int words;

	assert_int_equal(verb_find(argv, &verb, &words, &err), -EINVAL);
	assert_null(verb);
	assert_string_equal(error_text(&err), sentence);
}

static void a_verb_that_is_none_is_named(void **state)
{
	expect_no_verb((char *[]){ NULL }, "a command is missing (see vif help)");
	expect_no_verb((char *[]){ (char *)"fetch", NULL },
		       "no such command: fetch (see vif help)");
	expect_no_verb((char *[]){ (char *)"network", (char *)"fetch", NULL },
		       "no such command: network fetch (see vif help)");
}

static void what_was_probably_meant_is_asked(void **state)
{
	static const struct {
		char *words[3];
		const char *sentence;
	} cases[] = {
		{ { (char *)"plu" }, "no such command: plu; did you mean plug? (see vif help)" },
		{ { (char *)"PLUG" }, "no such command: PLUG; did you mean plug? (see vif help)" },
		{ { (char *)"attach", (char *)"x" },
		  "no such command: attach; did you mean plug? (see vif help)" },
		{ { (char *)"list", (char *)"red" },
		  "no such command: list; did you mean network list? (see vif help)" },
		{ { (char *)"net-list" },
		  "no such command: net-list; did you mean network list? (see vif help)" },
		{ { (char *)"netwrok", (char *)"list" },
		  "no such command: netwrok; did you mean network list? (see vif help)" },
		{ { (char *)"network", (char *)"lsit" },
		  "no such command: network lsit; did you mean network list? (see vif help)" },
		{ { (char *)"--run" }, "no such command: --run; did you mean run? (see vif help)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_no_verb(cases[i].words, cases[i].sentence);
	expect_usage(&check, "check x --wiat",
		     "no such option: --wiat; did you mean --wait (usage: vif check FILE|SPEC "
		     "[--qmp SOCKET] [--wait])");
	expect_usage(&check, "check network red",
		     "too much: red; did you mean network=red (usage: vif check FILE|SPEC [--qmp "
		     "SOCKET] [--wait])");
	expect_usage(&check, "check dev=eth1 mode=vepa",
		     "too much: mode=vepa; did you mean dev=eth1,mode=vepa (usage: vif check "
		     "FILE|SPEC [--qmp SOCKET] [--wait])");
}

static void a_word_that_is_neither_file_nor_spec_is_told_so(void **state)
{
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;

	assert_int_equal(document_read("no-such-file", &document, &err), -ENOENT);
	assert_string_equal(error_text(&err),
			    "no-such-file is neither a file nor a SPEC such as network=NAME, "
			    "dev=IFACE, bridge=BR or ethernet; did you mean network=no-such-file?");
	assert_null(document.xml);
	error_done(&err);
	assert_int_equal(document_read("lo", &document, &err), -ENOENT);
	assert_non_null(strstr(error_text(&err), "; did you mean dev=lo?"));
}

static void a_spec_becomes_xml(void **state)
{
	AUTO_DOCUMENT struct document document = { 0 };

	assert_int_equal(document_read("dev=eth0,mode=private", &document, NULL), 0);
	assert_string_equal(document.source, "spec");
	assert_non_null(strstr(document.xml, "<source dev='eth0' mode='private'/>"));
}

static void xml_may_stand_in_place_of_a_file(void **state)
{
	AUTO_DOCUMENT struct document document = { 0 };

	assert_int_equal(document_read(" <interface type='ethernet'/>", &document, NULL), 0);
	assert_string_equal(document.source, "xml");
	assert_string_equal(document.xml, " <interface type='ethernet'/>");
}

static void a_file_is_read_as_it_is_and_keeps_its_name(void **state)
{
	char name[] = "/tmp/vif-arguments-XXXXXX";
	AUTO_CLOSE int fd = mkstemp(name);
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_DOCUMENT struct document document = { 0 }, cut = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "<odd>", 5), 5);
	assert_int_equal(document_read(name, &document, NULL), 0);
	assert_string_equal(document.xml, "<odd>");
	assert_string_equal(document.source, name);
	assert_int_equal(write(fd, "\0<x>", 4), 4);
	assert_int_equal(document_read(name, &cut, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err), "it holds a NUL byte"));
	assert_int_equal(unlink(name), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_before_and_behind_the_words),
		cmocka_unit_test(options_that_are_not_given_are_unset),
		cmocka_unit_test(the_options_of_the_vmm_are_its_own),
		cmocka_unit_test(standard_input_is_a_word),
		cmocka_unit_test(an_option_of_another_verb_is_unknown),
		cmocka_unit_test(what_is_missing_or_too_much_is_said),
		cmocka_unit_test(a_pid_is_the_number_of_a_process),
		cmocka_unit_test(an_update_says_where_and_of_which_parent),
		cmocka_unit_test(help_needs_nothing_else),
		cmocka_unit_test(a_verb_has_one_word_or_two),
		cmocka_unit_test(a_verb_that_is_none_is_named),
		cmocka_unit_test(what_was_probably_meant_is_asked),
		cmocka_unit_test(a_word_that_is_neither_file_nor_spec_is_told_so),
		cmocka_unit_test(a_spec_becomes_xml),
		cmocka_unit_test(xml_may_stand_in_place_of_a_file),
		cmocka_unit_test(a_file_is_read_as_it_is_and_keeps_its_name),
	};

	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
