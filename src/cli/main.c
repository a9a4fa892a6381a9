/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vif: finds the verb, reads its arguments, runs it, and says how it ended.
 *
 * Exit status: 0; 1, it failed and one line on stderr says why; 2, it was not
 * understood, and a line says that.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/client.h"

enum {
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
};

const struct verb *const verbs[] = {
	&verb_run,
	&verb_plug,
	&verb_unplug,
	&verb_retarget,
	&verb_list,
	&verb_show,
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
	&verb_capabilities,
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

static int verb_do(const struct verb *verb, const struct arguments *arguments,
		   struct writer *writer, struct error *err)
{
	struct cli cli = { .writer = writer };
	int r;

	if (arguments->help)
		r = verb_explain(verb, writer, err);
	else
		r = verb->run(&cli, arguments, err);
	vif_close(cli.vif);
	return r < 0 ? r : writer_finish(writer, err);
}

int main(int argc, char **argv)
{
	AUTO_ARGUMENTS struct arguments arguments = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	char **rest, **end = argv + argc;
	const struct verb *verb;
	struct writer writer;
	bool json = false;
	int words, r;

	if (!streams_are_open())
		return STATUS_FAILED;
	rest = leading_options(argc > 0 ? argv + 1 : argv, &json);
	writer_init(&writer, json ? &writer_json : &writer_text, stdout);
	r = verb_find(rest, &verb, &words, &err);
	if (r < 0)
		return complain(&writer, &err, STATUS_USAGE);
	rest += words - 1;
	r = arguments_read(verb, (int)(end - rest), rest, &arguments, &err);
	if (r < 0)
		return complain(&writer, &err, STATUS_USAGE);
	if (arguments.json)
		writer_init(&writer, &writer_json, stdout);
	r = verb_do(verb, &arguments, &writer, &err);
	return r < 0 ? complain(&writer, &err, STATUS_FAILED) : 0;
}
