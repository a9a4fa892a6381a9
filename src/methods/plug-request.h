/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of resolve for an interface that is no port yet. */
#pragma once

#include "methods/methods.h"

/*
 * Reads it, refuses what cannot be served, and gives it a MAC where it has
 * none. Errors begin with the source and the line.
 */
int plug_interface(const char *xml, const char *source, const struct plug_options *options,
		   struct interface **ret_interface, struct error *err);

/*
 * The host as it is now, a new uuid, and whose the device will be: who was
 * named, else the user of the process that it is for, else the caller. It
 * borrows as port_request() does.
 */
int plug_request(const struct caller *caller, struct manager *manager,
		 const struct interface *interface, const struct plug_options *options,
		 struct resolve_request *ret_request, struct error *err);
