/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "backends/side.h"
#include "resolve/resolution.h"
#include "util/text.h"

/*
 * What the request's interface is on this host: itself, or what its network
 * says. The asker asks which interface of a pool can carry it. `settings` is an
 * actual whose settings are to be kept, or NULL: they are merged. Sentences about the
 * choice are added to `summary`. The caller owns *ret_actual.
 *
 * 0 with *ret_missing set: of the network's pool no interface can carry it now,
 * for that reason; the actual is whole but for the device.
 */
int actual_resolve(const struct resolve_request *request, const struct asker *asker,
		   const struct actual *settings, struct text *summary, struct actual *ret_actual,
		   struct error *ret_missing, struct error *err);

/*
 * Would the network still give what the port has: is its interface in the pool,
 * its bridge the network's?
 */
bool actual_is_offered(const struct network *network, const struct actual *actual);
