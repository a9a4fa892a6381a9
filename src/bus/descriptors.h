/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The descriptors of a plug on their way to the client.
 *
 * One message carries no more than 253 (SCM_MAX_FD in the kernel's net/scm.h), and a
 * port may have 256 queues, each with one of vhost-net besides. What does not fit is
 * kept for the client to ask for, until it has all, plugs again, or goes.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/connection.h"
#include "methods/methods.h"

/* Takes the answer's descriptors; what was kept of an earlier plug goes. 0 or -ENOMEM. */
int descriptors_keep(struct connection *connection, struct plug_answer *answer);

/* Appends as many as fit, as two arrays: of the device, and of vhost-net. */
int descriptors_append(struct connection *connection, sd_bus_message *reply);

void descriptors_forget(struct connection *connection);
