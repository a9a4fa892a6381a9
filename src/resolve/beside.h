/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network has beside its bridge or its pool, also where these are the host's: a part of its
 * plan, and nothing of the others' is asked for it.
 *
 *	resolve/relay.h		ports of the bridge that are a switch for guests in mode VEPA
 *	resolve/host-access.h	the host among guests that stand on its interface
 *	resolve/tunnel.h	the same network on other hosts
 */
#pragma once

#include <stdint.h>

#include "resolve/beside-part.h"

/* Appends what is missing of it. */
int beside_need(const struct beside *beside);

/* Appends what is another than request->former's and can be while the network runs. */
int beside_change(const struct beside *beside);

/* Appends its end: first what can be undone, then, as the last steps, what goes for good. */
int beside_leave(const struct beside *beside);
int beside_delete(const struct beside *beside);

/* Another number when anything of the host that it is compared with is another than it was. */
uint64_t beside_seen(const struct network *network, const struct facts *facts);
