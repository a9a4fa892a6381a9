/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which ports a pass has to look at, after what has changed. */
#pragma once

#include "life/manager.h"

/* Sorted; own may have one twice. */
struct uuid_set {
	struct uuid *items;
	size_t n;
};

struct concern {
	int *ifindexes; /* of changed links that are not ours, sorted */
	size_t n_ifindexes;
	struct uuid_set own;  /* ports whose devices have changed */
	struct uuid_set taps; /* ports whose guests' devices have */
	bool all;
};

/* Takes the changes from the watch. */
void concern_init(struct concern *concern, struct watch *watch);
void concern_done(struct concern *concern);

/* Is the port to be looked at? */
bool concern_has(const struct concern *concern, const struct port_entry *entry);

/* Has the device changed that its guest holds? */
bool concern_has_tap(const struct concern *concern, const struct port_entry *entry);

/* It is about none but the ports in `own`. */
bool concern_is_own(const struct concern *concern);
