/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes, told apart for good: a pid is reused, a pid with its start time is not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

/*
 * Opens a pidfd of the process and reads its start time (clock ticks since
 * boot, proc(5) stat field 22). The pair belongs together: the process was
 * alive after the time had been read. -ESRCH where there is none.
 */
int process_open(pid_t pid, int *ret_pidfd, uint64_t *ret_start_time, struct error *err);

/* The user as whom the process acts (its effective uid). -ESRCH where there is no process. */
int process_uid(pid_t pid, uid_t *ret_uid, struct error *err);

/* Is the user all that the process is: by its real, effective, saved and file system's uid? */
bool process_is_of(pid_t pid, uid_t uid);

/* Has a signal stopped it, so that it does nothing until it is continued? */
bool process_is_stopped(pid_t pid);
