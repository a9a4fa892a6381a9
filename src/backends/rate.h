/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the limits of a port are on its host. */
#pragma once

#include "model/facts.h"
#include "model/port.h"

/* Each of a link's egress; NULL: it has none. */
struct rate_places {
	const struct bandwidth_limit *device; /* what the guest holds */
	const struct bandwidth_limit *side;   /* the macvlan behind it */
	const struct bandwidth_limit *detour; /* the ifb that what comes in by the device passes */
};

/* The limits are the actual's. */
struct rate_places rate_places(enum port_type type, const struct actual *actual);

/*
 * The ifb of a device: "vif0-r", where a long name gives way; where that is taken, one made of the
 * uuid.
 */
void rate_ifb_name(const struct facts *facts, const char *device, const struct uuid *uuid,
		   char name[static IFNAMSIZ]);
