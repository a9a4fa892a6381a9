/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filters of others as facts.
 */
#pragma once

#include "model/host-filter.h"
#include "model/uuid.h"
#include "util/error.h"

/*
 * Those that drop, but where a rule of somebody else's names the interface (NULL: all). `network`:
 * whose they are opened for; or NULL.
 */
int host_filters_read(const char *ifname, const struct uuid *network,
		      struct host_filters *ret_filters, struct error *err);
