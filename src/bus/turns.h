/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns: those who ask without end share a part of vifd's time, one after the other.
 *
 * Who has had its turn for a while makes all of them wait three times as long. So however
 * many there are, vifd is there for others most of the time, and the host has its CPU.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "util/error.h"

struct turns;

/* Lies in its owner, who leaves before it ends. */
struct turn {
	void (*begin)(void *userdata); /* it is its turn, after it had to wait */
	void *userdata;
	struct turn *next; /* the queue's own, as */
	bool waits;
};

int turns_new(sd_event *event, struct turns **ret_turns, struct error *err);
void turns_free(struct turns *turns);

/* True: it is its turn now. False: begin() is called when it is; not before this returns. */
bool turns_take(struct turns *turns, struct turn *turn);

/* A turn has taken so long. */
void turns_spend(struct turns *turns, uint64_t usec);

void turns_leave(struct turns *turns, struct turn *turn);
