/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "backends/backend.h"
#include "resolve/resolve.h"
#include "util/text.h"

/*
 * What the request's interface is on this host: itself, or what its network
 * says. `base` is a backend request with all but the actual filled in, to ask
 * the backends which interface of a pool can carry it. Sentences about the
 * choice are added to `summary`. The caller owns *ret_actual.
 */
int actual_resolve(const struct resolve_request *request, const struct backend_request *base,
		   struct text *summary, struct actual *ret_actual, struct error *err);
