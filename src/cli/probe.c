/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"
#include "util/text.h"

static char *lines_of(const struct vif_record *far_end)
{
	const char *const *lines = vif_record_strings(far_end, "summary");
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	for (size_t i = 0; lines && lines[i]; i++)
		text_add(&text, "%s%s", i ? "\n" : "", lines[i]);
	return text_take(&text, &string) < 0 ? NULL : string;
}

static int probe_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return client_show(cli, vif_probe, arguments->words[0], lines_of, err);
}

const struct verb verb_probe = {
	.name = "probe",
	.synopsis = "DEV",
	.summary = "Asks what is at the other end of a host interface.",
	.help = "Does the switch send frames back to where they came from, as vepa mode needs it? "
		"Do frames\n"
		"pass for other addresses than the host interface's own? How large may they be? "
		"Who gives\n"
		"addresses there, and who is the switch? It takes three seconds, and leaves "
		"nothing behind.",
	.min_words = 1,
	.max_words = 1,
	.run = probe_run,
};
