/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom the host asks for names: the nameserver lines of a resolv.conf(5). Everything else in it
 * is about the host's own programs.
 */
#pragma once

#include <stddef.h>

#include "util/cleanup.h"

/* In the order of the file: "10.0.0.1", "fe80::1%eth0". */
struct name_servers {
	char **items;
	size_t n;
};

/* What is no address is passed over, as resolvers do. 0 or -ENOMEM. */
int resolv_conf_read(const char *text, struct name_servers *ret_servers);
void name_servers_done(struct name_servers *servers);
