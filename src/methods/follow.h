/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports that run follow their network, where that can be done under their guests. */
#pragma once

#include "life/manager.h"

/*
 * What the network's portgroups say of bandwidth by now is so for its ports that have it from
 * them. One that cannot have it stays as it is; the log says so.
 */
void ports_follow(struct manager *manager, const char *network);
