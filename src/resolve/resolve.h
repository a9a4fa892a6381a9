/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolve: decide, without doing.
 *
 * Pure functions of their arguments: what an interface becomes on this host
 * (the actual), and the plan that makes it so. They read no clock, no file and
 * no random number; what they need of those is in the request. The same
 * request gives the same answer, which is what the golden tests hold.
 */
#pragma once

#include "resolve/resolution.h"
#include "util/error.h"

/* Each leaves *ret_resolution untouched on error. */

/*
 * The actual alone: what the interface is on this host now, whether or not vifd
 * can serve it (settings_check) and without a plan. Sentences about the
 * choice go to ret_summary (or NULL). Both are the caller's.
 */
int resolve_place(const struct resolve_request *request, struct actual *ret_actual,
		  char **ret_summary, struct error *err);

/* What plugging the interface would be. */
int resolve_plug(const struct resolve_request *request, struct resolution *ret_resolution,
		 struct error *err);

/*
 * What request->port lacks, of what it is to be on this host now; an empty
 * plan where nothing. A port that cannot have its host's side is told to wait,
 * with the reason. -ESTALE: the tap that its guest held is gone and cannot be
 * made again.
 */
int resolve_repair(const struct resolve_request *request, struct resolution *ret_resolution,
		   struct error *err);

/*
 * What giving request->port the source of request->interface would be: the new
 * host's side first, then the end of the old one. An error where the new one
 * cannot be had.
 */
int resolve_retarget(const struct resolve_request *request, struct resolution *ret_resolution,
		     struct error *err);

/*
 * What request->port would be where request->interface, its own but for settings, says that of
 * what `change` names; all else stays what it was resolved to.
 */
int resolve_change(const struct resolve_request *request, const struct port_change *change,
		   struct resolution *ret_resolution, struct error *err);

/*
 * The devices of a port, which go with it: an array that the caller frees; none
 * where they are gone already.
 */
int resolve_unplug(const struct port *port, const struct facts *facts, struct link_ref **ret_links,
		   size_t *ret_n_links, struct error *err);

/* Is what its guest sends, or gets, to be checked or put into a VLAN at its device? */
bool resolve_is_guarded(const struct port *port, const struct facts *facts);

/* What the port stands on now: its host interface or bridge. NULL while it has none. */
const struct host_link *resolve_base(const struct port *port, const struct facts *facts);

void resolution_done(struct resolution *resolution);
#define AUTO_RESOLUTION AUTO(resolution_done)
