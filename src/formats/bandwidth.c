/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bandwidth.h"
#include "util/array.h"

const char bandwidth_limit_expected[] =
	"is not average[,peak[,burst[,floor]]], whole numbers of KiB/s (burst: KiB)";

/* Digits alone, up to a comma or the end: strtoull() would take signs and spaces too. */
static int read_number(const char **cursor, uint64_t *ret_number)
{
	char *end;

	if (**cursor < '0' || **cursor > '9')
		return -EINVAL;
	errno = 0;
	*ret_number = strtoull(*cursor, &end, 10);
	if (errno || (*end && *end != ','))
		return -EINVAL;
	*cursor = *end ? end + 1 : end;
	return *end && !end[1] ? -EINVAL : 0;
}

int bandwidth_limit_from_spec(const char *value, struct bandwidth_limit *ret_limit)
{
	struct bandwidth_limit limit = { 0 };
	uint64_t *const places[] = { &limit.average, &limit.peak, &limit.burst, &limit.floor };
	const char *cursor = value;

	for (size_t i = 0; i == 0 || *cursor; i++)
		if (i == ARRAY_SIZE(places) || read_number(&cursor, places[i]) < 0)
			return -EINVAL;
	limit.set = limit.average || limit.peak || limit.burst || limit.floor;
	*ret_limit = limit;
	return 0;
}
