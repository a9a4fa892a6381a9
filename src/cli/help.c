/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/client.h"
#include "util/nearest.h"
#include "util/text.h"

/* How many words of argv the name matches: all of its own, or 0. */
static int name_match(const char *name, char *const *argv)
{
	const char *space = strchr(name, ' ');
	size_t length = space ? (size_t)(space - name) : strlen(name);

	if (!argv[0] || strlen(argv[0]) != length || strncmp(argv[0], name, length))
		return 0;
	if (!space)
		return 1;
	return argv[1] && !strcmp(argv[1], space + 1) ? 2 : 0;
}

/* What others call it. */
static const struct {
	const char *word;
	const char *verb;
} other_words[] = {
	{ "ls", "list" },       { "ps", "list" },       { "status", "list" },
	{ "info", "show" },     { "attach", "plug" },   { "connect", "plug" },
	{ "add", "plug" },      { "detach", "unplug" }, { "disconnect", "unplug" },
	{ "remove", "unplug" }, { "move", "retarget" }, { "events", "monitor" },
};

/* A verb by its one word, by the second of its two, or by both. */
static void verbs_try(struct nearest *one, struct nearest *two)
{
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		const char *name = (*verb)->name, *space = strchr(name, ' ');

		nearest_try_as(space ? two : one, name, name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(other_words); i++)
		if (!strcmp(other_words[i].word, one->word))
			nearest_try_as(one, one->word, other_words[i].verb);
	for (const struct verb *const *verb = verbs; *verb && !one->name; verb++) {
		const char *space = strchr((*verb)->name, ' ');

		if (space && !strcmp(space + 1, one->word))
			one->name = (*verb)->name;
	}
}

/* virsh's net-start is our network start. The caller's; NULL when out of memory. */
static char *two_words(char *const *argv)
{
	static const char virsh[] = "net-";

	if (!strncmp(argv[0], virsh, strlen(virsh)))
		return text_format("network %s", argv[0] + strlen(virsh));
	return text_format("%s %s", argv[0], argv[1] && *argv[1] != '-' ? argv[1] : "");
}

/* "network" is the first word of several. */
static bool is_family(const char *word)
{
	size_t length = strlen(word);

	for (const struct verb *const *verb = verbs; *verb; verb++)
		if (!strncmp((*verb)->name, word, length) && (*verb)->name[length] == ' ')
			return true;
	return false;
}

static int verb_unknown(char *const *argv, struct error *err)
{
	struct nearest one = { .word = argv[0] + strspn(argv[0], "-") }, two = { 0 };
	AUTO_FREE char *words = two_words(argv);
	const char *meant;

	if (!words)
		return error_oom(err);
	two.word = words;
	verbs_try(&one, &two);
	meant = two.name || is_family(argv[0]) ? two.name : one.name;
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "no such command: %s%s%s%s (see vif help)",
			 is_family(argv[0]) ? words : argv[0], meant ? "; did you mean " : "",
			 meant ?: "", meant ? "?" : "");
}

int verb_find(char *const *argv, const struct verb **ret_verb, int *ret_words, struct error *err)
{
	if (!argv[0])
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "a command is missing (see vif help)");
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		int words = name_match((*verb)->name, argv);

		if (!words)
			continue;
		if (words == 1 && is_family(argv[0]) && argv[1] && *argv[1] != '-')
			break;
		*ret_verb = *verb;
		*ret_words = words;
		return 0;
	}
	return verb_unknown(argv, err);
}

/* For people the text; for programs an object of it. */
static int help_write(struct writer *writer, struct text *text, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FREE char *help = NULL;

	if (text_take(text, &help) < 0 || !record ||
	    vif_record_set_string(record, "help", help) < 0)
		return error_oom(err);
	writer_answer(writer, record, help);
	return 0;
}

int verb_explain(const struct verb *verb, struct writer *writer, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;

	text_add(&text, "usage: vif %s%s%s\n\n%s\n", verb->name, *verb->synopsis ? " " : "",
		 verb->synopsis, verb->summary);
	if (verb->help)
		text_add(&text, "\n%s\n", verb->help);
	return help_write(writer, &text, err);
}

static int help_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	const struct verb *wanted;
	int words, r;

	if (arguments->n_words) {
		r = verb_find(arguments->words, &wanted, &words, err);
		return r < 0 ? r : verb_explain(wanted, cli->writer, err);
	}
	text_add(&text, "usage: vif COMMAND …\n\n");
	for (const struct verb *const *verb = verbs; *verb; verb++)
		text_add(&text, "  %-18s %s\n", (*verb)->name, (*verb)->summary);
	text_add(&text, "\nEvery command takes --json and --help. vif(1) tells all of it.\n");
	return help_write(cli->writer, &text, err);
}

const struct verb verb_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.summary = "Lists the commands, or explains one.",
	.max_words = 2,
	.run = help_run,
};
