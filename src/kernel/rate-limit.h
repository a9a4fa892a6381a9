/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much goes out by a link. */
#pragma once

#include <stdint.h>

struct rate_limit {
	uint64_t rate;  /* bytes a second, in the long run; not 0 */
	uint64_t peak;  /* bytes a second while a burst lasts; 0: as fast as it goes */
	uint64_t burst; /* bytes; what is too small to keep the rate is taken as that much */
};
