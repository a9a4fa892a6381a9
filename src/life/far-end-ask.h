/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks what is at the other end of a host interface, by frames on it.
 *
 * Nothing is made for it on the host, so nothing can be left behind: a second
 * address is taken in by the host interface as a macvlan's is, for as long as the
 * socket is open. What is sent harms nobody: requests of ARP that tell nobody who
 * asks, DHCP's DISCOVER and INFORM without a REQUEST, echoes to the gateway, and frames that
 * carry a mark.
 */
#pragma once

#include <net/if.h>
#include <stdatomic.h>

#include "model/far-end.h"
#include "util/error.h"

struct far_end_question {
	char name[IFNAMSIZ];
	int ifindex;
	struct mac mac;
	unsigned mtu;
	struct address *addresses; /* the host's own there, of IPv4 */
	size_t n_addresses;
	struct address source;  /* of them, the one from which the gateway is reached */
	struct address gateway; /* IPv4; family 0: none */
};

/* For a thread: takes FAR_END_MSEC. -ECANCELED where `stop` came true. */
enum { FAR_END_MSEC = 2500 };
int far_end_ask(const struct far_end_question *question, const atomic_bool *stop,
		struct far_end *ret_far_end, struct error *err);
