/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/client.h"
#include "cli/document.h"
#include "cli/sentence.h"

static int retarget_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO(vif_record_freep) struct vif_record *port = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *sentence = NULL;
	int r;

	if (strchr(arguments->words[0], '='))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "the PORT stands in front: vif retarget %s %s",
				 arguments->words[1], arguments->words[0]);
	r = document_read(arguments->words[1], &document, err);
	if (r < 0)
		return r;
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_retarget(cli->vif, arguments->words[0], document.xml, document.source, &port,
			      &failure);
	if (r < 0) {
		r = client_fail(r, &failure, err);
		document_translate(&document, err);
		return r;
	}
	r = sentence_retargeted(port, &sentence, err);
	if (r < 0)
		return r;
	writer_answer(cli->writer, port, sentence);
	return 0;
}

const struct verb verb_retarget = {
	.name = "retarget",
	.synopsis = "PORT FILE|SPEC",
	.summary = "Gives a port another host interface, mode or network while its guest runs.",
	.help = "PORT is a port's name or uuid. The source of the interface counts: network=, "
		"portgroup=,\n"
		"dev=, mode=, dev-mac=, bridge= and wait; what else it says must be as the port "
		"has "
		"it.\n"
		"The new side is complete before the old one goes, and if it cannot be had the "
		"port stays\n"
		"as it was.",
	.min_words = 2,
	.max_words = 2,
	.run = retarget_run,
};
