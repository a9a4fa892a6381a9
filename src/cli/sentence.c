/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/sentence.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	TIME_SIZE = sizeof("2000-01-01 00:00:00.000"),
};

void duration_print(uint64_t usec, char text[static DURATION_SIZE])
{
	double msec = (double)usec / 1000;

	if (usec < 1000)
		(void)snprintf(text, DURATION_SIZE, "%.2f ms", msec);
	else if (usec < 1000000)
		(void)snprintf(text, DURATION_SIZE, "%.1f ms", msec);
	else if (usec < 60000000)
		(void)snprintf(text, DURATION_SIZE, "%.2f s", msec / 1000);
	else
		(void)snprintf(text, DURATION_SIZE, "%" PRIu64 " s", usec / 1000000);
}

/* Local time with milliseconds. */
static void time_print(uint64_t usec, char text[static TIME_SIZE])
{
	time_t seconds = (time_t)(usec / 1000000);
	unsigned msec = (unsigned)(usec / 1000 % 1000);
	struct tm tm = { 0 };
	size_t length;

	localtime_r(&seconds, &tm);
	length = strftime(text, TIME_SIZE, "%F %T", &tm);
	(void)snprintf(text + length, TIME_SIZE - length, ".%03u", msec);
}

static int text_finish(struct text *text, char **ret_string, struct error *err)
{
	return text_take(text, ret_string) < 0 ? error_oom(err) : 0;
}

static const char *port_name(const struct vif_record *port)
{
	return vif_record_string(port, "name") ?: "-";
}

static const char *port_host(const struct vif_record *port)
{
	return vif_record_string(port, "dev") ?: vif_record_string(port, "bridge");
}

static bool port_is_waiting(const struct vif_record *port)
{
	const char *state = vif_record_string(port, "state");

	return state && !strcmp(state, "waiting");
}

static const char *port_reason(const struct vif_record *port)
{
	return vif_record_string(port, "reason") ?: "vifd does not say for what";
}

static void note_add(struct text *text, const struct vif_record *port)
{
	const char *note = vif_record_string(port, "note");

	if (note)
		text_add(text, "; %s", note);
}

int sentence_plugged(const struct vif_record *port, char **ret_sentence, struct error *err)
{
	const char *host = port_host(port), *guest = vif_record_string(port, "guest");
	AUTO_TEXT struct text text = TEXT_INIT;

	text_add(&text, "%s", port_name(port));
	if (port_is_waiting(port))
		text_add(&text, "%s%s is waiting: %s", guest ? " for " : "", guest ?: "",
			 port_reason(port));
	else
		text_add(&text, " is connected%s%s%s%s, MAC %s", host ? " to " : "", host ?: "",
			 guest ? " for " : "", guest ?: "", vif_record_string(port, "mac") ?: "-");
	note_add(&text, port);
	return text_finish(&text, ret_sentence, err);
}

int sentence_retargeted(const struct vif_record *port, char **ret_sentence, struct error *err)
{
	const char *host = port_host(port), *mode = vif_record_string(port, "mode");
	AUTO_TEXT struct text text = TEXT_INIT;
	char outage[DURATION_SIZE];

	text_add(&text, "%s", port_name(port));
	if (port_is_waiting(port)) {
		text_add(&text, " is waiting: %s", port_reason(port));
		return text_finish(&text, ret_sentence, err);
	}
	text_add(&text, " is on %s now", host ?: "nothing");
	if (mode)
		text_add(&text, " in %s mode", mode);
	if (vif_record_type(port, "outage-usec") == VIF_NUMBER) {
		duration_print(vif_record_number(port, "outage-usec"), outage);
		text_add(&text, "; its guest was cut off for %s", outage);
	}
	note_add(&text, port);
	return text_finish(&text, ret_sentence, err);
}

/* "; now, for new ports: pool, vlan"; nothing where the list is empty. */
static bool parts_add(struct text *text, const char *when, const char *const *parts)
{
	if (!parts || !parts[0])
		return false;
	text_add(text, "; %s: ", when);
	for (size_t i = 0; parts[i]; i++)
		text_add(text, "%s%s", i ? ", " : "", parts[i]);
	return true;
}

int sentence_defined(const struct vif_record *answer, char **ret_sentence, struct error *err)
{
	const char *outcome = vif_record_string(answer, "outcome");
	const char *in_use = vif_record_string(answer, "in-use");
	bool active = streq(outcome, "replaced-active"), changes;
	AUTO_TEXT struct text text = TEXT_INIT;

	text_add(&text, "network %s %s", vif_record_string(answer, "name") ?: "?",
		 streq(outcome, "unchanged")            ? "is defined like this already"
		 : active || streq(outcome, "replaced") ? "is replaced"
							: "is defined");
	changes = parts_add(&text, "now, for new ports", vif_record_strings(answer, "now"));
	changes |= parts_add(&text, "at its next start", vif_record_strings(answer, "later"));
	if (in_use)
		text_add(&text, " (%s)", in_use);
	if (active && !changes)
		text_add(&text, "; it runs like this already");
	return text_finish(&text, ret_sentence, err);
}

int sentence_updated(const struct vif_record *answer, char **ret_sentence, struct error *err)
{
	const char *in_use = vif_record_string(answer, "in-use");
	bool live = vif_record_boolean(answer, "live");
	bool config = vif_record_boolean(answer, "config");
	AUTO_TEXT struct text text = TEXT_INIT;

	text_add(&text, "network %s is updated%s: %s", vif_record_string(answer, "name") ?: "?",
		 live && config ? ", as it runs and in its definition"
		 : live         ? " as it runs"
				: " in its definition",
		 vif_record_string(answer, "key") ?: "?");
	if (in_use)
		text_add(&text, "; it stays with %s", in_use);
	return text_finish(&text, ret_sentence, err);
}

static void event_add_details(const struct vif_record *event, struct text *text)
{
	bool cut = vif_record_type(event, "outage-usec") == VIF_NUMBER;
	const char *cause = vif_record_string(event, "cause");
	const char *sentence = vif_record_string(event, "text");
	char outage[DURATION_SIZE];

	if (cause && sentence && strstr(sentence, cause))
		cause = NULL; /* it is told already */
	if (!cause && !cut)
		return;
	duration_print(vif_record_number(event, "outage-usec"), outage);
	text_add(text, " (%s%s%s%s)", cause ?: "", cause && cut ? "; " : "",
		 cut ? "cut off for " : "", cut ? outage : "");
}

int line_of_event(const struct vif_record *event, char **ret_line, struct error *err)
{
	const char *about = vif_record_string(event, "port") ?: vif_record_string(event, "network");
	AUTO_TEXT struct text text = TEXT_INIT;
	char when[TIME_SIZE];

	time_print(vif_record_number(event, "time"), when);
	text_add(&text, "%s  %s  %s  %s", when, vif_record_string(event, "event") ?: "-",
		 about ?: "-", vif_record_string(event, "text") ?: "");
	event_add_details(event, &text);
	return text_finish(&text, ret_line, err);
}
