/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tap: the guest's side of all ports but direct ones. */
#pragma once

#include "backends/backend.h"

/*
 * Appends what makes the request's tap, if it does not exist: created down,
 * with its queues open; on the fds that are held of it, if there are. `mtu`
 * in bytes, 0 for the kernel's choice; host_ip: the host's own stack will talk
 * through it. 0 or -ENOMEM, here and below.
 */
int tap_make(const struct backend_request *request, unsigned mtu, bool host_ip, struct plan *plan);

/*
 * The last steps: its MTU, up; a tap for a VMM that opens it by name outlives
 * our fds. A tap that is neither wired nor on a bridge hands the guest's frames
 * to the host's stack: so one that waits is not set up, and one that has lost
 * its bridge is set down. One whose macvlan has gone is still wired, to nothing.
 */
int tap_finish(const struct backend_request *request, bool waits, struct plan *plan);

/* Undoes the last step, which takes the tap off its bridge: puts it back as it was. */
int tap_undo_bridge(const struct backend_request *request, struct plan *plan);

/* Appends its leaving of the bridge that it is a port of, if it is. */
int tap_leave_bridge(const struct backend_request *request, struct plan *plan);

/* Appends the end of its wiring to a macvlan, if it may have one. */
int tap_unwire(const struct backend_request *request, struct plan *plan);
