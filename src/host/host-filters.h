/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filters of others as facts.
 */
#pragma once

#include "model/host-filter.h"
#include "util/error.h"

/* Those that drop, and have no rule that names the interface. */
int host_filters_read(const char *ifname, struct host_filters *ret_filters, struct error *err);
