/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of networks: each is one call of vifd and one sentence. */
#include <time.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/document.h"
#include "cli/sentence.h"
#include "formats/network-update.h"
#include "util/parse.h"
#include "util/text.h"

typedef int network_func(struct vif *vif, const char *name, struct vif_error *failure);

static int network_do(struct cli *cli, const struct arguments *arguments, network_func *func,
		      const char *done, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const char *name = arguments->words[0];
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = func(cli->vif, name, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	return client_tell(cli, "name", name, err, "network %s %s", name, done);
}

/* With --force, if it was said. */
static int force_options(const struct arguments *arguments, struct vif_record **ret_options,
			 struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new();

	if (!options || (arguments->force && vif_record_set_boolean(options, "force", true) < 0))
		return error_oom(err);
	*ret_options = take_ptr(options);
	return 0;
}

static int define_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *answer = NULL, *options = NULL;
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *sentence = NULL;
	int r = force_options(arguments, &options, err);

	if (r == 0 && !arguments->is_default)
		r = document_read_fragment(arguments->words[0], &document, err);
	if (r == 0)
		r = client_connect(cli, err);
	if (r < 0)
		return r;
	if (arguments->is_default)
		r = vif_network_define_default(cli->vif, &answer, &failure);
	else
		r = vif_network_define_with(cli->vif, document.xml, document.source, options,
					    &answer, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	r = sentence_defined(answer, &sentence, err);
	if (r < 0)
		return r;
	writer_answer(cli->writer, answer, sentence);
	return 0;
}

static int undefine_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return network_do(cli, arguments, vif_network_undefine, "is forgotten", err);
}

static int update_options(const struct arguments *arguments, struct vif_record **ret_options,
			  struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new();

	if (!options || (arguments->live && vif_record_set_boolean(options, "live", true) < 0) ||
	    (arguments->config && vif_record_set_boolean(options, "config", true) < 0) ||
	    (arguments->force && vif_record_set_boolean(options, "force", true) < 0) ||
	    (arguments->has_parent_index &&
	     vif_record_set_number(options, "parent-index", arguments->parent_index) < 0))
		return error_oom(err);
	*ret_options = take_ptr(options);
	return 0;
}

/* vifd would say the same; a word that is none is better told without one. */
static int update_words_check(char *const *words, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *sections = NULL;
	enum update_command command;
	enum update_section section;

	if (update_command_parse(words[1], &command) < 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "'%s' is not one of add, add-first, add-last, modify, delete",
				 words[1]);
	if (update_section_parse(words[2], &section) == 0)
		return 0;
	for (unsigned i = 0; i < UPDATE_SECTION_COUNT; i++)
		text_add(&text, "%s%s", i ? ", " : "", update_section_name(i));
	if (text_take(&text, &sections) < 0)
		return error_oom(err);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "'%s' is not a section that can be updated (%s); what else changes is "
			 "defined anew, by vif network define",
			 words[2], sections);
}

static int update_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *options = NULL, *answer = NULL;
	AUTO_DOCUMENT struct document document = { 0 };
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *sentence = NULL;
	char **words = arguments->words;
	int r;

	r = update_words_check(words, err);
	if (r == 0)
		r = document_read_fragment(words[3], &document, err);
	if (r == 0)
		r = update_options(arguments, &options, err);
	if (r == 0)
		r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_network_update(cli->vif, words[0], words[1], words[2], document.xml,
			       document.source, options, &answer, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	r = sentence_updated(answer, &sentence, err);
	if (r < 0)
		return r;
	writer_answer(cli->writer, answer, sentence);
	return 0;
}

/* One line, and what there is to know of it below. */
static int start_sentence(const char *name, const struct vif_record *answer, char **ret_sentence)
{
	const char *const *summary = vif_record_strings(answer, "summary");
	AUTO_TEXT struct text text = TEXT_INIT;

	text_add(&text, "network %s is started", name);
	for (; summary && *summary; summary++)
		text_add(&text, "\n%s", *summary);
	return text_take(&text, ret_sentence);
}

static int start_options(const struct arguments *arguments, struct vif_record **ret_options,
			 struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *options = NULL;
	int r = force_options(arguments, &options, err);

	if (r < 0)
		return r;
	if (arguments->open_firewall && vif_record_set_boolean(options, "open-firewall", true) < 0)
		return error_oom(err);
	*ret_options = take_ptr(options);
	return 0;
}

