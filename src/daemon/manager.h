/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager: all of one vifd, and what happens to it.
 *
 * One thread, one event loop (but for the worker). A method either finishes
 * before it returns, or hands over to release.h, which calls back. Every
 * change is written to the store before the kernel sees it, and told as an
 * event after.
 */
#pragma once

#include <systemd/sd-event.h>

#include "apply/apply.h"
#include "daemon/config.h"
#include "daemon/registry.h"
#include "daemon/store.h"
#include "daemon/watch.h"
#include "daemon/worker.h"

struct announcer;
struct bus;
struct line;
struct nft;
struct nft_watch;
struct release_batch;

struct manager {
	sd_event *event;
	struct config config;
	struct store store;
	struct registry registry;
	struct watch *watch;
	struct apply apply;
	struct announcer *announcer;
	struct worker *worker;
	struct nft *nft;                  /* NULL: this kernel has no nftables */
	struct nft_watch *nft_watch;      /* NULL as nft */
	sd_event_source *firewall_source; /* somebody changed the packet filter */
	struct bus *bus;                  /* NULL until it listens */
	struct line *lines;               /* to VMMs that are being told something */
	struct release_batch *releases;   /* to be removed by the next job */
	struct netlink *release_netlink;  /* the worker's own while a release job runs */
	bool release_running;
	bool started_unread; /* a record of a started network could not be read */
	bool again; /* a port is to be looked at in the next pass, whatever that is about */
	unsigned next_index; /* where to look for the next free vifN */
	uint64_t idle_usec;  /* leave after that long with nothing to do; 0: stay */
	sd_event_source *idle_timer;
};

struct manager_options {
	const char *runtime_dir;
	const char *config_dir;
	uint64_t idle_usec;
};

/* Loads the store and opens the kernel's sockets; changes nothing on the host. */
int manager_new(sd_event *event, const struct manager_options *options,
		struct manager **ret_manager, struct error *err);

/*
 * Makes the host agree with the records: finishes what a crash left, releases
 * ports whose guests ended, repairs the others, removes devices that no port
 * owns, starts networks that are to be started at boot.
 */
int manager_recover(struct manager *manager, struct error *err);

void manager_free(struct manager *manager);
DEFINE_FREEP(struct manager, manager_free);

/*
 * Something happened: logged, and sent to whoever listens. What does not apply
 * is NULL or 0.
 */
struct event {
	const char *name;
	const char *port;
	const char *network;
	const char *cause;
	uint64_t outage_usec;
};
void manager_event(struct manager *manager, const struct event *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* To be called whenever something ended: arms or stops the idle timer. */
void manager_check_idle(struct manager *manager);

/* Writes the record down; says so in the log where that fails. */
void manager_write_port(struct manager *manager, const struct port_entry *entry);
