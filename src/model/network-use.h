/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a network ports use: what cannot be taken away unless somebody says so.
 *
 * A port that is being removed uses nothing any more.
 */
#pragma once

#include "model/network.h"
#include "model/port.h"
#include "util/text.h"

/*
 * The ports of that network which are on that host interface of its pool (by name or
 * address), or have that portgroup (by name or by default), for a sentence: "vif0
 * (web), vif1 and 3 more". Returns how many there are.
 */
size_t pool_entry_users(const struct port *const *ports, size_t n_ports, const char *network,
			const struct pool_entry *entry, struct text *text);
size_t portgroup_users(const struct port *const *ports, size_t n_ports, const char *network,
		       const char *portgroup, struct text *text);

/* The same of those that have a floor, and what all of them have for sure: KiB/s. */
size_t floor_users(const struct port *const *ports, size_t n_ports, const char *network,
		   uint64_t *ret_kept, struct text *text);
