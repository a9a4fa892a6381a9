/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a line waits for changes with every call of its qmp. So that is looked at
 * once, just before the loop waits (line_prepare), and there a line that nobody
 * needs ends. Until then one that was left sends what it still has to: a failed
 * hand-over tells QEMU to drop the descriptors that it was given.
 *
 * A line that has failed is not taken by anybody else; the next one is new.
 */
#include <poll.h>
#include <string.h>

#include "daemon/line.h"
#include "util/parse.h"

enum {
	PATIENCE_USEC = 30 * 1000 * 1000,
};

struct line {
	struct line *next; /* the manager's */
	struct manager *manager;
	char *path;
	struct qmp *qmp;
	sd_event_source *source, *timer;
	unsigned users;
	bool failed;
};

static void line_free(struct line *line)
{
	sd_event_source_disable_unref(line->source);
	sd_event_source_disable_unref(line->timer);
	qmp_close(line->qmp);
	free(line->path);
	free(line);
}

static void line_end(struct line *line)
{
	struct line **at = &line->manager->lines;

	while (*at != line)
		at = &(*at)->next;
	*at = line->next;
	line_free(line);
}

/* The loop does not wait for a socket that has failed: that is always readable. */
static int line_prepare(sd_event_source *source, void *userdata)
{
	struct line *line = userdata;
	uint64_t since = qmp_waits_since_usec(line->qmp);
	short events = qmp_events(line->qmp);

	if (line->users == 0 && (line->failed || qmp_is_idle(line->qmp))) {
		line_end(line);
		return 0;
	}
	if (line->failed)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	sd_event_source_set_io_events(line->source, (events & POLLIN ? EPOLLIN : 0) |
							    (events & POLLOUT ? EPOLLOUT : 0));
	sd_event_source_set_time(line->timer, since + PATIENCE_USEC);
	sd_event_source_set_enabled(line->timer, since ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return 0;
}

static int line_on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct line *line = userdata;

	line->failed = qmp_dispatch(line->qmp, NULL) < 0;
	return 0;
}

static int line_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct line *line = userdata;

	line->failed = true;
	qmp_expire(line->qmp);
	return 0;
}

static int line_attach(struct line *line, struct error *err)
{
	sd_event *event = line->manager->event;
	int r;

	r = sd_event_add_io(event, &line->source, qmp_fd(line->qmp), EPOLLIN, line_on_event, line);
	if (r >= 0)
		r = sd_event_add_time(event, &line->timer, CLOCK_MONOTONIC, UINT64_MAX, 0,
				      line_on_timer, line);
	if (r >= 0)
		r = sd_event_source_set_prepare(line->source, line_prepare);
	return r < 0 ? error_system(err, r, "cannot wait for the VMM at %s", line->path) : 0;
}

static int line_new(struct manager *manager, const char *path, struct line **ret_line,
		    struct error *err)
{
	struct line *line = calloc(1, sizeof(*line));
	int r;

	if (!line)
		return error_oom(err);
	line->manager = manager;
	line->path = strdup(path);
	r = line->path ? qmp_connect(path, &line->qmp, err) : error_oom(err);
	if (r == 0)
		r = line_attach(line, err);
	if (r < 0) {
		line_free(line);
		return r;
	}
	line->next = manager->lines;
	manager->lines = line;
	*ret_line = line;
	return 0;
}

int line_take(struct manager *manager, const char *path, struct line **ret_line, struct error *err)
{
	struct line *line = manager->lines;
	int r = 0;

	while (line && (line->failed || !streq(line->path, path)))
		line = line->next;
	if (!line)
		r = line_new(manager, path, &line, err);
	if (r < 0)
		return r;
	line->users++;
	*ret_line = line;
	return 0;
}

void line_leave(struct line *line)
{
	if (line)
		line->users--;
}

struct qmp *line_qmp(const struct line *line)
{
	return line->qmp;
}

void lines_free(struct manager *manager)
{
	while (manager->lines)
		line_end(manager->lines);
}