static int start_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *answer = NULL, *options = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *sentence = NULL;
	int r = start_options(arguments, &options, err);

	if (r == 0)
		r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_network_start_with(cli->vif, arguments->words[0], options, &answer, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	if (start_sentence(arguments->words[0], answer, &sentence) < 0)
		return error_oom(err);
	writer_answer(cli->writer, answer, sentence);
	return 0;
}

static int stop_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return network_do(cli, arguments, vif_network_stop, "is stopped", err);
}

static int autostart_enable(struct vif *vif, const char *name, struct vif_error *failure)
{
	return vif_network_set_autostart(vif, name, true, failure);
}

static int autostart_by_force(struct vif *vif, const char *name, struct vif_error *failure)
{
	AUTO(vif_record_freep) struct vif_record *options = vif_record_new();
	int r = options ? vif_record_set_boolean(options, "force", true) : -ENOMEM;

	return r < 0 ? r : vif_network_set_autostart_with(vif, name, true, options, failure);
}

static int autostart_disable(struct vif *vif, const char *name, struct vif_error *failure)
{
	return vif_network_set_autostart(vif, name, false, failure);
}

/* The link that `systemctl enable` makes of the unit's [Install]. */
static bool vifd_starts_with_host(void)
{
	return access("/etc/systemd/system/multi-user.target.wants/vifd.service", F_OK) == 0;
}

static int autostart_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	int (*enable)(struct vif * vif, const char *name,
		      struct vif_error *failure) = arguments->force ? autostart_by_force
								    : autostart_enable;

	if (arguments->disable)
		return network_do(cli, arguments, autostart_disable,
				  "is not started with the host any more", err);
	if (vifd_starts_with_host())
		return network_do(cli, arguments, enable,
				  "is started with the host, from the next boot on", err);
	return network_do(cli, arguments, enable,
			  "is started when vifd first starts after a boot; that is at the boot "
			  "itself after: systemctl enable vifd",
			  err);
}

static int list_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	static const struct column columns[] = {
		{ "NETWORK", { "name" } },        { "ACTIVE", { "active" } },
		{ "AUTOSTART", { "autostart" } }, { "PERSISTENT", { "persistent" } },
		{ "FORWARD", { "forward" } },     { "HOST", { "bridge", "pool" } },
		{ "PORTS", { "ports" } },         { "PROBLEM", { "problem" } },
	};
	AUTO(vif_records_freep) struct vif_record **networks = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_network_list(cli->vif, &networks, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	writer_table(cli->writer, columns, ARRAY_SIZE(columns), networks);
	return 0;
}

/* What a network lacks stands beside its document: a key for programs, a line for people. */
static int show_problem(struct cli *cli, const char *name, struct vif_record *record,
			struct error *err)
{
	AUTO(vif_records_freep) struct vif_record **networks = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r = vif_network_list(cli->vif, &networks, &failure);

	if (r < 0)
		return client_fail(r, &failure, err);
	for (size_t i = 0; networks[i]; i++) {
		const char *problem = vif_record_string(networks[i], "problem");

		if (!problem || !streq(vif_record_string(networks[i], "name"), name))
			continue;
		if (cli->writer->kind != &writer_json)
			fprintf(stderr, "vif: network '%s': %s\n", name, problem);
		if (vif_record_set_string(record, "problem", problem) < 0)
			return error_oom(err);
	}
	return 0;
}

static int show_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *xml = NULL;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_network_xml(cli->vif, arguments->words[0], &xml, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	if (!record || vif_record_set_string(record, "xml", xml) < 0)
		return error_oom(err);
	r = show_problem(cli, arguments->words[0], record, err);
	if (r < 0)
		return r;
	writer_answer(cli->writer, record, xml);
	return 0;
}

/* The seconds as a time of day for people, beside them. */
static int lease_tell_expiry(struct vif_record *lease)
{
	time_t expiry = (time_t)vif_record_number(lease, "expiry");
	char text[sizeof("2026-01-01 00:00:00")];
	struct tm tm;

	if (!expiry)
		return vif_record_set_string(lease, "expires", "never");
	if (!localtime_r(&expiry, &tm) || !strftime(text, sizeof(text), "%F %T", &tm))
		return 0;
	return vif_record_set_string(lease, "expires", text);
}

static int leases_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	static const struct column columns[] = {
		{ "ADDRESS", { "address" } },   { "MAC", { "mac", "client-id" } },
		{ "HOSTNAME", { "hostname" } }, { "PORT", { "port" } },
		{ "GUEST", { "guest" } },       { "EXPIRES", { "expires" } },
	};
	AUTO(vif_records_freep) struct vif_record **leases = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_network_leases(cli->vif, arguments->words[0], &leases, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	for (size_t i = 0; leases[i]; i++)
		if (lease_tell_expiry(leases[i]) < 0)
			return error_oom(err);
	writer_table(cli->writer, columns, ARRAY_SIZE(columns), leases);
	return 0;
}

