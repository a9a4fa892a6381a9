/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taps: links whose far end is file descriptors.
 *
 * A tap lives as long as one of its fds, unless it is persistent. The network
 * namespace is the calling thread's.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"
#include "util/error.h"

/*
 * Makes a tap and opens its n queues into ret_fds (n of them, the caller's to
 * close). They are non-blocking and closed on exec. The tap is down. A name
 * that any link has already is -EEXIST and ERROR_IN_USE: TUNSETIFF alone would
 * hand out a tap that somebody else made. After a failure there is no tap.
 */
int tun_create(const char *name, unsigned n, bool vnet_hdr, int *ret_fds, int *ret_ifindex,
	       struct error *err);

/* The tap stays when its last fd is closed, or goes with it. */
int tun_set_persistent(int fd, bool persistent, struct error *err);
