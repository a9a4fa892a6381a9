/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

static int capabilities_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	static const struct column columns[] = {
		{ "NETWORK", { "name" } },      { "ACTIVE", { "active" } },
		{ "FORWARDS", { "forwards" } }, { "HOST", { "host-reaches" } },
		{ "ALONE", { "exclusive" } },   { "FREE", { "free", "bridge" } },
		{ "PORTS", { "ports" } },       { "PORTGROUPS", { "portgroups" } },
		{ "BY", { "connection" } },     { "PROBLEM", { "problem" } },
	};
	AUTO(vif_record_freep) struct vif_record *capabilities = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	struct vif_record *const *networks;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_capabilities(cli->vif, &capabilities, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	networks = vif_record_records(capabilities, "networks");
	if (cli->writer->kind == &writer_json || !networks)
		writer_record(cli->writer, capabilities);
	else
		writer_table(cli->writer, columns, ARRAY_SIZE(columns), networks);
	return 0;
}

const struct verb verb_capabilities = {
	.name = "capabilities",
	.synopsis = "",
	.summary = "Shows what the networks of this host are good for.",
	.help = "FORWARDS is who brings frames from one guest to another on this host: the kernel, "
		"the\n"
		"switch outside or nobody. HOST tells whether the host and its guests reach each "
		"other,\n"
		"ALONE whether each port has a host interface of its own, FREE the host interfaces "
		"that\n"
		"one more port could get now, or the bridge. With --json there is more: each host\n"
		"interface with how many use it and what is in the way.",
	.run = capabilities_run,
};
