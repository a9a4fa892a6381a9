/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was probably meant by a word that is none: the candidate that is the
 * fewest slips of the finger away.
 *
 *	struct nearest nearest = { .word = "lst" };
 *	for each candidate: nearest_try(&nearest, candidate);
 *	if (nearest.name) …
 *
 * A slip is a letter too much, one too few, another one, or two that changed
 * places; capitals are no slip. More than two, or one in three letters, are another word.
 */
#pragma once

#include <stddef.h>

struct nearest {
	const char *word;
	const char *name; /* the best so far, borrowed; NULL: none is near */
	size_t slips;
};

void nearest_try(struct nearest *nearest, const char *candidate);

/* A candidate that stands for `name`: its other spelling. */
void nearest_try_as(struct nearest *nearest, const char *candidate, const char *name);
