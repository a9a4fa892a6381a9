/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each part of resolve/beside.h is given. */
#pragma once

#include "plan/plan.h"
#include "resolve/network-request.h"
#include "util/error.h"
#include "util/text.h"

struct beside {
	const struct network_request *request;
	const char *bridge; /* its name; "" where the network has none */
	struct plan *plan;
	struct text *said; /* lines of the summary */
	unsigned mtu;      /* of the network, where it has one */
	bool starting;     /* what cannot be had is an error, and not only said */
	struct error *err;
};
