/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vifd as a whole: makes what its parts work with, joins them, and ends the
 * loop when there has been nothing to do for long enough.
 */
#pragma once

#include <systemd/sd-event.h>

#include "util/error.h"

struct vifd;

struct vifd_options {
	const char *runtime_dir;
	const char *config_dir;
	const char *data_dir; /* what comes with vifd */
	uint64_t idle_usec;   /* leave after that long with nothing to do; 0: stay */
};

/*
 * Clients may connect, and the host agrees with the records (recover.h), when
 * this returns; they are served by the event loop.
 */
int vifd_new(sd_event *event, const struct vifd_options *options, struct vifd **ret_vifd,
	     struct error *err);

/* Ports and networks stay as they are. */
void vifd_free(struct vifd *vifd);
DEFINE_FREEP(struct vifd, vifd_free);
