/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/access-file.h"
#include "util/log.h"
#include "util/text.h"

enum {
	FILE_MAX = 256 << 10,
};

struct access_file {
	char *path;
	struct stat
		seen; /* when it was last read; all zero: there was none, or it was not looked at */
	struct access_rules rules;
	enum access_source source;
	uint64_t version;
	struct log_limit unreadable;
};

/* Whatever is written to a file, its change time moves (inode(7)). */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && a->st_uid == b->st_uid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Who could have written it decides what it is worth. */
static int check_hands(const char *path, const struct stat *st, struct error *err)
{
	if (!S_ISREG(st->st_mode))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s is not a regular file",
				 path);
	if (st->st_uid != 0)
		return error_set(err, -EPERM, ERROR_PERMISSION,
				 "%s belongs to the user with the id %u, who could write what he "
				 "likes there: chown root %s",
				 path, st->st_uid, path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, -EPERM, ERROR_PERMISSION,
				 "%s can be written by others than root: chmod go-w %s", path,
				 path);
	if (st->st_size > FILE_MAX)
		return error_set(err, -EFBIG, ERROR_INVALID_ARGUMENT, "%s is larger than %d bytes",
				 path, FILE_MAX);
	return 0;
}

static int read_text(int fd, const char *path, char **ret_text, struct error *err)
{
	AUTO_FREE char *text = calloc(1, FILE_MAX + 1);
	size_t size = 0;
	ssize_t n;

	if (!text)
		return error_oom(err);
	while ((n = read(fd, text + size, FILE_MAX - size)) > 0)
		size += (size_t)n;
	if (n < 0)
		return error_system(err, -errno, "cannot read %s", path);
	if (strlen(text) != size)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT, "%s: it holds a NUL byte",
				 path);
	*ret_text = take_ptr(text);
	return 0;
}

/* -ENOENT where there is none. What was opened is what is looked at and read. */
static int read_rules(const char *path, struct stat *ret_seen, struct access_rules *ret_rules,
		      struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO_FREE char *text = NULL;
	int r;

	if (fd < 0 || fstat(fd, ret_seen) < 0)
		return error_system(err, -errno, "cannot read %s", path);
	r = check_hands(path, ret_seen, err);
	if (r == 0)
		r = read_text(fd, path, &text, err);
	if (r == 0)
		r = access_rules_parse(text, ret_rules, err);
	error_place(err, path);
	return r;
}

static void adopt(struct access_file *file, const struct access_rules *rules,
		  enum access_source source)
{
	access_rules_done(&file->rules);
	file->rules = *rules;
	file->source = source;
	file->version++;
}

static const char *what_holds(enum access_source source)
{
	static const char *const texts[] = {
		[ACCESS_NO_FILE] = "it is as if there were none",
		[ACCESS_READ] = "what it said before still holds",
		[ACCESS_UNKNOWN] = "until it can be read, only root has rights",
	};

	return texts[source];
}

static void reread(struct access_file *file)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	struct access_rules rules = { 0 };
	struct stat seen = { 0 };
	int r = read_rules(file->path, &seen, &rules, &err);

	/* One that cannot even be opened is tried again with the next call. */
	file->seen = seen;
	if (r == -ENOENT)
		adopt(file, &rules, ACCESS_NO_FILE);
	else if (r == 0)
		adopt(file, &rules, ACCESS_READ);
	else if (seen.st_ino)
		log_warning("%s; %s", error_text(&err), what_holds(file->source));
	else
		log_limited(&file->unreadable, LOG_WARNING, "%s; %s", error_text(&err),
			    what_holds(file->source));
	if (r == 0)
		log_info("%s is read: it names %zu", file->path, rules.n_sections);
}

void access_file_look(struct access_file *file)
{
	struct stat now = { 0 };

	if (stat(file->path, &now) < 0)
		now = (struct stat){ 0 };
	if (!is_same(&now, &file->seen))
		reread(file);
}

int access_file_new(const char *config_dir, struct access_file **ret_file, struct error *err)
{
	struct access_file *file = calloc(1, sizeof(*file));

	if (!file)
		return error_oom(err);
	file->path = text_format("%s/access.conf", config_dir);
	if (!file->path) {
		free(file);
		return error_oom(err);
	}
	file->source = ACCESS_UNKNOWN;
	reread(file);
	*ret_file = file;
	return 0;
}

void access_file_free(struct access_file *file)
{
	if (!file)
		return;
	access_rules_done(&file->rules);
	free(file->path);
	free(file);
}

enum access_source access_file_source(const struct access_file *file)
{
	return file->source;
}

const struct access_rules *access_file_rules(const struct access_file *file)
{
	return &file->rules;
}

uint64_t access_file_version(const struct access_file *file)
{
	return file->version + 1;
}
