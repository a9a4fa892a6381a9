/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd-networkd's files, and udev's of the same kind: which of them would change vifd's devices.
 *
 * Of the files that match a link they take the first, by name. So what is installed with vifd
 * (00-vifd.network, 00-vifd.link) helps unless a file before it matches
 * too; where it is not installed, any file that matches every link or every tap
 * is in the way. Sources: systemd.network(5), systemd.link(5), net_match_config() of systemd 252.
 */
#pragma once

#include "util/error.h"

enum networkd_kind {
	NETWORKD_NETWORK, /* networkd's: takes the device for its own */
	NETWORKD_LINK,    /* udev's: gives it a name, an address or an MTU */
	NETWORKD_KIND_COUNT,
};

/*
 * *ret_path: the file that would be applied to a tap, a macvlan or a bridge of vifd's with a name
 * of vifd's choice, the caller's; NULL where all of them are left alone. `root` is put before the
 * names of folders: "" is this host. Reads files. 0 or -ENOMEM.
 */
int networkd_find(enum networkd_kind kind, const char *root, char **ret_path);
