/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tap that several backends begin with. */
#pragma once

#include "backends/backend.h"

/*
 * Appends what makes the request's tap, if it does not exist: created down,
 * with its queues open. `mtu` in bytes, 0 for the kernel's choice; host_ip:
 * the host's own stack will talk through it. 0 or -ENOMEM.
 */
int tap_make(const struct backend_request *request, unsigned mtu, bool host_ip, struct plan *plan);

/* To be the last step: a tap for a VMM that opens it by name outlives our fds. 0 or -ENOMEM. */
int tap_make_persistent(const struct backend_request *request, struct plan *plan);
