/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talk: what vifd has to say to the VMM of a port, over QMP.
 *
 * Two things: here is a new macvtap, give it to your guest instead of the dead
 * one (direct ports); and the carrier that the guest sees (follow-link). A port
 * talks of one thing at a time; a new one ends the old one. It takes as long as
 * the guest takes: one in its firmware lets no NIC go before its kernel runs.
 */
#pragma once

#include "daemon/manager.h"

struct talk;

/*
 * Hands the port's new queues to its VMM, for a NIC of that MTU. Takes the
 * result's fds. When it is over the port is looked at (watch_note_port()), and
 * talk_take_result() has what became of it.
 */
int talk_hand_over(struct manager *manager, struct port_entry *entry, unsigned mtu,
		   struct apply_result *result, struct error *err);

/* Sets the carrier that the guest sees; failure is logged. */
void talk_set_link(struct manager *manager, struct port_entry *entry, bool up);

/* Is the port's VMM being handed its queues now? */
bool talk_is_handing_over(const struct port_entry *entry);

/* Is that over, with a result that nobody has taken yet? */
bool talk_is_over(const struct port_entry *entry);

/* Ends a hand-over that is over: 1 where the VMM has the queues, negative where not. Else 0. */
int talk_take_result(struct port_entry *entry, struct error *err);

/* Ends what the port's VMM is being told. */
void talk_end(struct port_entry *entry);
