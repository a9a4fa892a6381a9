/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:host-access> of a network: the host among the guests that stand on its interface.
 *
 * A macvlan never brings frames to the interface that it stands on, so the host gets one of its own
 * beside theirs, in mode bridge, with an address of its own, and by the prefix of that the
 * route to them.
 */
#pragma once

#include "resolve/beside-part.h"

/* As beside_need(). An interface that is not there is waited for. */
int host_access_need(const struct beside *beside);

/* Appends the end of the device. */
int host_access_end(const struct beside *beside);
