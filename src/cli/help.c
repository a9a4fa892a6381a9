/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/client.h"
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

int verb_find(char *const *argv, const struct verb **ret_verb, int *ret_words, struct error *err)
{
	if (!argv[0])
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "what shall be done? (see vif help)");
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		int words = name_match((*verb)->name, argv);

		if (!words)
			continue;
		*ret_verb = *verb;
		*ret_words = words;
		return 0;
	}
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "no such command: %s (see vif help)",
			 argv[0]);
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
