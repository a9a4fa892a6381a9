/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

static const struct column columns[] = {
	{ "FEATURE", { "name" } },
	{ "HERE", { "status" } },
	{ "NEEDED FOR", { "purpose" } },
	{ "DETAIL", { "detail" } },
};

static int doctor_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_records_freep) struct vif_record **features = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_doctor(cli->vif, &features, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	writer_table(cli->writer, columns, ARRAY_SIZE(columns), features);
	return 0;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.synopsis = "",
	.summary = "Checks what this host's kernel and tools can do for vifd.",
	.run = doctor_run,
};
