/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdarg.h>

#include "daemon/events.h"
#include "util/cleanup.h"
#include "util/log.h"

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
	AUTO_FREE char *name = NULL, *port = NULL, *network = NULL, *outage = NULL;
	const char *fields[5] = { NULL };
	size_t n = 0;

	if (asprintf(&name, "VIF_EVENT=%s", event->name) >= 0)
		fields[n++] = name;
	if (event->port && asprintf(&port, "VIF_PORT=%s", event->port) >= 0)
		fields[n++] = port;
	if (event->network && asprintf(&network, "VIF_NETWORK=%s", event->network) >= 0)
		fields[n++] = network;
	if (event->outage_usec &&
	    asprintf(&outage, "VIF_OUTAGE_USEC=%" PRIu64, event->outage_usec) >= 0)
		fields[n++] = outage;
	log_write(LOG_INFO, fields, "%s", text);
}

void events_tell(const struct events *events, const struct event *event, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0) {
		text = NULL;
		return;
	}
	log_event(event, text);
	for (struct event_listener *listener = events->first; listener; listener = listener->next)
		listener->on_event(listener->userdata, event, text);
}
