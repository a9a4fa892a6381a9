/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's addresses, routes and IP sysctls as facts.
 */
#pragma once

#include "kernel/netlink.h"
#include "model/facts.h"
#include "util/error.h"

/* Reads facts->ip anew; the links in `facts` have to be true. On failure as before. */
int host_ip_read(struct netlink *nl, struct facts *facts, struct error *err);
