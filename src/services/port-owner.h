/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who holds a port of this host: for the sentence about one that is taken.
 */
#pragma once

#include <stdint.h>

#include "model/address.h"

/*
 * "process 812 (named)", the caller's to free: of this network namespace, with a UDP socket or a
 * listening TCP socket on the port, for that address or for all. NULL where nobody is found; it
 * may be gone meanwhile. Looks through all of /proc: some milliseconds.
 */
char *port_owner_find(const struct address *address, uint16_t port);

/* The same for a socket that is known by its inode. */
char *holder_of(unsigned long inode);
