/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The distance is the one of optimal string alignment, by three rows of its table. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "util/nearest.h"

enum {
	LENGTH_MAX = 32, /* longer words are nobody's slip */
	SLIPS_MAX = 2,
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static bool swapped(const char *a, size_t i, const char *b, size_t j)
{
	return i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
}

static size_t slips_between(const char *a, const char *b)
{
	size_t rows[3][LENGTH_MAX + 1], n = strlen(a), m = strlen(b);

	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		const size_t *two_above = rows[(i + 1) % 3], *above = rows[(i - 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
					 above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (swapped(a, i, b, j))
				row[j] = smaller(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void nearest_try_as(struct nearest *nearest, const char *candidate, const char *name)
{
	size_t length = strlen(nearest->word), slips;

	if (length == 0 || length > LENGTH_MAX || strlen(candidate) > LENGTH_MAX)
		return;
	slips = slips_between(nearest->word, candidate);
	if (slips > smaller(SLIPS_MAX, (length + 2) / 3) || slips >= length)
		return;
	if (nearest->name && slips >= nearest->slips)
		return;
	nearest->name = name;
	nearest->slips = slips;
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	nearest_try_as(nearest, candidate, candidate);
}
