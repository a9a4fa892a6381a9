/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of network_validate(); for use by its files only. */
#pragma once

#include "model/network.h"

/* Sets "line N: sentence", or the sentence where the line is 0. Returns -EINVAL. */
int network_invalid(struct error *err, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* <ip>, <route>, <nat>, <dns>, <vif:forward>. Each: 0, or a negative errno with err set. */
int network_validate_nat(const struct network *network, struct error *err);
int network_validate_ips(const struct network *network, struct error *err);
int network_validate_routes(const struct network *network, struct error *err);
int network_validate_dns(const struct network *network, struct error *err);
int network_validate_forwards(const struct network *network, struct error *err);
