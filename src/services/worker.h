/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker: one thread for what the kernel makes wait for.
 *
 * Deleting a link waits for an RCU grace period (about 18 ms), closing a
 * device's last fd for half of that: neither belongs into the event loop. A
 * job's run() is called in the thread and may touch nothing but the job; its
 * done() is called in the event loop afterwards, and ends it. Jobs run one
 * after the other in the order of their submission.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "util/error.h"

struct job {
	void (*run)(struct job *job);
	void (*done)(struct job *job, void *userdata);
	struct job *next; /* the worker's own */
};

struct worker;

/* done() gets `userdata`. */
int worker_new(sd_event *event, void *userdata, struct worker **ret_worker, struct error *err);

/* The worker borrows the job until done() is called. */
void worker_submit(struct worker *worker, struct job *job);

/* No job is waiting, running or to be told of. */
bool worker_is_idle(const struct worker *worker);

/* Waits for the jobs that were submitted and calls their done(). */
void worker_free(struct worker *worker);
