/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dnsmasq of a network: services/dnsmasq.h, with what becomes of it told as events, or to the
 * task that waits for it. Neither waits for it: network_is_settling() says whether it is over.
 */
#pragma once

#include "life/network-runtime.h"

/* Has it serve `network`, which has its bridge's name; whether one is there or not. */
int network_dnsmasq_serve(struct network_entry *entry, const struct network *network,
			  struct error *err);

/* Has it end, if there is one. */
int network_dnsmasq_end(struct network_entry *entry, struct error *err);
