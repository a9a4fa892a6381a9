/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "services/process.h"
#include "util/file.h"
#include "util/text.h"

enum {
	STAT_MAX = 4096,
	FIELDS_BEFORE_START_TIME = 19, /* counted behind the command's ')' */
};

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

int process_open(pid_t pid, int *ret_pidfd, uint64_t *ret_start_time, struct error *err)
{
	AUTO_FREE char *path = NULL, *stat = NULL;
	AUTO_CLOSE int pidfd = -1;
	struct pollfd ended;
	size_t size;
	int r;

	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? no_process(err, pid)
				      : error_system(err, -errno, "cannot watch process %d", pid);
	path = text_format("/proc/%d/stat", (int)pid);
	if (!path)
		return error_oom(err);
	if (file_read(path, STAT_MAX, &stat, &size, NULL) < 0)
		return no_process(err, pid);
	r = stat_start_time(stat, ret_start_time);
	if (r < 0)
		return error_system(err, r, "cannot understand %s", path);
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

static bool read_uids(pid_t pid, unsigned ids[static UID_COUNT])
{
	AUTO_FREE char *path = text_format("/proc/%d/status", (int)pid), *status = NULL;
	const char *line;
	size_t size;

	if (!path || file_read(path, STAT_MAX, &status, &size, NULL) < 0)
		return false;
	line = strstr(status, "\nUid:");
	return line && sscanf(line, " Uid: %u %u %u %u", &ids[UID_REAL], &ids[UID_EFFECTIVE],
			      &ids[UID_SAVED], &ids[UID_FILES]) == UID_COUNT;
}

int process_uid(pid_t pid, uid_t *ret_uid, struct error *err)
{
	unsigned ids[UID_COUNT];

	if (!read_uids(pid, ids))
		return no_process(err, pid);
	*ret_uid = ids[UID_EFFECTIVE];
	return 0;
}

bool process_is_of(pid_t pid, uid_t uid)
{
	unsigned ids[UID_COUNT];

	if (!read_uids(pid, ids))
		return false;
	for (size_t i = 0; i < UID_COUNT; i++)
		if (ids[i] != uid)
			return false;
	return true;
}
