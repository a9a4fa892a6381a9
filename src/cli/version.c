/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

static int version_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();

	if (!record || vif_record_set_string(record, "version", VIF_VERSION) < 0)
		return error_oom(err);
	writer_answer(cli->writer, record, "vif " VIF_VERSION);
	return 0;
}

const struct verb verb_version = {
	.name = "version",
	.synopsis = "",
	.summary = "Shows the version of this command.",
	.run = version_run,
};
