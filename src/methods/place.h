/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A change of a port while its guest runs: its record first, then its host; both or neither. */
#pragma once

#include "life/manager.h"
#include "resolve/resolution.h"

/* What the record says of a port besides its guest. */
struct place {
	struct interface *interface; /* NULL: it stays */
	struct actual actual;
	unsigned side;
};

void place_done(struct place *place);

/*
 * The new place is written down and made; where it cannot be had, the old one is again. Whoever
 * follows a vifd that is killed on the way goes on to the new one. The place is then the old one's.
 */
int place_take(struct manager *manager, struct port_entry *entry, struct place *place,
	       const struct resolution *resolution, uint64_t *ret_outage_usec, struct error *err);
