/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiters: those who are told once that something is over.
 */
#pragma once

/* Lies in its owner, who leaves before it ends. Begins as { gone, userdata }. */
struct waiter {
	void (*gone)(void *userdata);
	void *userdata;
	struct waiter *next, **at; /* the list's own */
};

/* To the end of the list. */
void waiter_join(struct waiter **first, struct waiter *waiter);

/* One that does not wait, or no longer, is fine. */
void waiter_leave(struct waiter *waiter);

/* Tells all that wait now, in their order; each may leave, end others, and wait again. */
void waiters_tell(struct waiter **first);
