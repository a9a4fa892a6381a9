/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "util/log.h"
#include "util/text.h"

enum {
	FIELDS_MAX = 12,
};

static int max_priority = LOG_INFO;

void log_set_max_priority(int priority)
{
	max_priority = priority;
}

/* systemd.exec(5): JOURNAL_STREAM is "device:inode" of the stream that stderr was given. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	if (fstat(STDERR_FILENO, &st) < 0)
		return false;
	return st.st_dev == device && st.st_ino == inode;
}

static void log_to_journal(int priority, const char *const *fields, const char *message)
{
	AUTO_FREE char *text = text_format("MESSAGE=%s", message);
	AUTO_FREE char *level = text_format("PRIORITY=%d", priority);
	struct iovec iov[FIELDS_MAX];
	int n = 0;

	if (!text || !level)
		return;
	iov[n++] = (struct iovec){ text, strlen(text) };
	iov[n++] = (struct iovec){ level, strlen(level) };
	for (; fields && *fields && n < FIELDS_MAX; fields++)
		iov[n++] = (struct iovec){ (void *)*fields, strlen(*fields) };
	sd_journal_sendv(iov, n);
}

void log_write(int priority, const char *const *fields, const char *format, ...)
{
	AUTO_FREE char *message = NULL;
	va_list args;

	if (priority > max_priority)
		return;
	va_start(args, format);
	message = text_format_va(format, args);
	va_end(args);
	if (!message)
		return;
	if (stderr_is_journal())
		log_to_journal(priority, fields, message);
	else
		fprintf(stderr, "%s\n", message);
}
