/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"
#include "cli/verb.h"
#include "util/text.h"

static int set_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *port = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *words = arguments_text(arguments, 1), *sentence = NULL;
	int r;

	if (!words)
		return error_oom(err);
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_set(cli->vif, arguments->words[0], words, &port, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	sentence = text_format("port %s is set: %s", vif_record_string(port, "name"), words);
	if (!sentence)
		return error_oom(err);
	writer_answer(cli->writer, port, sentence);
	return 0;
}

const struct verb verb_set = {
	.name = "set",
	.synopsis = "PORT KEY=VALUE...",
	.summary = "Changes settings of a port while its guest runs.",
	.help = "PORT is a port's name or uuid. What can be set: inbound= and outbound=\n"
		"(AVERAGE[,PEAK[,BURST[,FLOOR]]], KiB/s and KiB), vlan= (TAG[+TAG...]), security=\n"
		"and group= (as in a SPEC), isolated= (yes, no) and link= (up, down). 0 and no\n"
		"take away what the port says itself; group=no is of no group. All of it is\n"
		"done, or nothing.",
	.min_words = 2,
	.max_words = 8,
	.run = set_run,
};
