/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

/* What a temporary file's name has behind the target's; it is how dir_sweep() knows them. */
static const char temporary_mark[] = ".vifd-";
static const char temporary_random[] = "XXXXXX"; /* mkstemp(3) */
static const char temporary_kept[] = "before";   /* as long as that */

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

static int write_temporary(const char *path, const void *data, size_t size, mode_t mode,
			   bool durable, char **ret_temporary)
{
	AUTO_FREE char *temporary = text_format("%s%s%s", path, temporary_mark, temporary_random);
	int fd, r;

	if (!temporary)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = file_fill(fd, data, size, mode, durable);
	if (r < 0)
		(void)unlink(temporary);
	else
		*ret_temporary = take_ptr(temporary);
	return r;
}

/* Where two names cannot be exchanged, the old file gets another one first. */
static int keep_by_link(const char *temporary, const char *path, char **ret_kept)
{
	AUTO_FREE char *kept = text_format("%s%s%s", path, temporary_mark, temporary_kept);

	if (!kept)
		return -ENOMEM;
	(void)unlink(kept);
	if (link(path, kept) < 0 && errno != ENOENT)
		return -errno;
	if (rename(temporary, path) < 0)
		return -errno;
	*ret_kept = take_ptr(kept);
	return 0;
}

static int put_in_place(const char *temporary, const char *path, struct file_before *ret_before)
{
	struct file_before before = { 0 };
	int r = 0;

	if (!ret_before)
		return rename(temporary, path) < 0 ? -errno : 0;
	before.path = strdup(path);
	before.kept = strdup(temporary);
	if (!before.path || !before.kept)
		r = -ENOMEM;
	else if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_EXCHANGE) < 0)
		r = -errno;
	if (r == -ENOENT || r == -EINVAL || r == -ENOSYS) {
		free(take_ptr(before.kept));
		r = r != -ENOENT                  ? keep_by_link(temporary, path, &before.kept)
		    : rename(temporary, path) < 0 ? -errno
						  : 0;
	}
	if (r < 0) {
		free(before.path);
		free(before.kept);
		return r;
	}
	*ret_before = before;
	return 0;
}

int file_replace(const char *path, const void *data, size_t size, mode_t mode, bool durable,
		 struct file_before *ret_before, struct error *err)
{
	AUTO_FREE char *temporary = NULL;
	int r = write_temporary(path, data, size, mode, durable, &temporary);

	if (r == 0)
		r = put_in_place(temporary, path, ret_before);
	if (r < 0) {
		if (temporary)
			(void)unlink(temporary);
		return error_system(err, r, "cannot write %s", path);
	}
	if (ret_before)
		ret_before->durable = durable;
	if (durable)
		dir_sync(path);
	return 0;
}

int file_write(const char *path, const void *data, size_t size, mode_t mode, bool durable,
	       struct error *err)
{
	return file_replace(path, data, size, mode, durable, NULL, err);
}

void file_put_back(struct file_before *before)
{
	if (!before->path)
		return;
	if (before->kept ? rename(before->kept, before->path) < 0 : unlink(before->path) < 0)
		log_error("cannot put %s back: %m", before->path);
	else if (before->durable)
		dir_sync(before->path);
	free(take_ptr(before->kept));
	file_before_done(before);
}

void file_before_done(struct file_before *before)
{
	if (before->kept)
		(void)unlink(before->kept);
	free(before->path);
	free(before->kept);
	*before = (struct file_before){ 0 };
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

/* Why mkdir(2) has made none: there is one, or errno says what is in its way. */
static bool is_folder(const char *path)
{
	struct stat st;

	if (errno != EEXIST || stat(path, &st) < 0)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
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
		if (mkdir(partial, mode) == 0 ? chmod(partial, mode) < 0 : !is_folder(partial))
			return error_system(err, -errno, "cannot make the folder %s", partial);
		*p = end;
		if (!end)
			return 0;
	}
}
