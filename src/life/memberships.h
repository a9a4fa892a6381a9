/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The members of security groups, as the guard's sets of addresses: those that a group lists, and
 * of each port that is in it the addresses that its guest is held to, listed or learned. A port
 * whose addresses are not checked is no member by any: its guest could say that it has each.
 *
 * Kept for the groups that rules refer to. Each set is exchanged in one step.
 */
#pragma once

#include "life/manager.h"

struct memberships;

int memberships_new(struct manager *manager, struct memberships **ret_memberships,
		    struct error *err);
void memberships_free(struct memberships *memberships);
DEFINE_FREEP(struct memberships, memberships_free);

/* Ports came, went, or are others: all sets are made true when the event loop comes to it. */
void memberships_note(struct memberships *memberships);

/* At once. After a failure some may be as they were. */
int memberships_sync(struct memberships *memberships, struct error *err);

/* All members of a group now, for who tells of them: the caller's to free. */
int memberships_collect(struct manager *manager, const struct security_group *group,
			struct group_member **ret_members, size_t *ret_n, struct error *err);
