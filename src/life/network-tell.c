/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "life/network-tell.h"
#include "util/log.h"
#include "util/text.h"

void networks_tell(struct manager *manager, const char *event, const char *name, const char *is)
{
	const struct event told = { .name = event, .network = name };

	events_tell(&manager->events, &told, "network %s is %s", name, is);
}

void network_log_lines(int level, const char *before, const char *lines)
{
	for (const char *line = lines; line && *line;) {
		int length = (int)strcspn(line, "\n");

		log_write(level, NULL, "%s%.*s", before, length, line);
		line += length + (line[length] == '\n');
	}
}

int network_warn(const struct network *network, const char *warnings, struct error *err)
{
	AUTO_FREE char *before = text_format("network '%s': ", network->name);

	if (!before)
		return error_oom(err);
	network_log_lines(LOG_WARNING, before, warnings);
	return 0;
}
