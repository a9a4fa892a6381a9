/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <bandwidth> of a network that vifd makes, seen from its guests: what goes out by the bridge
 * (inbound), and what comes in by it (outbound). What guests send each other is not limited.
 */
#pragma once

#include "model/facts.h"
#include "model/network.h"
#include "plan/plan.h"

struct limits_request {
	const struct network *network;
	const struct network *former; /* as it runs already, for a change; or NULL */
	const struct facts *facts;
	const struct host_link *bridge; /* NULL: the plan makes it */
	const char *bridge_name;
	bool unknown; /* whether limits are as they should be */
};

/* Appends what is missing, and the end of what is too much. 0 or -ENOMEM. */
int network_limits(const struct limits_request *request, struct plan *plan);

/* The end of what does not go with the bridge. */
int network_limits_end(const struct limits_request *request, struct plan *plan);

/* What its guests send passes it; or NULL. */
const struct host_link *network_find_ifb(const struct network *network, const struct facts *facts);
