/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/sentence.h"
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
