/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd-networkd's files: which of them would be applied to vifd's devices.
 *
 * Of the files that match a link networkd takes the first, by name. So what is
 * installed with vifd (00-vifd.network) helps unless a file before it matches
 * too; where it is not installed, any file that matches every link or every tap
 * is in the way. Sources: systemd.network(5), net_match_config() of systemd 252.
 */
#pragma once

#include "util/error.h"

/*
 * *ret_path: the file that networkd would apply to a tap, a macvlan or a bridge of vifd's, the
 * caller's; NULL where it leaves all of them alone. `root` is put before the names of folders:
 * "" is this host. Reads files. 0 or -ENOMEM.
 */
int networkd_find(const char *root, char **ret_path);
