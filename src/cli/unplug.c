/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

static int unplug_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const char *port = arguments->words[0];
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_unplug(cli->vif, port, arguments->force, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	return client_tell(cli, "port", port, err, "%s is unplugged", port);
}

const struct verb verb_unplug = {
	.name = "unplug",
	.synopsis = "PORT [--force]",
	.summary = "Disconnects a port; its device is gone afterwards.",
	.help = "PORT is a port's name or uuid. A port whose tap is held open by a process is "
		"left\n"
		"alone without --force: a VMM does not get over the loss of its tap.",
	.options = OPTION_FORCE,
	.min_words = 1,
	.max_words = 1,
	.run = unplug_run,
};
