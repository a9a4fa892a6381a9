/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * firewalld is told in which of its zones an interface is, by D-Bus.
 *
 * It forgets what it was told at run time whenever it is restarted or reloaded: so it is told again
 * then, by itself. Where there is no system bus yet, or it goes, it is waited for. Nothing here
 * blocks, and firewalld is never started by this.
 *
 * Source: firewalld.dbus(5).
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "util/cleanup.h"
#include "util/error.h"

struct firewalld;

int firewalld_new(sd_event *event, struct firewalld **ret_firewalld, struct error *err);

/* What firewalld knows stays with it. No callback is called any more. */
void firewalld_free(struct firewalld *firewalld);
DEFINE_FREEP(struct firewalld, firewalld_free);

enum {
	FIREWALLD_ZONES_MAX = 2,
};

struct firewalld_place {
	const char *ifname;
	const char *zones[FIREWALLD_ZONES_MAX]; /* the first that there is counts; NULL ends them */
	bool required; /* that there is none is an error; else it stays where firewalld has it */
};

/* `note`: a sentence about what is not yet so; or NULL. */
typedef void (*firewalld_callback)(void *userdata, const char *note, const struct error *error);

/*
 * The interface, which need not exist yet, is to be in the zone from now on, instead of what was
 * said of it before. Where it returns 0, firewalld's first answer is told to the callback, once:
 * before this returns or in the event loop, within some seconds. NULL: the log has errors. That
 * firewalld does not run is none.
 */
int firewalld_enter(struct firewalld *firewalld, const struct firewalld_place *place,
		    firewalld_callback callback, void *userdata, struct error *err);

/* It is in none of ours any more. Its callback is not called. */
void firewalld_leave(struct firewalld *firewalld, const char *ifname);
