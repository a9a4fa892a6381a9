/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"
#include "util/text.h"

static void add_station(const struct vif_record *station, struct text *text)
{
	const char *remedy = vif_record_string(station, "remedy");

	text_add(text, "%-9s%-16s%s%s%s%s\n", vif_record_string(station, "verdict") ?: "?",
		 vif_record_string(station, "station") ?: "?",
		 vif_record_string(station, "text") ?: "?", remedy ? " (" : "", remedy ?: "",
		 remedy ? ")" : "");
}

/* The cause first, then what was looked at, in the order of the way. */
static char *lines_of(const struct vif_record *diagnosis)
{
	struct vif_record *const *stations = vif_record_records(diagnosis, "stations");
	const char *cause = vif_record_string(diagnosis, "cause");
	const char *remedy = vif_record_string(diagnosis, "remedy");
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	text_add(&text, "%s%s%s\n\n", cause ?: "nothing is found that is in the way",
		 cause && remedy ? ": " : "", cause && remedy ? remedy : "");
	for (size_t i = 0; stations && stations[i]; i++)
		add_station(stations[i], &text);
	return text_take(&text, &string) < 0 ? NULL : string;
}

static int diagnose_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *diagnosis = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const char *port = arguments->words[0];
	AUTO_FREE char *text = NULL;
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_diagnose(cli->vif, port, &diagnosis, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	text = lines_of(diagnosis);
	if (!text)
		return error_oom(err);
	writer_answer(cli->writer, diagnosis, text);
	if (!vif_record_string(diagnosis, "cause"))
		return 0;
	return error_set(err, -ENETUNREACH, ERROR_SYSTEM, "%s",
			 vif_record_string(diagnosis, "cause"));
}

const struct verb verb_diagnose = {
	.name = "diagnose",
	.synopsis = "PORT",
	.summary = "Tells why a guest has no network.",
	.help = "Each station on the way of the guest's frames is looked at, from the guest to the "
		"host\n"
		"interface or the network, and told: it works, it fails, or nobody can tell; and "
		"what helps.\n"
		"Frames are watched for up to three seconds: send something in the guest "
		"meanwhile. The\n"
		"first that fails is the cause, and comes first; then the exit status is 1.",
	.min_words = 1,
	.max_words = 1,
	.run = diagnose_run,
};
