/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"
#include "cli/document.h"
#include "util/text.h"

static void add_sentences(const struct vif_record *answer, const char *key, struct text *text)
{
	const char *const *sentences = vif_record_strings(answer, key);

	for (; sentences && *sentences; sentences++)
		text_add(text, "%s\n", *sentences);
}

/* Who reaches whom, what it becomes, then the plan; with empty lines between them. */
static int check_tell(struct cli *cli, const struct vif_record *answer, struct error *err)
{
	const char *plan = vif_record_string(answer, "plan");
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *words = NULL;

	if (vif_record_boolean(answer, "ok")) {
		add_sentences(answer, "reach", &text);
		text_add(&text, "\n");
		add_sentences(answer, "summary", &text);
		if (plan && *plan)
			text_add(&text, "\n%s", plan);
	}
	if (text_take(&text, &words) < 0)
		return error_oom(err);
	if (*words || cli->writer->kind == &writer_json)
		writer_answer(cli->writer, answer, words);
	return 0;
}

static int check_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO(vif_record_freep) struct vif_record *options = NULL, *answer = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = document_read(arguments->words[0], &document, err);
	if (r < 0)
		return r;
	r = plug_options(&(struct plug_request){ .wait = arguments->wait }, &options, err);
	if (r < 0)
		return r;
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_check(cli->vif, document.xml, document.source, options, &answer, &failure);
	if (r < 0) {
		r = client_fail(r, &failure, err);
		document_translate(&document, err);
		return r;
	}
	r = check_tell(cli, answer, err);
	if (r < 0 || vif_record_boolean(answer, "ok"))
		return r;
	error_set(err, -ECANCELED,
		  error_kind_parse(vif_record_string(answer, "error-kind") ?: "System"), "%s",
		  vif_record_string(answer, "error") ?: "it would fail");
	document_translate(&document, err);
	return -ECANCELED;
}

const struct verb verb_check = {
	.name = "check",
	.synopsis = "FILE|SPEC [--wait]",
	.summary = "Says what `vif run` would do with an interface; nothing is done.",
	.help = "Who reaches whom first, then what the interface would become, then the plan: "
		"each\n"
		"step with what would undo it. Where the plug would fail the exit status is 1 and\n"
		"the error is the one that it would give.",
	.options = OPTION_WAIT,
	.min_words = 1,
	.max_words = 1,
	.run = check_run,
};
