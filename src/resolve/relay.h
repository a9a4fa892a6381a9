/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:reflective-relay dev=/> of a network: a host interface, a port of the network's bridge,
 * behind which frames are sent back (IEEE 802.1Qbg), so that guests there in mode VEPA reach each
 * other. The interface is its owner's: only this one flag of its port is set, and taken off again
 * when the network is stopped. One that is no port of the bridge now is one later, or never.
 */
#pragma once

#include "resolve/beside-part.h"

/* As beside_need() and beside_leave(). */
int relay_need(const struct beside *beside);
int relay_end(const struct beside *beside);
