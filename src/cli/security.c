/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "cli/client.h"
#include "util/text.h"

static void add_strings(struct text *text, const char *title, const char *const *strings)
{
	for (size_t i = 0; strings && strings[i]; i++)
		text_add(text, "\n  %-8s %s", i == 0 ? title : "", strings[i]);
}

static void add_dropped(struct text *text, struct vif_record *const *drops)
{
	if (!drops || !*drops)
		text_add(text, "\n  %-8s nothing so far", "dropped");
	for (size_t i = 0; drops && drops[i]; i++)
		text_add(text, "\n  %-8s %" PRIu64 " by %s", i == 0 ? "dropped" : "",
			 vif_record_number(drops[i], "frames"),
			 vif_record_string(drops[i], "rule"));
}

static char *describe(const struct vif_record *port)
{
	const char *guard = vif_record_string(port, "guard");
	AUTO_TEXT struct text text = TEXT_INIT;
	char *string;

	text_add(&text, "%s: ", vif_record_string(port, "name"));
	if (!guard) {
		text_add(&text, "nothing of what its guest sends is checked");
	} else {
		text_add(&text, "what its guest sends is %schecked%s%s",
			 strcmp(guard, "none") == 0 ? "not " : "",
			 strcmp(guard, "none") == 0 ? ", as this host cannot" : " by ",
			 strcmp(guard, "none") == 0 ? "" : guard);
		add_strings(&text, "passes", vif_record_strings(port, "security"));
		if (vif_record_string(port, "filter"))
			text_add(&text, "\n  %-8s %s", "filter", vif_record_string(port, "filter"));
		add_strings(&text, "allowed", vif_record_strings(port, "allowed"));
		add_strings(&text, "learned", vif_record_strings(port, "learned"));
		add_dropped(&text, vif_record_records(port, "dropped"));
	}
	return text_take(&text, &string) < 0 ? NULL : string;
}

static int security_show_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	return client_show(cli, vif_port_get, arguments->words[0], describe, err);
}

/* Who decided, as a sentence. */
static char *tell_decision(const struct vif_record *answer)
{
	const char *rule = vif_record_string(answer, "rule");
	const char *packet = vif_record_string(answer, "packet");
	bool passes = vif_record_boolean(answer, "passes");

	if (!*rule)
		return text_format("%s\n  %s: no rule asks about it", packet,
				   passes ? "passes" : "dropped");
	if (!passes)
		return text_format("%s\n  dropped by %s", packet, rule);
	return text_format("%s\n  passes by %s", packet, rule);
}

static int security_test_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *answer = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *words = arguments_text(arguments, 1), *sentence = NULL;
	int r;

	if (!words)
		return error_oom(err);
	r = client_connect(cli, err);
	if (r < 0)
		return r;
	r = vif_port_try(cli->vif, arguments->words[0], words, &answer, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	sentence = tell_decision(answer);
	if (!sentence)
		return error_oom(err);
	writer_answer(cli->writer, answer, sentence);
	return 0;
}

const struct verb verb_security_test = {
	.name = "security test",
	.synopsis = "PORT PACKET",
	.summary = "Tells whether a packet would pass a port, and by which rule.",
	.help = "PACKET is [in|out] PROTOCOL [from ADDRESS] [to ADDRESS] [port N] [source-port N]\n"
		"[type N [code N]], in one word or several: tcp from 10.0.0.1 port 22. What comes\n"
		"from an address is to the guest (in), what goes to one is from it (out).",
	.min_words = 2,
	.max_words = 32,
	.run = security_test_run,
};

const struct verb verb_security_show = {
	.name = "security show",
	.synopsis = "PORT",
	.summary = "Shows what a port's guest may send, and what was dropped.",
	.help = "PORT is a port's name or uuid. For each rule that has dropped a frame it tells "
		"how\n"
		"many it has dropped since the port was plugged.",
	.min_words = 1,
	.max_words = 1,
	.run = security_show_run,
};
