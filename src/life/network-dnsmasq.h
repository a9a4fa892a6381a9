/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dnsmasq of a network: services/dnsmasq.h, with what becomes of it told as
 * events. Both block as that does.
 */
#pragma once

#include "life/network-runtime.h"

/* Starts, adopts or updates it, so that it serves `network`, which has its bridge's name. */
int network_dnsmasq_serve(struct network_entry *entry, const struct network *network,
			  struct error *err);

/* Is it on its way? runtime->start_over() is told when it is up, or has failed. */
bool network_dnsmasq_is_starting(const struct network_entry *entry);

/* Ends it, if there is one. */
void network_dnsmasq_stop(struct network_entry *entry);
