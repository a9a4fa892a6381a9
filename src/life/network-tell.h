/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is said of networks, in the log and as events.
 */
#pragma once

#include "life/manager.h"

/* The event that a network is defined, started, …. */
void networks_tell(struct manager *manager, const char *event, const char *name, const char *is);

/* Logs each of the lines, with `before` in front. */
void network_log_lines(int level, const char *before, const char *lines);

/* As warnings about the network. The log has what costs the whole host, whoever asked for it. */
int network_warn(const struct network *network, const char *warnings, struct error *err);
