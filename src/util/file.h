/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that are whole or not there.
 *
 * file_write() makes a temporary file beside the target and renames it over
 * the target: after kill -9 or on a full disk there is the old content or the
 * new, never a part. A durable one is synced too, and so survives the host's
 * crash; state under /run does not outlive the host and saves the wait.
 * file_read() bounds what it reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/error.h"

/* Replaces `path` by `size` bytes of `data`, with the given mode. Durable blocks on the disk. */
int file_write(const char *path, const void *data, size_t size, mode_t mode, bool durable,
	       struct error *err);

/*
 * What stood where a file was replaced, until it is known that the new one stays. It can be put
 * back without space for it, which there may be none of.
 */
struct file_before {
	char *path;
	char *kept; /* the name of the old one; NULL: there was none */
	bool durable;
};

/* As file_write(); *ret_before, unless NULL, is for the caller to be done with. */
int file_replace(const char *path, const void *data, size_t size, mode_t mode, bool durable,
		 struct file_before *ret_before, struct error *err);

/* As it was before. Only the log tells where that cannot be. */
void file_put_back(struct file_before *before);

/* What is there now stays. */
void file_before_done(struct file_before *before);

/*
 * Removes from a folder the temporary files that a killed file_write() has left.
 * Nobody else may be writing there.
 */
void dir_sweep(const char *path);

/*
 * Reads a whole regular file of at most `max` bytes (a larger one is -EFBIG);
 * what else stands there under its name is -EINVAL, and is not waited for. The
 * result is NUL-terminated behind its size and the caller's to free.
 */
int file_read(const char *path, size_t max, char **ret_data, size_t *ret_size, struct error *err);

/* The same of what a user names: a pipe, too, and "-" is standard input. May wait for them. */
int file_read_input(const char *path, size_t max, char **ret_data, size_t *ret_size,
		    struct error *err);

/*
 * mkdir -p, every part that is made with `mode`, whatever the umask; an existing
 * folder is left as it is.
 */
int dir_make(const char *path, mode_t mode, struct error *err);
