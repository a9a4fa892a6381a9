/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logging with fields: to the journal where stderr is connected to it
 * ($JOURNAL_STREAM), else to stderr as one line. The fields of a message are
 * "NAME=value" for the journal ("VIF_PORT=vif0") and do not appear on stderr:
 * the sentence itself must say enough. One thread logs.
 *
 * Priorities are syslog's (LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "util/error.h"

enum {
	LOG_FILE_MAX = 1024 * 1024, /* bytes */
};

/* Messages above this priority are dropped; LOG_INFO at the start. */
void log_set_max_priority(int priority);

/*
 * Opens a log to append to it, the caller's to close. One of LOG_FILE_MAX bytes or more becomes
 * PATH.old first, in place of the one before.
 */
int log_file_open(const char *path, int *ret_fd, struct error *err);

/*
 * From now on stderr is this log, and each line begins with the time. It is opened anew when
 * it has got too large, or was renamed. The path is borrowed for good.
 */
int log_to_file(const char *path, struct error *err);

/* A line of such a file without its time. */
const char *log_line_text(const char *line);

void log_write(int priority, const char *const *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * For what others can bring about as often as they like: one message a minute, with
 * how many there were that were not written. Begins as { 0 }, one for each kind of message.
 */
struct log_limit {
	uint64_t written_usec; /* clock_usec(); 0: never */
	uint64_t missed;
};
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_ERR, NULL, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, NULL, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, NULL, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, NULL, __VA_ARGS__)
