/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets of the host that wait for others, by sock_diag: listening ones of TCP, unconnected
 * ones of UDP.
 *
 * Sources: sock_diag(7), net/ipv4/inet_diag.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

struct listening {
	int family; /* AF_INET or AF_INET6 */
	bool udp;
	bool ipv6_only;
	uint16_t port;
	uint8_t address[16]; /* in the order of the net; all 0: each of the host */
	uint32_t inode;      /* as the links in /proc/PID/fd name it */
};

/* Calls back for each, of this network namespace. -ENOENT: this kernel does not tell. */
int listening_dump(void (*callback)(void *userdata, const struct listening *listening),
		   void *userdata, struct error *err);
