/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would a network's subnet take something from the host or from another network?
 */
#pragma once

#include "model/facts.h"
#include "model/network.h"
#include "util/error.h"
#include "util/text.h"

struct collision_request {
	const struct facts *facts;           /* with addresses and routes */
	const struct network *const *active; /* the other networks */
	size_t n_active;
	int own_ifindex; /* of the network's bridge, which collides with nothing; 0: none yet */
};

/*
 * -EADDRINUSE, and the sentence names what is in the way and whose it is. What
 * is wider than the subnet is no error, and a line of `warnings`.
 */
int collision_check(const struct collision_request *request, const struct network_ip *ip,
		    struct text *warnings, struct error *err);

/* For sentences. */
const char *link_name(const struct facts *facts, int ifindex);
