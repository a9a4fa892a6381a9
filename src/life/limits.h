/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bandwidth of networks that stays as it is: what others take off is put there again. */
#pragma once

#include "life/manager.h"

/* Has a network that is up lost a limit that it should have? */
bool limits_lost(struct manager *manager, const struct network *network);

/*
 * Gives back what is kept of the network's inbound for ports that have gone, and notes the ports of
 * which nothing is kept that should be.
 */
void floors_look(struct manager *manager, const struct network *network);
