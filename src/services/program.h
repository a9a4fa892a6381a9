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
 * Runs one that is done soon, or puts itself into the background, and waits for that: no
 * shell, no file of ours but /dev/null, an environment of its own (PATH, LC_ALL=C), no
 * signal blocked or ignored. arguments[0] is its full name; the array ends with NULL.
 * Fails where it does not end with status 0 within the time; the sentence is the last
 * that it said on its standard error. It is killed then; no zombie stays.
 */
int program_run(const char *const *arguments, unsigned timeout_msec, struct error *err);

/*
 * The same without waiting: `ended` is called in the event loop, once, with what program_run()
 * would have said, or NULL; the program may be freed there.
 */
struct program;
int program_start(sd_event *event, const char *const *arguments, unsigned timeout_msec,
		  void (*ended)(void *userdata, const struct error *err), void *userdata,
		  struct program **ret_program, struct error *err);

/* One that still runs is killed. NULL is fine. */
void program_free(struct program *program);
DEFINE_FREEP(struct program, program_free);
