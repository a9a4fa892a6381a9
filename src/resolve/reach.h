/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who reaches whom over a port: what somebody asks before plugging it. */
#pragma once

#include "backends/traffic.h"
#include "resolve/resolve.h"

/*
 * Of what resolve_plug() made of the request. *ret_text: other guests, this host, the
 * world; sentences, a line each; the caller's. 0 or -ENOMEM.
 */
int reach_of(const struct resolve_request *request, const struct resolution *resolution,
	     struct traffic *ret_traffic, char **ret_text);
