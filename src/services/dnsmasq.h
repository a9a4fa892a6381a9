/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq, one process a network: started, supervised, told of changes, ended.
 *
 * It runs unprivileged, outlives a restart of vifd (dnsmasq_adopt finds it by
 * its pid file and command line), and is started again when it ends by itself, at
 * most a few times a minute. Its files are in RUNTIME/dnsmasq/: NAME.conf, .hosts,
 * .names, .servers, .pid and .leases. It reads some of them without privileges: everybody
 * must be able to enter the folder.
 *
 * No function here is for a network for which dnsmasq_is_needed()
 * (formats/dnsmasq-conf.h) is false. Each blocks until dnsmasq has answered: some ten
 * milliseconds, in the worst case some seconds. Errors do not name the network.
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
	const char *folder; /* RUNTIME/dnsmasq; copied, made where it is missing */
	/* Whom the host asks for names; borrowed. Others take effect with dnsmasq_update(). */
	const struct name_servers *servers;
	/*
	 * Called in the event loop when it had ended by itself: started again (err is
	 * NULL), or not, and then it is tried again when the minute is over. It may stop it.
	 */
	void (*ended)(void *userdata, struct dnsmasq *dnsmasq, const struct error *err);
	/*
	 * Called in the event loop when a start that did not wait is over: it serves (err is
	 * NULL), or not, and then it is tried again. It may stop it. NULL: starts wait.
	 */
	void (*started)(void *userdata, struct dnsmasq *dnsmasq, const struct error *err);
	void *userdata;
	uint64_t window_usec; /* instead of the minute, for tests; 0: the minute */
};

/*
 * Writes the files and starts the process; returns when it has bound its
 * sockets and serves. What keeps it from that (no dnsmasq on this host, port 53
 * taken, an option that it refuses) is one sentence, and nothing is left then
 * but leases of before.
 */
int dnsmasq_start(const struct dnsmasq_options *options, const struct network *network,
		  const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err);

/*
 * The one that is running for the network since a vifd before, told of what has
 * changed meanwhile; starts one where none is.
 */
int dnsmasq_adopt(const struct dnsmasq_options *options, const struct network *network,
		  const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err);

/*
 * Makes it serve what the network is now. Reloads where that is enough (hosts, names, servers),
 * restarts where it is not, starts it where it is not running, does nothing where
 * nothing is different. A bridge that was made anew is another one, so it is to be
 * called then, too. After a failure it serves what it served before, where that can be.
 */
int dnsmasq_update(struct dnsmasq *dnsmasq, const struct network *network, struct error *err);

/* Ends the process and removes its files but the leases; frees. NULL is fine. */
void dnsmasq_stop(struct dnsmasq *dnsmasq);

/* The same for one that was not adopted, if there is any. */
void dnsmasq_end(const char *folder, const char *network);

/* Leaves the process running, for the next vifd; frees. NULL is fine. */
void dnsmasq_leave(struct dnsmasq *dnsmasq);

/*
 * For the start of vifd, before anything is adopted: ends the processes in the folder that
 * serve none of the networks, and removes their files but the leases.
 */
void dnsmasq_sweep(const char *folder, bool (*is_wanted)(void *userdata, const char *network),
		   void *userdata);

/* Is one on its way, of which options.started or options.ended is told? */
bool dnsmasq_is_starting(const struct dnsmasq *dnsmasq);

/* 0 while it is not running. */
pid_t dnsmasq_pid(const struct dnsmasq *dnsmasq);

/* Why it is not running though it should; NULL: it is, or nobody has asked for it. */
const char *dnsmasq_problem(const struct dnsmasq *dnsmasq);

/* Its file of leases in the folder (formats/dhcp-leases.h); the caller's to free, or NULL. */
char *dnsmasq_leases_path(const char *folder, const char *network);
