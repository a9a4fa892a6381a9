/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The announcer: tells the switches where guests are that have come to the
 * host's network again or elsewhere, by RARP in their names (kernel/announce.h).
 */
#pragma once

#include "life/manager.h"

struct announcer;

int announcer_new(struct manager *manager, struct announcer **ret_announcer, struct error *err);
void announcer_free(struct announcer *announcer);
DEFINE_FREEP(struct announcer, announcer_free);

/* The port's guest is somewhere else now. Sends nothing yet. */
void announcer_note(struct announcer *announcer, struct port_entry *entry);

/* To be called after a pass over the ports: announces those that were noted and can be heard. */
void announcer_run(struct announcer *announcer);
