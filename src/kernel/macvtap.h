/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens macvtaps: the file descriptors that a VMM reads and writes.
 *
 * A macvtap's device node is found by the number that sysfs has for it, in the
 * sysfs of our own network namespace, and never by /dev/tapN: N is an ifindex,
 * ifindexes are per namespace and /dev is not, so that name can be another
 * guest's wire.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"
#include "util/error.h"

/* Where macvtaps are looked up and opened. One for the life of a process. */
struct macvtap_folders {
	int sysfs;         /* the sysfs of a network namespace */
	int nodes;         /* a folder in which device nodes can be made and opened */
	bool sysfs_is_own; /* it was mounted for our namespace, by us */
};

#define MACVTAP_FOLDERS_INIT ((struct macvtap_folders){ .sysfs = -1, .nodes = -1 })

/*
 * Mounts what is needed, out of everybody's sight: the mounts are in no tree
 * and go with their fds. Where that is refused, /sys and the folder `fallback`
 * (NULL: none) are taken instead; `fallback` must not be on a nodev mount.
 * The namespace is the calling thread's now.
 */
int macvtap_folders_open(struct macvtap_folders *folders, const char *fallback, struct error *err);
void macvtap_folders_close(struct macvtap_folders *folders);

/* The plain way in place of the mounts; what macvtap_folders_open() falls back on. */
int macvtap_folders_open_plain(struct macvtap_folders *folders, const char *fallback,
			       struct error *err);

/*
 * Opens n queues of one macvtap into ret_fds (n of them, the caller's to
 * close; none is open after a failure). They are non-blocking and closed on
 * exec. Every frame has a virtio-net header or none has, for all queues of a
 * device. A name and ifindex that are not, or not any more, the same link of
 * this namespace are -ENODEV; more than 256 queues of one device -EBUSY.
 */
int macvtap_open(const struct macvtap_folders *folders, int ifindex, const char *name, unsigned n,
		 bool vnet_hdr, int *ret_fds, struct error *err);
