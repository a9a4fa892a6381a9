/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was found at the other ends of host interfaces, and finding it.
 *
 * A probe takes some seconds, in a thread of its own; who asks for a host interface
 * that is being probed is told what that finds. What was found is kept, with its
 * time, as long as the host interface is there.
 */
#pragma once

#include "life/manager.h"
#include "model/far-end.h"

struct far_ends;

int far_ends_new(struct manager *manager, struct far_ends **ret_far_ends, struct error *err);
/* Who waits is told so. */
void far_ends_free(struct far_ends *far_ends);

/* `far_end` lasts as long as the call; NULL where error says why. */
typedef void (*far_end_callback)(void *userdata, const struct host_link *link,
				 const struct far_end *far_end, const struct error *error);

/*
 * Probes a host interface, by its name. On success the callback is called once, later, from the
 * event loop or far_ends_free(). ERROR_NO_DEVICE, ERROR_DEVICE_UNSUITABLE: it is down, …
 */
int far_ends_probe(struct far_ends *far_ends, const char *name, far_end_callback callback,
		   void *userdata, struct error *err);

/* What was found last; NULL: nothing yet. Borrowed, until the next pass of the event loop. */
const struct far_end *far_ends_find(const struct far_ends *far_ends, int ifindex);

bool far_ends_are_idle(const struct far_ends *far_ends);
