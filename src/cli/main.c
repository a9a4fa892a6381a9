/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vif: finds the verb, reads its arguments, runs it, and says how it ended.
 *
 * Exit status: 0; 1, it failed and one line on stderr says why; 2, the command
 * line was not understood, and the line says that; of `vif run` also 127 and 126,
 * as a shell has them, where the command behind -- is not there or cannot be run.
 *
 * All that a command line can be wrong in is looked at before vifd is asked. So
 * an argument that is invalid until then is one that was not understood: an
 * option, a SPEC, a placeholder.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/client.h"
#include "cli/hint.h"

enum {
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
};

const struct verb *const verbs[] = {
	&verb_run,
	&verb_plug,
	&verb_unplug,
	&verb_retarget,
	&verb_set,
	&verb_list,
	&verb_show,
	&verb_security_show,
	&verb_security_test,
	&verb_check,
	&verb_monitor,
	&verb_network_define,
	&verb_network_undefine,
	&verb_network_update,
	&verb_network_start,
	&verb_network_stop,
	&verb_network_autostart,
	&verb_network_list,
	&verb_network_leases,
	&verb_network_show,
	&verb_network, /* behind those whose first word it is */
	&verb_filter_define,
	&verb_filter_undefine,
	&verb_filter_list,
	&verb_filter_show,
	&verb_filter, /* as network */
	&verb_group_define,
	&verb_group_undefine,
	&verb_group_list,
	&verb_group_show,
	&verb_group_add_member,
	&verb_group_remove_member,
	&verb_group, /* as network */
	&verb_capabilities,
	&verb_probe,
	&verb_diagnose,
	&verb_doctor,
	&verb_version,
	&verb_help,
	NULL,
};

/* Options before the verb, and the two that stand for one. */
static char **leading_options(char **argv, bool *json)
{
	static char help[] = "help", version[] = "version";

	for (; *argv && !strcmp(*argv, "--json"); argv++)
		*json = true;
	if (*argv && (!strcmp(*argv, "--help") || !strcmp(*argv, "-h")))
		*argv = help;
	else if (*argv && !strcmp(*argv, "--version"))
		*argv = version;
	return argv;
}

/* Where one is closed, the next file or socket would take its place and get what we print. */
static bool streams_are_open(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

static int complain(struct writer *writer, const struct error *err, int status)
{
	(void)fprintf(stderr, "vif: %s\n", error_text(err));
	writer_fail(writer, err);
	return status;
}

/* Where the line is not understood: --json anywhere before what is another program's. */
static bool json_is_wanted(char *const *argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (!strcmp(*argv, "--json"))
			return true;
	return false;
}

static int usage_complain(struct writer *writer, char *const *argv, const struct error *err)
{
	if (json_is_wanted(argv))
		writer_init(writer, &writer_json, stdout);
	return complain(writer, err, STATUS_USAGE);
}

static int failure_status(const struct cli *cli, const struct error *err)
{
	if (cli->status)
		return cli->status;
	return !cli->vif && err->kind == ERROR_INVALID_ARGUMENT ? STATUS_USAGE : STATUS_FAILED;
}

/* Answers the exit status. */
static int verb_do(const struct verb *verb, const struct arguments *arguments,
		   struct writer *writer)
{
	struct cli cli = { .writer = writer };
	AUTO_ERROR struct error err = ERROR_INIT;
	int r, status = 0;

	if (arguments->help)
		r = verb_explain(verb, writer, &err);
	else
		r = verb->run(&cli, arguments, &err);
	if (r == 0)
		r = writer_finish(writer, &err);
	if (r < 0) {
		status = failure_status(&cli, &err);
		hint_add(&cli, &err);
		(void)complain(writer, &err, status);
	}
	vif_close(cli.vif);
	return status;
}

int main(int argc, char **argv)
{
	AUTO_ARGUMENTS struct arguments arguments = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	char **rest, **end = argv + argc;
	const struct verb *verb;
	struct writer writer;
	bool json = false;
	int words;

	if (!streams_are_open())
		return STATUS_FAILED;
	rest = leading_options(argc > 0 ? argv + 1 : argv, &json);
	writer_init(&writer, json ? &writer_json : &writer_text, stdout);
	if (verb_find(rest, &verb, &words, &err) < 0)
		return usage_complain(&writer, rest, &err);
	rest += words - 1;
	if (arguments_read(verb, (int)(end - rest), rest, &arguments, &err) < 0)
		return usage_complain(&writer, rest, &err);
	if (arguments.json)
		writer_init(&writer, &writer_json, stdout);
	return verb_do(verb, &arguments, &writer);
}
