/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network `default`: NAT, DHCP and names, on a subnet that nobody has here. */
#pragma once

#include "model/facts.h"
#include "model/network.h"
#include "util/error.h"

/*
 * Its <network> as XML, on the first free of 192.168.122.0/24 up to 192.168.254.0/24,
 * then 10.0.122.0/24 and so on; where none is, on the first that only lies in wider
 * routes of the host's. `networks`: all that are defined or started here;
 * facts with addresses and routes. The caller frees *ret_xml.
 */
int network_default_xml(const struct facts *facts, const struct network *const *networks,
			size_t n_networks, char **ret_xml, struct error *err);
