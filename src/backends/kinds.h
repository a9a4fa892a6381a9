/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backends that there are, each defined in the file of its name. */
#pragma once

#include "backends/backend.h"

extern const struct backend backend_macvlan;
extern const struct backend backend_macvtap;
extern const struct backend backend_bridge;
extern const struct backend backend_ethernet;
