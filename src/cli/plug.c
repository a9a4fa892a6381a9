/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"
#include "cli/document.h"

static int plug_tell(struct cli *cli, const struct vif_record *port, struct error *err)
{
	AUTO_FREE char *sentence = NULL;
	const char *host = vif_record_string(port, "dev") ?: vif_record_string(port, "bridge");
	const char *guest = vif_record_string(port, "guest");

	if (asprintf(&sentence, "%s is connected%s%s%s%s, MAC %s",
		     vif_record_string(port, "name") ?: "-", host ? " to " : "", host ?: "",
		     guest ? " for " : "", guest ?: "", vif_record_string(port, "mac") ?: "-") < 0)
		return error_oom(err);
	writer_answer(cli->writer, port, sentence);
	return 0;
}

static int plug_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	AUTO(vif_plugged_freep) struct vif_plugged *plugged = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = document_read(arguments->words[0], &document, err);
	if (r < 0)
		return r;
	r = plug_options(arguments->guest, arguments->pid, true, &options, err);
	if (r < 0)
		return r;
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_plug(cli->vif, document.xml, document.source, options, &plugged, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	return plug_tell(cli, plugged->port, err);
}

const struct verb verb_plug = {
	.name = "plug",
	.synopsis = "FILE|SPEC [--guest NAME] [--pid PID]",
	.summary = "Connects an interface for a VMM that somebody else starts.",
	.help = "The port's device is left ready under the port's name, for a VMM that opens it "
		"by\n"
		"that name. It stays until `vif unplug`, or with --pid until that process ends.",
	.options = OPTION_GUEST | OPTION_PID,
	.min_words = 1,
	.max_words = 1,
	.run = plug_run,
};
