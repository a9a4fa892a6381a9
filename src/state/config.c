/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "state/config.h"
#include "util/array.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

enum {
	FILE_MAX = 64 << 10,
};

/* Each key is yes or no. */
static const struct key {
	const char *name;
	size_t offset;
} keys[] = {
	{ "strict", offsetof(struct config, strict) },
};

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

/* `said` counts by key in which line it stands. */
static int read_setting(char *line, unsigned number, unsigned said[static ARRAY_SIZE(keys)],
			struct config *config, struct error *err)
{
	char *equals = strchr(line, '='), *name, *value;
	const struct key *key;

	if (!equals)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: '%s' is not key=value", number, line);
	*equals = '\0';
	name = line_trim(line);
	value = line_trim(equals + 1);
	key = key_find(name);
	if (!key)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: there is no setting '%s'", number, name);
	if (said[key - keys])
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: %s stands twice (first in line %u)", number, name,
				 said[key - keys]);
	if (parse_yes_no(value, (bool *)((char *)config + key->offset)) < 0)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "line %u: %s is yes or no, not '%s'", number, name, value);
	said[key - keys] = number;
	return 0;
}

static int read_lines(char *data, struct config *config, struct error *err)
{
	unsigned said[ARRAY_SIZE(keys)] = { 0 };
	unsigned number = 0;
	char *line;

	while ((line = strsep(&data, "\n"))) {
		int r;

		number++;
		line = line_trim(line);
		if (!*line || *line == '#')
			continue;
		r = read_setting(line, number, said, config, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int config_read(const char *config_dir, struct config *ret_config, struct error *err)
{
	AUTO_FREE char *path = NULL, *data = NULL;
	AUTO_ERROR struct error reason = ERROR_INIT;
	struct config config = { 0 };
	size_t size;
	int r;

	path = text_format("%s/vifd.conf", config_dir);
	if (!path)
		return error_oom(err);
	r = file_read(path, FILE_MAX, &data, &size, &reason);
	if (r == 0 && strlen(data) != size)
		r = error_set(&reason, -EINVAL, ERROR_INVALID_ARGUMENT, "%s: it holds a NUL byte",
			      path);
	if (r == 0)
		r = read_lines(data, &config, &reason);
	if (r < 0 && r != -ENOENT) {
		error_place(&reason, path);
		error_move(err, &reason);
		return r;
	}
	*ret_config = config;
	return 0;
}
