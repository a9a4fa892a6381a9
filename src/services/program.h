/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs of the host that vifd uses.
 */
#pragma once

#include <systemd/sd-event.h>

#include "util/error.h"

/*
 * The full name of a program: what $VIFD_NAME (in capitals) says, else on the path,
 * else where programs of the system are. The caller's to free; NULL if there is none.
 */
char *program_find(const char *name);

/*
 * Runs one that is done soon, or puts itself into the background: no shell, no file of ours but
 * /dev/null, an environment of its own (PATH, LC_ALL=C), no signal blocked or ignored.
 * arguments[0] is its full name; the array ends with NULL. `ended` is called in the event loop,
 * once, and the program may be freed there: err is NULL where it ended with status 0 within the
 * time; else the sentence is the last that it said on its standard error. One that takes longer
 * is killed, and told when that has been done.
 */
struct program;
int program_start(sd_event *event, const char *const *arguments, unsigned timeout_msec,
		  void (*ended)(void *userdata, const struct error *err), void *userdata,
		  struct program **ret_program, struct error *err);

/* Its end is told as any other, as soon as the kernel has done it. */
void program_kill(struct program *program);

/*
 * One that still runs is killed. Nobody waits for that; the event loop buries it. NULL is fine.
 */
void program_free(struct program *program);
DEFINE_FREEP(struct program, program_free);

/* One that still runs goes on, for whoever comes after this process. NULL is fine. */
void program_leave(struct program *program);
