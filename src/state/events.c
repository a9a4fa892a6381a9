/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdarg.h>

#include "state/events.h"
#include "util/log.h"
#include "util/plain.h"
#include "util/text.h"

void events_listen(struct events *events, struct event_listener *listener)
{
	listener->next = events->first;
	events->first = listener;
}

void events_unlisten(struct events *events, const struct event_listener *listener)
{
	struct event_listener **at = &events->first;

	while (*at && *at != listener)
		at = &(*at)->next;
	if (*at)
		*at = listener->next;
}

static void log_event(const struct event *event, const char *text)
{
	AUTO_FREE char *name = text_format("VIF_EVENT=%s", event->name);
	AUTO_FREE char *port = event->port ? text_format("VIF_PORT=%s", event->port) : NULL;
	AUTO_FREE char *network = NULL, *outage = NULL;
	const char *fields[5] = { NULL };
	size_t n = 0;

	if (event->network)
		network = text_format("VIF_NETWORK=%s", event->network);
	if (event->outage_usec)
		outage = text_format("VIF_OUTAGE_USEC=%" PRIu64, event->outage_usec);
	if (name)
		fields[n++] = name;
	if (port)
		fields[n++] = port;
	if (network)
		fields[n++] = network;
	if (outage)
		fields[n++] = outage;
	log_write(LOG_INFO, fields, "%s", text);
}

void events_tell(const struct events *events, const struct event *event, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = plain_take(text_format_va(format, args), "");
	va_end(args);
	if (!text)
		return;
	log_event(event, text);
	for (struct event_listener *listener = events->first; listener; listener = listener->next)
		listener->on_event(listener->userdata, event, text);
}
