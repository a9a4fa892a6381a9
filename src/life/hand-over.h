/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is handed over to the VMM of a port while it runs, over QMP.
 *
 * Two things: a new macvtap, to be given to the guest instead of the dead one
 * (direct ports); and the carrier that the guest sees (follow-link). One thing a
 * port at a time; a new one ends the old one. It takes as long as the guest
 * takes: one in its firmware lets no NIC go before its kernel runs.
 */
#pragma once

#include "life/manager.h"

/*
 * Hands the port's new queues to its VMM, for a NIC of that MTU. Takes the
 * result's fds. When that is over the port is looked at (watch_note_port()), and
 * hand_over_take_result() has what became of it.
 */
int hand_over_queues(struct manager *manager, struct port_entry *entry, unsigned mtu,
		     struct apply_result *result, struct error *err);

/* Sets the carrier that the guest sees; failure is logged. */
void hand_over_link(struct manager *manager, struct port_entry *entry, bool up);

/* Is the port's VMM being handed its queues, or was it and nobody has taken the result? */
bool hand_over_is_running(const struct port_entry *entry);

/* Is that over, with a result that nobody has taken yet? */
bool hand_over_is_over(const struct port_entry *entry);

/* Ends one that is over: 1 where the VMM has the queues, negative where not. Else 0. */
int hand_over_take_result(struct port_entry *entry, struct error *err);

/* Ends what the port's VMM is being handed. */
void hand_over_end(struct port_entry *entry);
