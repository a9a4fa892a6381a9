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
#include "util/text.h"

static char *corpus; /* the folder, or NULL */

/* Of a group of tests: what they begin with. It says where there is no corpus. */
static inline int find_corpus(void **state)
{
	const char *given = getenv("VIFD_CORPUS"), *project = getenv("VIFD_SOURCE");

	corpus = given ? strdup(given)
		       : text_format("%s/../shared/corpus", project ? project : ".");
	assert_non_null(corpus);
	if (access(corpus, R_OK) == 0)
		return 0;
	print_message("# skipped: there is no corpus at %s\n", corpus);
	free(take_ptr(corpus));
	return 0;
}

/* And what they end with. */
static inline int forget_corpus(void **state)
{
	free(take_ptr(corpus));
	return 0;
}

static inline char *corpus_path(const char *folder, const char *name)
{
	char *path = text_format("%s/libvirt/%s%s%s", corpus, folder, *name ? "/" : "", name);

	assert_non_null(path);
	return path;
}

static inline char *corpus_read(const char *folder, const char *name)
{
	AUTO_FREE char *path = corpus_path(folder, name);
	AUTO_ERROR struct error err = ERROR_INIT;
	char *data;
	size_t size;

	if (file_read(path, DOCUMENT_SIZE_MAX, &data, &size, &err) < 0)
		fail_msg("%s", error_text(&err));
	return data;
}

/*
 * Where a definition says nothing, libvirt's bridges have spanning tree and vifd's have
 * not: each writes down what it does. Answers `written`, which it takes, by libvirt, as
 * vifd writes it for that definition.
 */
static inline char *without_spanning_tree(const char *definition, char *written)
{
	static const char theirs[] = " stp='on'";
	char *at = written && !strstr(definition, "stp=") ? strstr(written, theirs) : NULL;
	char *ours;

	if (!at)
		return written;
	ours = text_format("%.*s stp='off'%s", (int)(at - written), written, at + strlen(theirs));
	assert_non_null(ours);
	free(written);
	return ours;
}
