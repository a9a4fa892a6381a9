/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>

#include "model/bandwidth.h"
#include "util/array.h"

enum { BURST_MAX = (1 << 22) - 1 };
static const uint64_t rate_max = 1ULL << 54;

static int too_big(uint64_t value, const char *what, uint64_t max, struct error *err)
{
	if (value <= max)
		return 0;
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "bandwidth %s='%" PRIu64 "' is more than %" PRIu64, what, value, max);
}

static int validate_limit(const struct bandwidth_limit *limit, bool floor_allowed,
			  struct error *err)
{
	int r;

	if (!limit->set)
		return 0;
	if (limit->floor && !floor_allowed)
		return error_set(
			err, -EINVAL, ERROR_INVALID_ARGUMENT,
			"bandwidth floor= is possible only in <inbound> of an interface of "
			"type='network'");
	if (!limit->average && !limit->floor)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "bandwidth needs average= or floor= in <inbound> and average= in "
				 "<outbound>");
	r = too_big(limit->average, "average", rate_max, err);
	if (r == 0)
		r = too_big(limit->peak, "peak", rate_max, err);
	if (r == 0)
		r = too_big(limit->floor, "floor", rate_max, err);
	return r < 0 ? r : too_big(limit->burst, "burst", BURST_MAX, err);
}

int bandwidth_validate(const struct bandwidth *bandwidth, bool floor_allowed, struct error *err)
{
	int r = validate_limit(&bandwidth->inbound, floor_allowed, err);

	if (r == 0)
		r = validate_limit(&bandwidth->outbound, false, err);
	if (r < 0 && bandwidth->line)
		error_prefix(err, "line %u: ", bandwidth->line);
	return r;
}

bool bandwidth_limits(const struct bandwidth *bandwidth)
{
	return bandwidth->inbound.set || bandwidth->outbound.set;
}

bool bandwidth_limit_asks(const struct bandwidth_limit *limit)
{
	return limit->set && limit->average > 0;
}

uint64_t bandwidth_limit_floors(const struct bandwidth_limit *limit)
{
	return limit->peak ? limit->peak : limit->average;
}

bool bandwidth_limit_equal(const struct bandwidth_limit *a, const struct bandwidth_limit *b)
{
	return a->set == b->set && a->average == b->average && a->peak == b->peak &&
	       a->burst == b->burst && a->floor == b->floor;
}

bool bandwidth_equal(const struct bandwidth *a, const struct bandwidth *b)
{
	return a->set == b->set && bandwidth_limit_equal(&a->inbound, &b->inbound) &&
	       bandwidth_limit_equal(&a->outbound, &b->outbound);
}
