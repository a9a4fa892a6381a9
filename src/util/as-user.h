/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Another user's eyes: until the end of the block this thread opens files with that
 * user's permissions and without CAP_DAC_OVERRIDE and the like; its other capabilities
 * stay. Where it may not change (CAP_SETUID) it goes on as it is.
 *
 *	AUTO(as_user_end) struct as_user user = as_user_begin(uid);
 *
 * So vifd can do without CAP_DAC_OVERRIDE: the descriptors of a VMM, and the socket of one,
 * are its user's, and root has no more right to them than anybody else.
 */
#pragma once

#include <sys/fsuid.h>
#include <sys/types.h>

/* Its end is its use. */
struct as_user {
	uid_t before;
} __attribute__((unused));

static inline struct as_user as_user_begin(uid_t uid)
{
	return (struct as_user){ .before = (uid_t)setfsuid(uid) };
}

static inline void as_user_end(struct as_user *user)
{
	(void)setfsuid(user->before);
}
