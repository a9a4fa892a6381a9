/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host from facts: the links of a golden case, made for real in the host
 * namespace of netns_setup(), by ip(8), with the names, ifindexes, addresses and
 * states that the facts have. A link of no kind, or a tap, becomes a NIC
 * (netns_nic()). Addresses, routes and sysctls too. /dev/vhost-net cannot be made.
 */
#pragma once

#include "model/facts.h"
#include "util/error.h"

/*
 * -EOPNOTSUPP, with the reason, where this kernel cannot have such a host: then
 * the test is to be skipped, aloud. Other failures end the test.
 */
int host_build(const struct facts *facts, struct error *err);