const struct verb verb_network_define = {
	.name = "network define",
	.synopsis = "FILE|XML|--default [--force]",
	.summary = "Stores the definition of a network.",
	.help = "FILE holds libvirt's <network>; - is standard input. A definition of the same "
		"name\n"
		"replaces the old one. Of a network that is active, what only new ports ask for "
		"(its pool,\n"
		"portgroups, …) changes now, the rest when it is started the next time; the answer "
		"says\n"
		"which is which. What it takes from the host then needs --force, as in a start.",
	.options = OPTION_DEFAULT | OPTION_FORCE,
	.min_words = 1,
	.max_words = 1,
	.run = define_run,
};

const struct verb verb_network_undefine = {
	.name = "network undefine",
	.synopsis = "NAME",
	.summary = "Forgets the definition of a network.",
	.min_words = 1,
	.max_words = 1,
	.run = undefine_run,
};

const struct verb verb_network_update = {
	.name = "network update",
	.synopsis = "NAME add|add-first|add-last|modify|delete SECTION FILE|XML [--live] "
		    "[--config] [--parent-index N] [--force]",
	.summary = "Changes one part of a network, also while it runs.",
	.help = "SECTION is forward-interface, forward, portgroup, ip-dhcp-host,\n"
		"ip-dhcp-range, dns-host, dns-txt or dns-srv; FILE or XML is one element of it:\n"
		"\"<interface dev='eth2'/>\". Both the network as it runs and its definition\n"
		"change, as far as they exist; with --live or --config only that one. What ports\n"
		"use cannot be deleted from a running network without --force; they keep it. Nor "
		"is\n"
		"a port that the host serves itself led to a guest unless root says so.",
	.options = OPTION_LIVE | OPTION_CONFIG | OPTION_PARENT | OPTION_FORCE,
	.min_words = 4,
	.max_words = 4,
	.run = update_run,
};

const struct verb verb_network_start = {
	.name = "network start",
	.synopsis = "NAME [--force] [--open-firewall]",
	.summary = "Makes a network ready for use.",
	.help = "A port that the host serves itself is not led to a guest, and guests do not "
		"become\n"
		"the host's own way to others, unless root says --force. With --open-firewall, "
		"which is\n"
		"root's too, what other packet filters of this host drop of the network is let "
		"through\n"
		"while it is started.",
	.options = OPTION_FORCE | OPTION_OPEN,
	.min_words = 1,
	.max_words = 1,
	.run = start_run,
};

const struct verb verb_network_stop = {
	.name = "network stop",
	.synopsis = "NAME",
	.summary = "Ends a network that no port uses.",
	.min_words = 1,
	.max_words = 1,
	.run = stop_run,
};

const struct verb verb_network_autostart = {
	.name = "network autostart",
	.synopsis = "NAME [--disable] [--force]",
	.summary = "Starts a network when the host boots.",
	.help = "--force: as `vif network start --force` does, until its definition is changed "
		"without "
		"it.",
	.options = OPTION_DISABLE | OPTION_FORCE,
	.min_words = 1,
	.max_words = 1,
	.run = autostart_run,
};

const struct verb verb_network_list = {
	.name = "network list",
	.synopsis = "",
	.summary = "Lists the networks of this host.",
	.help = "HOST is the bridge or the host interfaces that a network is on; PORTS is how "
		"many\n"
		"use it.",
	.run = list_run,
};

const struct verb verb_network_show = {
	.name = "network show",
	.synopsis = "NAME",
	.summary = "Shows a network as XML.",
	.min_words = 1,
	.max_words = 1,
	.run = show_run,
};

const struct verb verb_network_leases = {
	.name = "network leases",
	.synopsis = "NAME",
	.summary = "Lists who has which address of a network by DHCP.",
	.help = "PORT and GUEST are told where a port of this host has the lease's MAC address.",
	.min_words = 1,
	.max_words = 1,
	.run = leases_run,
};

/* No verb: the first word alone, or with a second that is none. Never runs. */
const struct verb verb_network = {
	.name = "network",
	.synopsis = "define|undefine|update|start|stop|autostart|list|show|leases …",
	.summary = "The networks of this host; each of these is a command.",
	.help = "`vif help network define` and so on explain them.",
	.min_words = 1,
};
