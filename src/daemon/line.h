/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Line: a connection to a VMM's QMP socket in the event loop.
 *
 * QEMU serves one client at a time, so all ports of a guest talk over one line,
 * and it is hung up as soon as nobody has anything to say. A VMM that owes an
 * answer for too long makes the line fail; a guest that takes its time does not.
 */
#pragma once

#include "daemon/manager.h"
#include "vmm/qmp.h"

struct line;

/* The line to that socket, made where there is none. Each that was taken is left once. */
int line_take(struct manager *manager, const char *path, struct line **ret_line, struct error *err);
void line_leave(struct line *line);
DEFINE_FREEP(struct line, line_leave);

/* Stays the line's. */
struct qmp *line_qmp(const struct line *line);

/* Ends those that were left and still had something to send. */
void lines_free(struct manager *manager);
