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
		   enum port_type type, struct text *summary, struct actual *ret_actual,
		   struct error *err);

/*
 * What is known of the actual of an interface whose network has nothing for it
 * now: the type and mode, no device. False where waiting makes no sense, as
 * the network is not there or not active.
 */
bool actual_undecided(const struct resolve_request *request, struct actual *ret_actual);
