/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways that a guest's frames can take through a host, each built once and
 * then there side by side, each with a NIC's far end to itself or with others.
 * Two of them are what vifd does not do, to show what that would bring. Guarded: MAC, IP,
 * ARP, ND, DHCP answers and router advertisements are checked. Clean-traffic: what libvirt's filter
 * of that name has ebtables do for a guest of that MAC and address.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/guard.h"
#include "kernel/macvtap.h"
#include "kernel/netlink.h"
#include "util/error.h"

enum {
	VNET_HEADER = 12, /* bytes before each frame of a queue */
	N_WAYS = 14,
	WAY_LIVE = 1, /* that the others are compared with too */
};

struct lab {
	struct netlink *nl;
	struct guard *guard; /* NULL: there is none here */
	struct macvtap_folders folders;
};

struct way {
	const char *name;
	/* -EOPNOTSUPP: this kernel has it not */
	int (*build)(struct lab *lab, struct way *way, struct error *err);
	const char *nic;
	/* What would cost the other ways, too, is there while this one is measured; or NULL. */
	void (*begin)(const struct way *way);
	void (*end)(const struct way *way);
	bool absent;
	char link[IFNAMSIZ]; /* what the guest holds */
	char side[IFNAMSIZ]; /* the macvlan behind it */
	uint8_t mac[6];
	int queue;
};

extern struct way ways[N_WAYS];

/* In the thread's network namespace, which has eth1 and eth2. The first way is the direct one. */
int ways_build(struct lab *lab, struct error *err);
