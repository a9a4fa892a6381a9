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

#include "daemon/manager.h"

/*
 * Writes the record of `started`, which is to become entry->started, and makes it
 * real; then it has the name and address of its bridge. On failure host and
 * record are as before. *ret_summary (or NULL): sentences, a line each; the caller's.
 */
int networks_bring_up(struct manager *manager, struct network_entry *entry, struct network *started,
		      char **ret_summary, struct error *err);

/* Takes a started network off the host. What has gone already is no failure. */
int networks_take_down(struct manager *manager, struct network_entry *entry, struct error *err);

/*
 * Makes a started network serve what `running` says of DHCP, names and forwarded
 * ports, whatever entry->started says. On failure it serves what it served before.
 */
int networks_refresh(struct manager *manager, struct network_entry *entry,
		     const struct network *running, struct error *err);

/*
 * Compares a network with the host and does what it lacks, if vifd made it.
 * `rewrite`: filter and dnsmasq are not known to be right.
 */
void networks_repair(struct manager *manager, struct network_entry *entry, bool rewrite);

/* networks_repair(), if the kernel has told anything that may concern the network. */
void networks_look(struct manager *manager, struct network_entry *entry, bool address_gone);

/*
 * After a start of vifd: repairs, and removes what no record explains. Not where a record of a
 * started network could not be read (all_known is false): guests may be on that.
 */
void networks_recover(struct manager *manager, bool all_known);

/* Is one started that has to be looked after? */
bool networks_any_up(const struct manager *manager);

/* Listens for changes of the packet filter. */
int networks_watch(struct manager *manager, struct error *err);

/* vifd ends: networks stay as they are. */
void networks_leave(struct manager *manager);
