/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removal of many links at once.
 *
 * The kernel waits about 18 ms to forget a link, whether it is told of one or
 * of a hundred that share a link group. So doomed links are put into a group
 * of our own, and the group is deleted.
 */
#pragma once

#include <stddef.h>

#include "kernel/netlink.h"
#include "plan/plan.h"
#include "util/error.h"

/*
 * Deletes the links, by their ifindex. Links that are gone already are fine.
 * Blocks for tens of milliseconds. On failure some may be left.
 */
int removal_run(struct netlink *nl, const struct link_ref *links, size_t n_links,
		struct error *err);
