/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The networks that vifd makes itself, as they stand on the host: bridge,
 * addresses, packet filter, dnsmasq.
 *
 * One operation in three situations, as with ports: a start, the repair of what
 * somebody took away, and the recovery after vifd's own end all compare the
 * network with the host and do what is missing.
 */
#pragma once

#include "life/network-runtime.h"

/* `summary`: sentences, a line each; or NULL. error is NULL where the network is started. */
typedef void (*network_started_callback)(void *userdata, const struct network_entry *entry,
					 const char *summary, const struct error *error);

struct network_start_options {
	bool force; /* what it takes from the host is meant to be taken (resolve/takeover.h) */
	bool open_firewall; /* as <vif:firewall open='yes'/>, whatever the definition says */
};

/*
 * Starts the network of a definition: writes its record, and makes it real if it is one that vifd
 * makes. On failure host and record are as before. Where it returns 0 the callback is called,
 * once: before that or in the event loop, for its dnsmasq is not waited for. NULL: the log says
 * what there is to say.
 */
int networks_start(struct manager *manager, struct network_entry *entry,
		   const struct network_start_options *options, network_started_callback callback,
		   void *userdata, struct error *err);

/*
 * Takes a started network off the host. What has gone already is no failure. The
 * entry stays, whether or not there is a definition.
 */
int networks_stop(struct manager *manager, struct network_entry *entry, struct error *err);

/*
 * Makes a started network serve what `running` says of DHCP, names and forwarded
 * ports, whatever entry->started says. On failure it serves what it served before.
 */
int networks_refresh(struct manager *manager, struct network_entry *entry,
		     const struct network *running, bool force, struct error *err);

/* What has changed that may concern networks. */
struct network_changes {
	bool addresses; /* the host has lost an IP address, or a bridge of ours has one of IPv6 */
	bool links;     /* links that are no port's own */
};

/*
 * Compares a network with the host and does what it lacks, if vifd made it and
 * the kernel has told anything that may concern it.
 */
void networks_look(struct manager *manager, struct network_entry *entry,
		   const struct network_changes *changes);

/*
 * After a start of vifd: repairs, and removes what no record explains. Not where a record of a
 * started network could not be read (all_known is false): guests may be on that.
 */
void networks_recover(struct manager *manager, bool all_known);

/* The host asks others for names: those who answer guests are told. */
void networks_name_servers_changed(struct manager *manager);

/*
 * Sentences, a line each, about packet filters of others that are in the way of the network, which
 * has its bridge's name; "" where there are none. The caller's.
 */
int networks_look_at_filters(const struct network *network, char **ret_text, struct error *err);

/* Is one started that has to be looked after? */
bool networks_any_up(const struct manager *manager);

/* The event that a network is defined, started, …. */
void networks_tell(struct manager *manager, const char *event, const char *name, const char *is);

/* vifd ends: who waits for a start is told so; the next vifd goes on with it. */
void networks_end_starts(struct manager *manager);

/* vifd ends: forgets all networks, which stay as they are. */
void networks_leave(struct manager *manager);
