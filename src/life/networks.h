/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The networks that vifd makes itself, as they stand on the host: bridge,
 * addresses, packet filter, dnsmasq.
 *
 * One operation in three situations, as with ports: a start (network-start.h), the repair of what
 * somebody took away (network-repair.h), and the recovery after vifd's own end all compare the
 * network with the host and do what is missing. network-change.h changes one that runs.
 */
#pragma once

#include "life/manager.h"

/*
 * After a start of vifd: repairs, and removes what no record explains. Not where a record of a
 * started network could not be read (all_known is false): guests may be on that.
 */
void networks_recover(struct manager *manager, bool all_known);

/* What the host is called, or whom it asks for names: those who answer guests are told. */
void networks_names_changed(struct manager *manager);

/* Is one started that has to be looked after? */
bool networks_any_up(const struct manager *manager);

/* vifd ends: forgets all networks, which stay as they are. */
void networks_leave(struct manager *manager);
