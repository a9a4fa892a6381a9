/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guest: the process that a port is for. When it ends the port is released.
 */
#pragma once

#include "life/manager.h"

struct guest {
	int pidfd; /* -1: nobody */
	uint64_t start_time;
};

#define GUEST_INIT ((struct guest){ .pidfd = -1 })

/* Takes hold of the process; pid 0 is nobody. */
int guest_open(pid_t pid, struct guest *ret_guest, struct error *err);

/* From now on the entry's port is released when the process ends. Takes the guest's pidfd. */
void guest_watch(struct port_entry *entry, struct guest *guest);

/* Begins the end of all ports whose guests have ended, also where the event loop knows not yet. */
void guests_look(struct manager *manager);

/*
 * Takes hold of the process that a record names as owner. -ESRCH: it has ended, and that pid is
 * perhaps another's now. With other errors nobody knows.
 */
int guest_reopen(const struct owner *owner, struct guest *ret_guest, struct error *err);

void guest_done(struct guest *guest);
