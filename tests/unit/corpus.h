/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where libvirt's own files are: $VIFD_CORPUS, by default ../shared/corpus
 * beside the project. Tests that need them are skipped without.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The folder, the caller's to free; NULL, and said so, where there is none. */
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
	print_message("# skipped: there is no corpus at %s\n", folder ? folder : "?");
	free(folder);
	return NULL;
}
