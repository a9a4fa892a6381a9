/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both sides of a port and its settings, in the order in which they are made. */
#pragma once

#include "backends/side.h"

/*
 * Appends the guest's side, the host's side unless the port `waits` for it, the settings of
 * both, and the last steps. 0 or -ENOMEM.
 */
int sides_make(const struct side_request *request, bool waits, struct plan *plan);
