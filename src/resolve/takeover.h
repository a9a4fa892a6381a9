/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network would take from its host, or from another network, beside its subnet
 * (collision.h): a port that is served or forwarded already, the ways to others.
 *
 * Each is refused by a sentence that names what is lost and whose it is. What is the host's own can
 * be meant, and is passed with request->force; then a line in `said` tells of it.
 */
#pragma once

#include "resolve/network-request.h"
#include "util/error.h"
#include "util/text.h"

/*
 * The forwarded ports that request->former does not have. Another network's is refused in any
 * case: -EADDRINUSE.
 */
int takeover_check_forwards(const struct network_request *request, struct text *said,
			    struct error *err);

/*
 * The routes and subnets: guests are not the host's way to most of the world, nor to what it
 * reaches by another link. `own_ifindex`: the network's bridge; 0: there is none yet.
 */
int takeover_check_ways(const struct network_request *request, int own_ifindex, struct text *said,
			struct error *err);
