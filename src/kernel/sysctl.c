/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdlib.h>

#include "kernel/sysctl.h"
#include "util/text.h"

enum {
	VALUE_SIZE = sizeof("-2147483648\n"),
};

static int sysctl_open(const char *name, int flags, int *ret_fd, struct error *err)
{
	AUTO_FREE char *path = NULL;
	int fd;

	path = text_format("/proc/sys/%s", name);
	if (!path)
		return error_oom(err);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return error_system(err, -errno, "cannot open sysctl %s", name);
	*ret_fd = fd;
	return 0;
}

int sysctl_read(const char *name, int *ret_value, struct error *err)
{
	char text[VALUE_SIZE + 1] = "", *end;
	AUTO_CLOSE int fd = -1;
	long value;
	int r;

	r = sysctl_open(name, O_RDONLY, &fd, err);
	if (r < 0)
		return r;
	if (read(fd, text, sizeof(text) - 1) < 0)
		return error_system(err, -errno, "cannot read sysctl %s", name);
	value = strtol(text, &end, 10);
	if (end == text || (*end && *end != '\n'))
		return error_set(err, -EBADMSG, ERROR_SYSTEM, "sysctl %s is not a number", name);
	*ret_value = (int)value;
	return 0;
}

int sysctl_write(const char *name, int value, struct error *err)
{
	char text[VALUE_SIZE + 1];
	AUTO_CLOSE int fd = -1;
	int n, r;

	r = sysctl_open(name, O_WRONLY, &fd, err);
	if (r < 0)
		return r;
	n = snprintf(text, sizeof(text), "%d\n", value);
	if (write(fd, text, (size_t)n) != n)
		return error_system(err, -errno, "cannot set sysctl %s to %d", name, value);
	return 0;
}
