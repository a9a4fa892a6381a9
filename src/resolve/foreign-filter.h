/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the packet filters of others do to a network that vifd makes, in sentences. vifd's own
 * table cannot overrule one that drops.
 */
#pragma once

#include "model/host-filter.h"
#include "model/network.h"
#include "util/text.h"

/* A line for each filter that is in the network's way, with the rule that helps. */
void foreign_filter_tell(const struct host_filters *filters, const struct network *network,
			 const char *bridge, struct text *text);
