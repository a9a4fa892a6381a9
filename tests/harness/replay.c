/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main() of a fuzz target where there is no libFuzzer: runs each file of the
 * folders that are named through it, whole and cut off at every byte. So every
 * build with tests has tried the targets.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "../fuzz/fuzz.h"
#include "util/file.h"

static int replay_file(const char *path)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE char *data = NULL;
	size_t size;

	if (file_read(path, 1 << 20, &data, &size, &err) < 0) {
		fprintf(stderr, "%s\n", error_text(&err));
		return 0;
	}
	for (size_t cut = 0; cut <= size; cut++) {
		/* Of its own size, so that a read behind its end is noticed. */
		AUTO_FREE uint8_t *copy = malloc(cut ? cut : 1);

		PROMISE(copy);
		memcpy(copy, data, cut);
		LLVMFuzzerTestOneInput(copy, cut);
	}
	return 1;
}

static int replay_folder(const char *folder)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int n = 0;

	if (!dir) {
		perror(folder);
		return 0;
	}
	while ((entry = readdir(dir))) {
		AUTO_FREE char *path = NULL;

		if (entry->d_name[0] == '.')
			continue;
		PROMISE(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
		n += replay_file(path);
	}
	closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++)
		n += replay_folder(argv[i]);
	printf("%d inputs\n", n);
	return n > 0 ? 0 : 1;
}
