/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The security groups that vifd knows, by name. */
#pragma once

#include "model/group.h"

struct groups {
	struct security_group **items; /* by name */
	size_t n;
};

/* Borrowed; NULL: there is none. `groups` is a struct groups: group_find_func. */
const struct security_group *groups_find(void *groups, const char *name);

/*
 * Puts it in the place of the one of its name, which is returned by *ret_old (NULL: there was
 * none). Takes it; 0 or -ENOMEM.
 */
int groups_put(struct groups *groups, struct security_group *group,
	       struct security_group **ret_old);
/* Takes it out, for the caller; NULL: there is none. */
struct security_group *groups_take(struct groups *groups, const char *name);

/* Does a rule of any of them name that group? The first that does; NULL: none. */
const struct security_group *groups_referrer(const struct groups *groups, const char *name);

void groups_done(struct groups *groups);
