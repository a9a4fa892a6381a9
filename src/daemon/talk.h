/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talk: what vifd has to say to the VMM of a port, over QMP.
 *
 * Two things: here is a new macvtap, give it to your guest instead of the dead
 * one (direct ports); and the carrier that the guest sees (follow-link). QEMU
 * serves one client at a time, so a connection lasts as long as there is
 * something to say. A port talks of one thing at a time; a new one ends the
 * old one.
 */
#pragma once

#include "daemon/manager.h"

struct talk;

/*
 * Hands the port's new queues to its VMM. Takes the result's fds. When it is
 * done reconcile_handed() is called; not before this returns.
 */
int talk_hand_over(struct manager *manager, struct port_entry *entry, struct apply_result *result,
		   struct error *err);

/* Sets the carrier that the guest sees; failure is logged. */
void talk_set_link(struct manager *manager, struct port_entry *entry, bool up);

/* Is the port's VMM being handed its queues now? */
bool talk_is_handing_over(const struct port_entry *entry);

/* Ends what the port's VMM is being told. */
void talk_end(struct port_entry *entry);
