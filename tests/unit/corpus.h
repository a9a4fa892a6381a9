/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The corpus: libvirt's own files, and what a real libvirt answered. It lies
 * outside of the project ($VIFD_CORPUS, by default ../shared/corpus beside it);
 * without it the tests that read it are skipped, and say so.
 */
#pragma once

#include "testing.h"

#include <unistd.h>

#include "formats/bounds.h"
#include "util/file.h"

/* The folder; NULL, said, where there is none. The caller's. */
static inline char *corpus_find(void)
{
	const char *given = getenv("VIFD_CORPUS"), *project = getenv("VIFD_SOURCE");
	char *folder = NULL;

	if (given)
		folder = strdup(given);
	else if (asprintf(&folder, "%s/../shared/corpus", project ? project : ".") < 0)
		folder = NULL;
	if (folder && access(folder, R_OK) == 0)
		return folder;
	print_message("# skipped: there is no corpus at %s\n", folder ? folder : "");
	free(folder);
	return NULL;
}

static inline char *corpus_path(const char *corpus, const char *folder, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/libvirt/%s%s%s", corpus, folder, *name ? "/" : "", name) >
		    0);
	return path;
}

static inline char *corpus_read(const char *corpus, const char *folder, const char *name)
{
	AUTO_FREE char *path = corpus_path(corpus, folder, name);
	AUTO_ERROR struct error err = ERROR_INIT;
	char *data;
	size_t size;

	if (file_read(path, DOCUMENT_SIZE_MAX, &data, &size, &err) < 0)
		fail_msg("%s", error_text(&err));
	return data;
}
