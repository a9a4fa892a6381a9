/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"
#include "cli/document.h"
#include "cli/sentence.h"

static int plug_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	AUTO(vif_plugged_freep) struct vif_plugged *plugged = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const struct plug_request request = {
		.guest = arguments->guest,
		.pid = arguments->pid,
		.by_name = true,
		.wait = arguments->wait,
		.qmp = arguments->qmp,
		.owner = arguments->owner,
	};
	AUTO_FREE char *sentence = NULL;
	int r;

	r = document_read(arguments->words[0], &document, err);
	if (r < 0)
		return r;
	r = plug_options(&request, &options, err);
	if (r < 0)
		return r;
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_plug(cli->vif, document.xml, document.source, options, &plugged, &failure);
	if (r < 0) {
		r = client_fail(r, &failure, err);
		document_translate(&document, err);
		return r;
	}
	r = sentence_plugged(plugged->port, &sentence, err);
	if (r < 0)
		return r;
	writer_answer(cli->writer, plugged->port, sentence);
	return 0;
}

const struct verb verb_plug = {
	.name = "plug",
	.synopsis = "FILE|SPEC [--guest NAME] [--pid PID] [--owner USER] [--qmp SOCKET] [--wait]",
	.summary = "Connects an interface for a VMM that somebody else starts.",
	.help = "The port's device is left ready under the port's name, for a VMM that opens it "
		"by\n"
		"that name. It stays until `vif unplug`, or with --pid until that process ends. "
		"Only root\n"
		"and USER can open it: the user of PID, or yours, where none is named. SOCKET is\n"
		"where the VMM has, or will have, a QMP monitor: vifd uses it to hand a direct "
		"port "
		"back\n"
		"after its host interface went, and to let the guest's link follow the host's. "
		"With "
		"--wait\n"
		"a port whose host interface or bridge is absent waits for it.",
	.options = OPTION_GUEST | OPTION_PID | OPTION_OWNER | OPTION_QMP | OPTION_WAIT,
	.min_words = 1,
	.max_words = 1,
	.run = plug_run,
};
