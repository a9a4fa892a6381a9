/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CONFIG/access.conf while vifd runs: the rules that hold.
 *
 * The file is looked at whenever somebody calls, by stat(2): what it says holds from the next
 * call on, and nobody has to be told. One that cannot be understood, or that others than root
 * could have written, is told in the log, and the rules stay as they were.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "formats/access-conf.h"

struct access_file;

/* Where the rules are from. */
enum access_source {
	ACCESS_NO_FILE, /* there is none: nobody is named, and everybody may look */
	ACCESS_READ,
	ACCESS_UNKNOWN, /* vifd has not seen one that it could read since it started */
};

int access_file_new(const char *config_dir, struct access_file **ret_file, struct error *err);
void access_file_free(struct access_file *file);

/* Reads it anew where it has changed. What is borrowed from it ends. */
void access_file_look(struct access_file *file);

enum access_source access_file_source(const struct access_file *file);
const struct access_rules *access_file_rules(const struct access_file *file);

/* Another number after each change of the rules; never 0. */
uint64_t access_file_version(const struct access_file *file);
