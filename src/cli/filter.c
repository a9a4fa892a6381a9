/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of packet filters: each is one call of vifd and one sentence. */
#include "cli/definition.h"

static int define_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return definition_define(cli, arguments, vif_filter_define, "filter", err);
}

static int undefine_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const char *name = arguments->words[0];
	int r = client_connect(cli, err);

	if (r < 0)
		return r;
	r = vif_filter_undefine(cli->vif, name, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	return client_tell(cli, "name", name, err, "filter %s is forgotten", name);
}

static int list_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	static const struct column columns[] = {
		{ "FILTER", { "name" } },
		{ "CHAIN", { "chain" } },
		{ "SHIPPED", { "shipped" } },
		{ "PORTS", { "ports" } },
	};
	AUTO(vif_records_freep) struct vif_record **filters = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r = client_connect(cli, err);

	if (r < 0)
		return r;
	r = vif_filter_list(cli->vif, &filters, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	writer_table(cli->writer, columns, ARRAY_SIZE(columns), filters);
	return 0;
}

static int show_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return definition_show(cli, arguments, vif_filter_xml, err);
}

const struct verb verb_filter_define = {
	.name = "filter define",
	.synopsis = "FILE|XML",
	.summary = "Stores a packet filter.",
	.help = "FILE holds libvirt's <filter>; - is standard input. A filter of the same name\n"
		"is replaced, and so one that comes with vifd; running ports that have it, also\n"
		"by way of others, get the new one at once, all of them or none.",
	.min_words = 1,
	.max_words = 1,
	.run = define_run,
};

const struct verb verb_filter_undefine = {
	.name = "filter undefine",
	.synopsis = "FILTER",
	.summary = "Forgets a packet filter.",
	.help = "One that a port has stays. If one of the name comes with vifd, that is in force\n"
		"again.",
	.min_words = 1,
	.max_words = 1,
	.run = undefine_run,
};

const struct verb verb_filter_list = {
	.name = "filter list",
	.synopsis = "",
	.summary = "Lists the packet filters.",
	.help = "With how many ports have each, also by way of others.",
	.run = list_run,
};

const struct verb verb_filter_show = {
	.name = "filter show",
	.synopsis = "FILTER",
	.summary = "Shows a packet filter as XML.",
	.help = "The lines of its rules are those that errors and counts name.",
	.min_words = 1,
	.max_words = 1,
	.run = show_run,
};

/* No verb: the first word alone, or with a second that is none. Never runs. */
const struct verb verb_filter = {
	.name = "filter",
	.synopsis = "define|undefine|list|show …",
	.summary = "The packet filters of this host; each of these is a command.",
	.help = "`vif help filter define` and so on explain them.",
	.min_words = 1,
};
