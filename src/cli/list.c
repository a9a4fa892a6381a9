/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

/* The last one only where there is something to tell. */
static const struct column columns[] = {
	{ "PORT", { "name" } },           { "STATE", { "state" } },
	{ "GUEST", { "guest" } },         { "NETWORK", { "network" } },
	{ "TYPE", { "port-type" } },      { "HOST", { "dev", "bridge" } },
	{ "MODE", { "mode" } },           { "MAC", { "mac" } },
	{ "ADDRESSES", { "addresses" } }, { "REASON", { "reason", "note" } },
};

static size_t columns_wanted(struct vif_record *const *ports)
{
	for (; *ports; ports++)
		if (vif_record_string(*ports, "reason") || vif_record_string(*ports, "note"))
			return ARRAY_SIZE(columns);
	return ARRAY_SIZE(columns) - 1;
}

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
	writer_table(cli->writer, columns, columns_wanted(ports), ports);
	return 0;
}

const struct verb verb_list = {
	.name = "list",
	.synopsis = "",
	.summary = "Lists the ports of this host.",
	.help = "TYPE is live (the guest's side stays whatever becomes of the host's) or direct. "
		"HOST is\n"
		"the host interface or bridge that the port is on or, while it waits, was on. "
		"REASON\n"
		"tells why a port waits or failed, or why nothing passes although it is connected.",
	.run = list_run,
};
