/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may change something: root, vifd's own user, and the members of the
 * group "vifd", by the credentials that the kernel recorded when the client
 * connected (unix(7), SO_PEERCRED and SO_PEERGROUPS). Everybody may read.
 */
#pragma once

#include <stdbool.h>

bool authorize_change(int socket_fd);
