/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which host interface an actual means, as the facts have it: no judgement.
 *
 * Below usage.h (who uses it) and lower.h (what it can carry), which both need it.
 */
#pragma once

#include "model/facts.h"
#include "model/port.h"

/* The link that the actual names: by address if it has one, else by name. NULL if it is absent. */
const struct host_link *below_named(const struct facts *facts, const struct actual *actual);

/* What a macvlan on `link` stands on: the interface below, where the link is a macvlan itself. */
const struct host_link *below_real(const struct facts *facts, const struct host_link *link);

/* Where the actual's device is to stand, whatever stands there now: both of the above. */
const struct host_link *below_of_actual(const struct facts *facts, const struct actual *actual);

/* Does what stands on an interface take its receive handler, as an ipvlan does? */
bool below_is_taken_by(const struct host_link *link);
