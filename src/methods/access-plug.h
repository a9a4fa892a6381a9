/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a listed user may ask of a port: on which networks and host interfaces, how many, and
 * nothing that those who made the network have to say. Of root and members nothing is asked.
 */
#pragma once

#include "methods/access.h"

/*
 * The facts must be true now. "line N: …", ERROR_PERMISSION. `own` is the port that is
 * retargeted, or NULL.
 */
int access_check_interface(const struct caller *caller, const struct manager *manager,
			   const struct interface *interface, const struct port *own,
			   struct error *err);

/* May the caller have one more port? ERROR_IN_USE where not. */
int access_check_number(const struct caller *caller, const struct manager *manager,
			struct error *err);
