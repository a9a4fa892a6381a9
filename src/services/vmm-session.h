/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session with a VMM: a connection to its QMP socket, in the event loop.
 *
 * QEMU serves one client at a time, so all ports of a guest share one session,
 * and it is closed as soon as nobody has anything to say. A VMM that owes an
 * answer for too long makes the session fail; a guest that takes its time does not.
 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "vmm/qmp.h"

struct vmm_session;
struct vmm_sessions; /* all that there are */

int vmm_sessions_new(sd_event *event, struct vmm_sessions **ret_sessions, struct error *err);
/* Closes those that were left and still had something to send. */
void vmm_sessions_free(struct vmm_sessions *sessions);

/*
 * Whose VMM it has to be. vifd may connect to every socket, so that a user could name
 * another's: at the other end there has to be that process, or one of that user. Root's word is
 * taken.
 */
struct vmm_owner {
	pid_t pid;
	uid_t uid;
};

/*
 * The session at that socket, made where there is none. Each that was taken is
 * left once. ERROR_PERMISSION where somebody else listens there.
 */
int vmm_session_take(struct vmm_sessions *sessions, const char *path, const struct vmm_owner *owner,
		     struct vmm_session **ret_session, struct error *err);
void vmm_session_leave(struct vmm_session *session);
DEFINE_FREEP(struct vmm_session, vmm_session_leave);

/* Stays the session's. */
struct qmp *vmm_session_qmp(const struct vmm_session *session);
