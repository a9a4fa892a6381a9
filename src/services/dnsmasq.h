/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq, one process a network: started, supervised, told of changes, ended.
 *
 * It runs unprivileged, outlives a restart of vifd, which finds it again, and is started again
 * when it ends by itself, at most a few times a minute. Its files are in RUNTIME/dnsmasq/
 * (dnsmasq-files.h).
 *
 * Nothing here waits for a process. What is asked for is done in the event
 * loop, one phase after the other, and only the last wish counts:
 *
 *	down		nothing runs; while it was given up, until the next try
 *	ending		what runs, or is on its way, is no longer wanted; SIGTERM, then SIGKILL
 *	starting	its files are written, and dnsmasq is on its way
 *	serving		it has bound its sockets
 *
 * No function here is for a network for which dnsmasq_is_needed()
 * (formats/dnsmasq-conf.h) is false, but dnsmasq_end(). Errors do not name the network.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "formats/resolv-conf.h"
#include "model/network.h"
#include "util/error.h"

struct dnsmasq;

struct dnsmasq_options {
	sd_event *event;
	const char *folder; /* RUNTIME/dnsmasq; made where it is missing; has to outlive it */
	/* Whom the host asks for names; borrowed. Others take effect with dnsmasq_serve(). */
	const struct name_servers *servers;
	/*
	 * Called in the event loop when what was asked for is over, once for all that was asked
	 * meanwhile: it serves, or has ended as it should (err is NULL). Or it was refused; then
	 * it serves again what it served before, where that can be, or is tried again.
	 */
	void (*settled)(void *userdata, struct dnsmasq *dnsmasq, const struct error *err);
	/*
	 * Called in the event loop when it had ended by itself: started again (err is
	 * NULL), or not, and then it is tried again when the minute is over. Both may ask for
	 * something else.
	 */
	void (*ended)(void *userdata, struct dnsmasq *dnsmasq, const struct error *err);
	void *userdata;
	uint64_t window_usec; /* instead of the minute, for tests; 0: the minute */
};

/* Looks at nothing and touches nothing yet. */
int dnsmasq_new(const struct dnsmasq_options *options, const char *network,
		struct dnsmasq **ret_dnsmasq, struct error *err);

/*
 * Makes it serve what the network is now. Takes over the process that a vifd before has left,
 * starts one where none is running, reloads where that is enough (hosts, names, servers), replaces
 * it where it is not, does nothing where nothing is different. A bridge that was made anew is
 * another one, so it is to be called then, too.
 *
 * What cannot be tried at all (no dnsmasq on this host, a value that it cannot be told) is told at
 * once, and all is as it was before. What keeps it from serving later (port 53 taken, an option
 * that it refuses) is told by options.settled(), which is called if dnsmasq_is_busy() now.
 */
int dnsmasq_serve(struct dnsmasq *dnsmasq, const struct network *network, const char *bridge,
		  struct error *err);

/*
 * Ends the process, also one that a vifd before has left, and removes its files but the leases.
 * That is over when dnsmasq_is_busy() is false: now, or when options.settled() is called.
 */
void dnsmasq_end(struct dnsmasq *dnsmasq);

/* Will options.settled() be called? */
bool dnsmasq_is_busy(const struct dnsmasq *dnsmasq);

/*
 * Frees. What serves or is on its way goes on, for the next vifd; what was to end is killed.
 * NULL is fine.
 */
void dnsmasq_leave(struct dnsmasq *dnsmasq);
DEFINE_FREEP(struct dnsmasq, dnsmasq_leave);

/* 0 while it does not serve. */
pid_t dnsmasq_pid(const struct dnsmasq *dnsmasq);

/* Why it does not serve though it should; NULL: it does, or is on its way, or is not asked to. */
const char *dnsmasq_problem(const struct dnsmasq *dnsmasq);
