/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/plain.h"
#include "util/text.h"

enum {
	FIELDS_MAX = 12,
	TIME_SIZE = sizeof("2006-01-02T15:04:05.678+0100"),
	LIMIT_USEC = 60 * 1000 * 1000,
	LOG_FILE_MODE = 0640,
};

static int max_priority = LOG_INFO;
static const char *file_path; /* of the file that stderr is, or NULL */

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

int log_file_open(const char *path, int *ret_fd, struct error *err)
{
	AUTO_FREE char *old = text_format("%s.old", path);
	int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
	struct stat st;
	int fd;

	/* Bounded in any case: where it cannot be kept it is lost. */
	if (stat(path, &st) == 0 && st.st_size >= LOG_FILE_MAX && (!old || rename(path, old) < 0))
		flags |= O_TRUNC;
	fd = open(path, flags | O_EXCL, LOG_FILE_MODE);
	/* One that is new has the mode that was asked for, whatever the umask. */
	if (fd >= 0)
		(void)fchmod(fd, LOG_FILE_MODE);
	else if (errno == EEXIST)
		fd = open(path, flags, LOG_FILE_MODE);
	if (fd < 0)
		return error_system(err, -errno, "cannot write %s", path);
	*ret_fd = fd;
	return 0;
}

int log_to_file(const char *path, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	int r;

	r = log_file_open(path, &fd, err);
	if (r < 0)
		return r;
	if (dup2(fd, STDERR_FILENO) < 0)
		return error_system(err, -errno, "cannot write %s", path);
	file_path = path;
	return 0;
}

static void file_turn_over(void)
{
	struct stat file, st;

	if (fstat(STDERR_FILENO, &file) < 0 ||
	    (stat(file_path, &st) == 0 && st.st_dev == file.st_dev && st.st_ino == file.st_ino &&
	     st.st_size < LOG_FILE_MAX))
		return;
	(void)log_to_file(file_path, NULL);
}

/* RFC 3339, but for the colon in the zone. */
static void time_format(char text[static TIME_SIZE])
{
	struct timeval now;
	struct tm parts;
	char zone[8];
	size_t size;

	(void)gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &parts);
	strftime(zone, sizeof(zone), "%z", &parts);
	size = strftime(text, TIME_SIZE, "%FT%T", &parts);
	snprintf(text + size, TIME_SIZE - size, ".%03u%s", (unsigned)now.tv_usec / 1000, zone);
}

static void log_to_own_file(const char *message)
{
	char now[TIME_SIZE];

	file_turn_over();
	time_format(now);
	fprintf(stderr, "%s %s\n", now, message);
}

const char *log_line_text(const char *line)
{
	const char *space = strchr(line, ' ');

	return isdigit((unsigned char)*line) && space == line + TIME_SIZE - 1 ? space + 1 : line;
}

void log_write(int priority, const char *const *fields, const char *format, ...)
{
	AUTO_FREE char *message = NULL;
	va_list args;

	if (priority > max_priority)
		return;
	va_start(args, format);
	message = plain_take(text_format_va(format, args), "");
	va_end(args);
	if (!message)
		return;
	if (file_path)
		log_to_own_file(message);
	else if (stderr_is_journal())
		log_to_journal(priority, fields, message);
	else
		fprintf(stderr, "%s\n", message);
}

void log_limited(struct log_limit *limit, int priority, const char *format, ...)
{
	AUTO_FREE char *message = NULL;
	uint64_t now = clock_usec();
	va_list args;

	if (limit->written_usec && now - limit->written_usec < LIMIT_USEC) {
		limit->missed++;
		return;
	}
	va_start(args, format);
	message = text_format_va(format, args);
	va_end(args);
	if (!message)
		return;
	if (limit->missed)
		log_write(priority, NULL, "%s (and %llu times more in between)", message,
			  (unsigned long long)limit->missed);
	else
		log_write(priority, NULL, "%s", message);
	*limit = (struct log_limit){ now, 0 };
}
