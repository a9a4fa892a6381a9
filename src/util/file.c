/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/text.h"

/* What a temporary file's name has behind the target's; it is how dir_sweep() knows them. */
static const char temporary_mark[] = ".vifd-";
static const char temporary_random[] = "XXXXXX"; /* mkstemp(3) */

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return 0;
}

/* Fills the temporary file; close(2) is checked because NFS and quotas report there. */
static int file_fill(int fd, const void *data, size_t size, mode_t mode, bool durable)
{
	AUTO_CLOSE int owned = fd;
	int r;

	r = write_all(owned, data, size);
	if (r < 0)
		return r;
	if (fchmod(owned, mode) < 0 || (durable && fsync(owned) < 0))
		return -errno;
	return close(take_fd(&owned)) < 0 ? -errno : 0;
}

static void dir_sync(const char *path)
{
	AUTO_FREE char *dir = strdup(path);
	AUTO_CLOSE int fd = -1;
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash)
		return;
	*slash = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
}

int file_write(const char *path, const void *data, size_t size, mode_t mode, bool durable,
	       struct error *err)
{
	AUTO_FREE char *temporary = NULL;
	int fd, r;

	temporary = text_format("%s%s%s", path, temporary_mark, temporary_random);
	if (!temporary)
		return error_oom(err);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_system(err, -errno, "cannot write %s", path);
	r = file_fill(fd, data, size, mode, durable);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return error_system(err, r, "cannot write %s", path);
	}
	if (durable)
		dir_sync(path);
	return 0;
}

static bool is_temporary(const char *name)
{
	size_t tail = strlen(temporary_mark) + strlen(temporary_random), length = strlen(name);

	return length > tail &&
	       !strncmp(name + length - tail, temporary_mark, strlen(temporary_mark));
}

void dir_sweep(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (is_temporary(entry->d_name))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static int read_to_end(int fd, size_t max, char **ret_data, size_t *ret_size)
{
	AUTO_FREE char *data = NULL;
	size_t size = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (size == room) {
			char *more;

			if (room > max)
				return -EFBIG;
			room = room ? room * 2 : 4096;
			more = realloc(data, room + 1);
			if (!more)
				return -ENOMEM;
			data = more;
		}
		n = read(fd, data + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
	}
	if (size > max)
		return -EFBIG;
	data[size] = '\0';
	*ret_data = take_ptr(data);
	*ret_size = size;
	return 0;
}

/* Of a pipe or a device nobody knows when it ends, and even to open one may wait for ever. */
static int open_regular(const char *path, int *ret_fd, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_system(err, -errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "cannot read %s: it is not a regular file", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int read_all(int fd, const char *path, size_t max, char **ret_data, size_t *ret_size,
		    struct error *err)
{
	int r = read_to_end(fd, max, ret_data, ret_size);

	if (r == -EFBIG)
		return error_set(err, r, ERROR_INVALID_ARGUMENT,
				 "cannot read %s: it is larger than %zu bytes", path, max);
	return r < 0 ? error_system(err, r, "cannot read %s", path) : 0;
}

int file_read(const char *path, size_t max, char **ret_data, size_t *ret_size, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	int r;

	r = open_regular(path, &fd, err);
	return r < 0 ? r : read_all(fd, path, max, ret_data, ret_size, err);
}

int file_read_input(const char *path, size_t max, char **ret_data, size_t *ret_size,
		    struct error *err)
{
	AUTO_CLOSE int fd = -1;

	if (!strcmp(path, "-"))
		return read_all(STDIN_FILENO, path, max, ret_data, ret_size, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_system(err, -errno, "cannot read %s", path);
	return read_all(fd, path, max, ret_data, ret_size, err);
}

int dir_make(const char *path, mode_t mode, struct error *err)
{
	AUTO_FREE char *partial = strdup(path);

	if (!partial)
		return error_oom(err);
	for (char *p = partial + 1;; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		/* The mode is the one that was asked for, whatever the umask. */
		if (mkdir(partial, mode) == 0 ? chmod(partial, mode) < 0 : errno != EEXIST)
			return error_system(err, -errno, "cannot make the folder %s", partial);
		*p = end;
		if (!end)
			return 0;
	}
}
