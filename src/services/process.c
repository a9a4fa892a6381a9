/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "services/process.h"
#include "util/cleanup.h"

enum {
	FILE_SIZE = 4096,
	FIELDS_BEFORE_START_TIME = 19, /* counted behind the command's ')' */
};

/*
 * A file of a process, as text. The kernel gives all of one at once where there is room, so that
 * it is of one moment, and needs no second read(2) to see its end.
 */
static int read_file_of(pid_t pid, const char *name, char text[static FILE_SIZE])
{
	AUTO_CLOSE int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do
		n = read(fd, text, FILE_SIZE - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

/* The command (field 2) may hold spaces and parentheses: the last ')' ends it. */
static int stat_start_time(const char *stat, uint64_t *ret_start_time)
{
	const char *p = strrchr(stat, ')');
	unsigned long long value;

	if (!p)
		return -EIO;
	for (unsigned i = 0; i <= FIELDS_BEFORE_START_TIME; i++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -EIO;
	}
	if (sscanf(p, "%llu", &value) != 1)
		return -EIO;
	*ret_start_time = value;
	return 0;
}

static int no_process(struct error *err, pid_t pid)
{
	return error_set(err, -ESRCH, ERROR_INVALID_ARGUMENT, "there is no process %d", (int)pid);
}

/* It has ended, or there is something else that keeps us from it. */
static int cannot_look(struct error *err, int code, pid_t pid)
{
	return code == -ENOENT || code == -ESRCH
		       ? no_process(err, pid)
		       : error_system(err, code, "cannot look at process %d", (int)pid);
}

int process_open(pid_t pid, int *ret_pidfd, uint64_t *ret_start_time, struct error *err)
{
	AUTO_CLOSE int pidfd = -1;
	char stat[FILE_SIZE];
	struct pollfd ended;
	int r;

	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? no_process(err, pid)
				      : error_system(err, -errno, "cannot watch process %d", pid);
	r = read_file_of(pid, "stat", stat);
	if (r < 0)
		return cannot_look(err, r, pid);
	r = stat_start_time(stat, ret_start_time);
	if (r < 0)
		return error_system(err, r, "cannot understand /proc/%d/stat", (int)pid);
	ended = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	if (poll(&ended, 1, 0) != 0)
		return no_process(err, pid);
	*ret_pidfd = take_fd(&pidfd);
	return 0;
}

enum {
	UID_REAL,
	UID_EFFECTIVE,
	UID_SAVED,
	UID_FILES,
	UID_COUNT,
};

static int read_uids(pid_t pid, unsigned ids[static UID_COUNT])
{
	char status[FILE_SIZE];
	const char *line;
	int r = read_file_of(pid, "status", status);

	if (r < 0)
		return r;
	line = strstr(status, "\nUid:");
	return line && sscanf(line, " Uid: %u %u %u %u", &ids[UID_REAL], &ids[UID_EFFECTIVE],
			      &ids[UID_SAVED], &ids[UID_FILES]) == UID_COUNT
		       ? 0
		       : -EIO;
}

int process_uid(pid_t pid, uid_t *ret_uid, struct error *err)
{
	unsigned ids[UID_COUNT];
	int r = read_uids(pid, ids);

	if (r < 0)
		return cannot_look(err, r, pid);
	*ret_uid = ids[UID_EFFECTIVE];
	return 0;
}

bool process_is_of(pid_t pid, uid_t uid)
{
	unsigned ids[UID_COUNT];

	if (read_uids(pid, ids) < 0)
		return false;
	for (size_t i = 0; i < UID_COUNT; i++)
		if (ids[i] != uid)
			return false;
	return true;
}

bool process_is_stopped(pid_t pid)
{
	char stat[FILE_SIZE];
	const char *end;

	if (read_file_of(pid, "stat", stat) < 0)
		return false;
	/* The name before the state may hold anything, parentheses too. */
	end = strrchr(stat, ')');
	return end && end[1] == ' ' && (end[2] == 'T' || end[2] == 't');
}
