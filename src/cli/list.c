/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

static const struct column columns[] = {
	{ "PORT", { "name" } },           { "STATE", { "state" } },
	{ "GUEST", { "guest" } },         { "NETWORK", { "network" } },
	{ "TYPE", { "actual", "type" } }, { "HOST", { "dev", "bridge" } },
	{ "MODE", { "mode" } },           { "MAC", { "mac" } },
};

static int list_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_records_freep) struct vif_record **ports = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_list(cli->vif, &ports, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	writer_table(cli->writer, columns, ARRAY_SIZE(columns), ports);
	return 0;
}

const struct verb verb_list = {
	.name = "list",
	.synopsis = "",
	.summary = "Lists the ports of this host.",
	.help = "HOST is the host interface or bridge that a port is on.",
	.run = list_run,
};
