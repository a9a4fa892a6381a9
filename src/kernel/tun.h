/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taps: links whose far end is file descriptors.
 *
 * A tap lives as long as one of its fds, unless it is persistent. The network
 * namespace is the calling thread's.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <sys/types.h>

#include "util/cleanup.h"
#include "util/error.h"

/*
 * Makes a tap and opens its n queues into ret_fds (n of them, the caller's to
 * close). They are non-blocking and closed on exec. The tap is down. A name
 * that any link has already is -EEXIST and ERROR_IN_USE: TUNSETIFF alone would
 * hand out a tap that somebody else made. After a failure there is no tap.
 *
 * From the moment at which it has its name nobody can attach to it but its
 * `owner`, and who has CAP_NET_ADMIN in this network namespace.
 */
int tun_create(const char *name, unsigned n, bool vnet_hdr, uid_t owner, int *ret_fds,
	       int *ret_ifindex, struct error *err);

/* The tap stays when its last fd is closed, or goes with it. */
int tun_set_persistent(int fd, bool persistent, struct error *err);

/*
 * What a VMM sets on its tap, which the kernel forgets when the tap is deleted.
 * The size and the offloads are the device's, not a queue's.
 */
struct tun_settings {
	int vnet_hdr_size;   /* bytes; TUNSETVNETHDRSZ. 0: its frames have no vnet header */
	unsigned offloads;   /* TUN_F_*; TUNSETOFFLOAD */
	unsigned n_disabled; /* so many of the last queues are switched off (TUNSETQUEUE) */
};

/*
 * Reads them from the n queues of one tap. Linux tells the offloads of no tap,
 * so they are derived from the device's features (ethtool), which are what
 * TUNSETOFFLOAD sets: CSUM, TSO4, TSO6, TSO_ECN, and USO4 and USO6 together.
 * TUN_F_UFO leaves no trace, and means nothing to kernels after 4.13.
 *
 * A change of the offloads makes an RTM_NEWLINK of the tap; the others make no event.
 */
int tun_get_settings(const int *fds, unsigned n, struct tun_settings *ret_settings,
		     struct error *err);

/*
 * Makes a tap that was deleted again, on the n fds that were its queues, so
 * that every VMM that holds the same open files goes on. In the network
 * namespace in which they were opened, which has to be the calling thread's.
 * Down, and its owner's as after tun_create(); queues, header and offloads as
 * the settings say. What TUNSETSNDBUF set the files have kept; what
 * TUNSETSTEERINGEBPF, TUNSETFILTEREBPF and TUNATTACHFILTER set is lost.
 *
 * -EEXIST if another link has the name (ERROR_IN_USE), or if one of the fds
 * still has a device. After a failure there is no tap, and the fds are as before.
 */
int tun_remake(const int *fds, unsigned n, const char *name, const struct tun_settings *settings,
	       uid_t owner, int *ret_ifindex, struct error *err);

/* Is it a queue of a tap or macvtap of this name, that exists? */
bool tun_is_queue_of(int fd, const char *name);
