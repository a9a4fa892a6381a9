/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security groups and the ports that are in them: a group that is defined anew reaches every
 * running port that is in it, or none and stays as it was.
 */
#pragma once

#include "life/manager.h"

/* Is the port in the group? */
bool groups_has_port(const struct manager *manager, const struct port *port, const char *name);

/* Takes the group, and stores it. *ret_outcome: "defined", "replaced", "unchanged". */
int groups_define(struct manager *manager, struct security_group *group, const char **ret_outcome,
		  struct error *err);

/* Only where no port is in it, and no other group refers to it. */
int groups_undefine(struct manager *manager, const char *name, struct error *err);

/*
 * Lists these members too, and those no longer: in one step, for all rules that refer to the
 * group. *ret_n: how many it lists then.
 */
int groups_change_members(struct manager *manager, const char *name,
			  const struct group_member *added, size_t n_added,
			  const struct group_member *removed, size_t n_removed, size_t *ret_n,
			  struct error *err);

/* Reads all of them, when vifd starts. */
void groups_load(struct manager *manager);
