/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager: what all of one vifd work with.
 *
 * One thread, one event loop (but for the worker). A method either finishes
 * before it returns, or hands over to release.h, which calls back. Every
 * change is written to the store before the kernel sees it, and told as an
 * event after.
 */
#pragma once

#include <systemd/sd-event.h>

#include "host/apply.h"
#include "daemon/config.h"
#include "daemon/events.h"
#include "daemon/registry.h"
#include "daemon/store.h"
#include "host/watch.h"
#include "daemon/worker.h"

struct announcer;
struct doctor;
struct firewall;
struct line;
struct release_batch;

struct manager {
	sd_event *event;
	struct config config;
	struct store store;
	struct registry registry;
	struct watch *watch;
	struct apply apply;
	struct events events;
	struct announcer *announcer;
	struct worker *worker;
	struct doctor *doctor;
	struct firewall *firewall;
	struct line *lines;              /* to VMMs that are being told something */
	struct release_batch *releases;  /* to be removed by the next job */
	struct netlink *release_netlink; /* the worker's own while a release job runs */
	bool release_running;
	bool again; /* a port is to be looked at in the next pass, whatever that is about */
};
