/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of security groups: each is one call of vifd and one sentence. */
#include <stdint.h>

#include "cli/definition.h"
#include "util/text.h"

static int define_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return definition_define(cli, arguments, vif_group_define, "security group", err);
}

static int undefine_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const char *name = arguments->words[0];
	int r = client_connect(cli, err);

	if (r < 0)
		return r;
	r = vif_group_undefine(cli->vif, name, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	return client_tell(cli, "name", name, err, "security group %s is forgotten", name);
}

static int list_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	static const struct column columns[] = {
		{ "GROUP", { "name" } },
		{ "RULES", { "rules" } },
		{ "MEMBERS", { "members" } },
		{ "PORTS", { "ports" } },
	};
	AUTO(vif_records_freep) struct vif_record **groups = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r = client_connect(cli, err);

	if (r < 0)
		return r;
	r = vif_group_list(cli->vif, &groups, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	writer_table(cli->writer, columns, ARRAY_SIZE(columns), groups);
	return 0;
}

static int show_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return definition_show(cli, arguments, vif_group_xml, err);
}

static int change_members(struct cli *cli, const struct arguments *arguments, bool add,
			  struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE const char **addresses = calloc(arguments->n_words, sizeof(*addresses));
	AUTO_FREE char *sentence = NULL;
	const char *name = arguments->words[0];
	unsigned n = 0;
	int r;

	if (!addresses || !record)
		return error_oom(err);
	for (size_t i = 1; i < arguments->n_words; i++)
		addresses[i - 1] = arguments->words[i];
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_group_change_members(cli->vif, name, add ? addresses : NULL, add ? NULL : addresses,
				     &n, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	sentence = text_format("security group %s lists %u member%s", name, n, n == 1 ? "" : "s");
	if (!sentence || vif_record_set_string(record, "name", name) < 0 ||
	    vif_record_set_number(record, "members", n) < 0)
		return error_oom(err);
	writer_answer(cli->writer, record, sentence);
	return 0;
}

static int add_member_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return change_members(cli, arguments, true, err);
}

static int remove_member_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return change_members(cli, arguments, false, err);
}

const struct verb verb_group_define = {
	.name = "group define",
	.synopsis = "FILE|XML",
	.summary = "Stores a security group.",
	.help = "FILE holds a <vif:group>; - is standard input. A group of the same name is\n"
		"replaced: running ports that are in it get the new rules at once, all of them or\n"
		"none, and connections that these do not allow are cut.",
	.min_words = 1,
	.max_words = 1,
	.run = define_run,
};

const struct verb verb_group_undefine = {
	.name = "group undefine",
	.synopsis = "GROUP",
	.summary = "Forgets a security group.",
	.help = "One that a port is in, or that another group refers to, stays.",
	.min_words = 1,
	.max_words = 1,
	.run = undefine_run,
};

const struct verb verb_group_list = {
	.name = "group list",
	.synopsis = "",
	.summary = "Lists the security groups.",
	.help = "With how many addresses are members of each (those that it lists, and those of "
		"its\n"
		"ports), and how many ports are in it.",
	.run = list_run,
};

const struct verb verb_group_show = {
	.name = "group show",
	.synopsis = "GROUP",
	.summary = "Shows a security group as XML.",
	.help = "The lines of its rules are those that other commands name.",
	.min_words = 1,
	.max_words = 1,
	.run = show_run,
};

const struct verb verb_group_add_member = {
	.name = "group add-member",
	.synopsis = "GROUP ADDRESS[/PREFIX]...",
	.summary = "Lists more members of a security group.",
	.help = "Rules that refer to the group hold for all of them from one moment on.",
	.min_words = 2,
	.max_words = SIZE_MAX,
	.run = add_member_run,
};

const struct verb verb_group_remove_member = {
	.name = "group remove-member",
	.synopsis = "GROUP ADDRESS[/PREFIX]...",
	.summary = "Lists members of a security group no longer.",
	.help = "Connections that were allowed for them are cut.",
	.min_words = 2,
	.max_words = SIZE_MAX,
	.run = remove_member_run,
};

/* No verb: the first word alone, or with a second that is none. Never runs. */
const struct verb verb_group = {
	.name = "group",
	.synopsis = "define|undefine|list|show|add-member|remove-member …",
	.summary = "The security groups of this host; each of these is a command.",
	.help = "`vif help group define` and so on explain them.",
	.min_words = 1,
};
