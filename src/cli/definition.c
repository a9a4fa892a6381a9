/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/definition.h"

#include "cli/document.h"
#include "util/text.h"

int definition_define(struct cli *cli, const struct arguments *arguments,
		      definition_define_func *define, const char *what, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *answer = NULL;
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *sentence = NULL;
	int r = document_read_fragment(arguments->words[0], &document, err);

	if (r == 0)
		r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = define(cli->vif, document.xml, document.source, &answer, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	sentence = text_format("%s %s is %s", what, vif_record_string(answer, "name"),
			       vif_record_string(answer, "outcome"));
	if (!sentence)
		return error_oom(err);
	writer_answer(cli->writer, answer, sentence);
	return 0;
}

int definition_show(struct cli *cli, const struct arguments *arguments, definition_xml_func *xml,
		    struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *text = NULL;
	int r = client_connect(cli, err);

	if (r < 0)
		return r;
	r = xml(cli->vif, arguments->words[0], &text, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	if (!record || vif_record_set_string(record, "xml", text) < 0)
		return error_oom(err);
	writer_answer(cli->writer, record, text);
	return 0;
}
