/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's addresses, routes and IP sysctls as facts.
 */
#pragma once

#include "kernel/netlink.h"
#include "model/facts.h"
#include "model/host-ip.h"
#include "util/error.h"

/* Reads facts->ip anew; the links in `facts` have to be true. On failure as before. */
int host_ip_read(struct netlink *nl, struct facts *facts, struct error *err);

/* The sockets that wait for others, without their holders; none where the kernel does not tell. */
int host_sockets_read(struct host_sockets *ret_sockets, struct error *err);
