/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq, one process a network: started, supervised, told of changes, ended.
 *
 * It runs unprivileged, outlives a restart of vifd (dnsmasq_adopt finds it by
 * its pid file, start time and command line), and is started again when it
 * ends by itself, at most a few times a minute. Its files are in RUNTIME/dnsmasq/.
 */
#pragma once

#include <systemd/sd-event.h>

#include "model/network.h"
#include "util/error.h"

struct dnsmasq;

struct dnsmasq_options {
	sd_event *event;
	const char *folder; /* RUNTIME/dnsmasq; copied */
	/* Called in the event loop when it had ended by itself: started again (NULL) or not. */
	void (*ended)(void *userdata, struct dnsmasq *dnsmasq, const struct error *err);
	void *userdata;
};

/*
 * Writes the files and starts the process; returns when it has bound its
 * sockets and serves. What keeps it from that (no dnsmasq on this host, port 53
 * taken, an option that it refuses) is one sentence. May take some ten
 * milliseconds.
 */
int dnsmasq_start(const struct dnsmasq_options *options, const struct network *network,
		  const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err);

/* The one that is running for the network since a vifd before; starts one where none is. */
int dnsmasq_adopt(const struct dnsmasq_options *options, const struct network *network,
		  const char *bridge, struct dnsmasq **ret_dnsmasq, struct error *err);

/* The network is another now: reloads where that is enough (hosts, names), else restarts. */
int dnsmasq_update(struct dnsmasq *dnsmasq, const struct network *network, struct error *err);

/* Ends the process and removes its files but the leases; frees. NULL is fine. */
void dnsmasq_stop(struct dnsmasq *dnsmasq);

/* Leaves the process running, for the next vifd; frees. NULL is fine. */
void dnsmasq_leave(struct dnsmasq *dnsmasq);

pid_t dnsmasq_pid(const struct dnsmasq *dnsmasq);
