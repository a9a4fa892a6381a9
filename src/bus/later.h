/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that are worth another try a moment later.
 *
 * A guest has ended, and who saw it end stops its network, or starts it anew
 * with the same device or host interface. All that is InUse as long as the old
 * port is on its way out, some 30 milliseconds. So a call that fails with InUse
 * while something is on its way out is made once more when that has gone, and
 * only then answered.
 *
 * One about a network that is being started, changed or stopped fails with Unsettled. It waits
 * for its turn: those that wait are made again, in their order, whenever such a thing is over.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/connection.h"

/*
 * Handles a call by `handler`, now or a moment later. Does what a handler of sd-bus
 * does; the handler's userdata is the connection.
 */
int later_call(struct connection *connection, sd_bus_message *message,
	       sd_bus_message_handler_t handler, sd_bus_error *error);

/* The client has gone: its calls are not made any more. */
void later_forget(struct connection *connection);
