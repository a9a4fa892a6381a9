/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues that other processes hold.
 *
 * A VMM's tap is its open files. These functions find them from outside:
 * whether a process has a tap open, and duplicates of its queues, for a daemon
 * that was restarted under it.
 *
 * They read /proc, and take fds by pidfd_getfd(2), which needs the permission
 * to trace the process (CAP_SYS_PTRACE; the target's own namespace does not
 * matter). The process is not disturbed. Each call is one pass over its fds, and does not
 * wait.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "util/error.h"

/*
 * Duplicates n queues of the tap or macvtap `ifname` of the calling thread's
 * network namespace into ret_fds (the caller's to close), in the order of their
 * numbers in the process, each queue once however often the process has it.
 * pidfd and pid are the same process. -ENOENT if it holds less than n of them,
 * -ESRCH if it has ended.
 */
int held_find(int pidfd, pid_t pid, const char *ifname, unsigned n, int *ret_fds,
	      struct error *err);

/*
 * Has the process the tap of this name open? False for a process that is not
 * there or cannot be looked into, and always for a macvtap, of which /proc
 * does not tell.
 */
bool held_by_process(pid_t pid, const char *ifname);
