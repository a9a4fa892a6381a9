/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packet filter of all networks that are started: one table, which is
 * written as a whole, and written again when somebody changes it; and rules in the filters of
 * others (openings.h) for networks that ask for them.
 */
#pragma once

#include "life/manager.h"

struct firewall;

/* Listens for changes of the packet filter. Writes nothing yet. */
int firewall_new(struct manager *manager, struct firewall **ret_firewall, struct error *err);

/* The table stays. */
void firewall_free(struct firewall *firewall);
DEFINE_FREEP(struct firewall, firewall_free);

/*
 * Writes the table of all networks that are started, and their rules in others' filters: with
 * `with`, which is to be one of them, without that of the entry `without`. Either may be NULL.
 * That somebody else's filter cannot be opened is no failure.
 */
int firewall_write(struct firewall *firewall, const struct network *with,
		   const struct network_entry *without, struct error *err);

/* Looks at the filters of others alone. */
void firewall_open_others(struct firewall *firewall);
