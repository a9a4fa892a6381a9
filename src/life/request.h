/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked of resolve, whoever asks.
 */
#pragma once

#include "life/manager.h"
#include "resolve/resolve.h"

/*
 * Who reads what is said of the port, and must not learn of others' ports: its owner, where
 * access.conf may have made him see his own alone. NULL: nobody has to be thought of.
 */
const uid_t *port_reader(const struct manager *manager, const struct port *port);

/*
 * What the interface, which has a MAC, is to be: for the port of that entry, or for a new port
 * (NULL). Finds the network that the interface names. The facts are as the caller has refreshed
 * them. The request borrows everything, until a port or network comes or goes.
 *
 * Of a new port the caller says its uuid, and who opens its device (by_name, device_uid,
 * can_replug), and who reads what is said of it (reader), of any port where somebody asks.
 */
struct resolve_request port_request(const struct manager *manager,
				    const struct interface *interface,
				    const struct port_entry *entry);
