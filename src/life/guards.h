/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guards that stay where they belong: what others take off is put there again,
 * and the guard of a wired tap is put before all of tc (by TCX), where it costs
 * less and nobody's filter is asked first.
 */
#pragma once

#include "life/manager.h"

struct guards;

int guards_new(struct manager *manager, struct guards **ret_guards, struct error *err);
/* Waits for what it has begun. */
void guards_free(struct guards *guards);
DEFINE_FREEP(struct guards, guards_free);

/* The port's guard may be new: it is put first when nothing else has happened for a while. */
void guards_note(struct guards *guards);

/*
 * Has the port lost its guard? Where somebody's program is asked before it, it is
 * put first soon. Both are told.
 */
bool guards_lost(struct guards *guards, const struct port_entry *entry);
