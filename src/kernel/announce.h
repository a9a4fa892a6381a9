/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells the switches where a guest is now.
 *
 * A broadcast RARP request from the guest's address. Every switch learns from it, no
 * host answers it: VMMs send the same after a migration.
 *
 * Source: RFC 903; EtherType 0x8035.
 */
#pragma once

#include <stdint.h>

#include "util/error.h"

/*
 * As if the guest had sent it: written to a queue of its tap or macvtap, so
 * that it goes wherever the guest's frames go. Never waits: -EAGAIN where it
 * would have to, -EOPNOTSUPP where the file is a blocking one and this kernel
 * cannot say whether it would. -EBADFD where a tap has gone; a macvtap that has gone
 * takes the frame without an error.
 */
int announce_by_queue(int fd, const uint8_t mac[static 6], struct error *err);

/*
 * A socket for announce_by_link(), of the calling thread's network namespace.
 * One for many: to close it the kernel waits (RCU) for about 18 ms.
 */
int announce_open(int *ret_fd, struct error *err);

/*
 * Out by this link. A host interface sends it to its switch, and none to the
 * macvlans on it; a bridge to all of its ports, and does not learn from it.
 */
int announce_by_link(int fd, int ifindex, const char *name, const uint8_t mac[static 6],
		     struct error *err);
