/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of sides that there are, each defined in the file of its name. */
#pragma once

#include "backends/side.h"

extern const struct guest_side guest_tap;
extern const struct guest_side guest_macvtap;

extern const struct host_side host_macvlan;
extern const struct host_side host_bridge;
extern const struct host_side host_none;
