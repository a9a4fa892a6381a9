/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a NIC that a guest has, by the id of nic.h. As qmp_execute(). */
#pragma once

#include "vmm/qmp.h"

/* The carrier that the guest sees. */
int vmm_link_set(struct qmp *qmp, const char *id, bool up, qmp_reply reply, void *userdata,
		 struct error *err);

/*
 * Tells the switches where the guest is: some RARP frames with its MAC, and the
 * guest's own announcements where its driver can (VIRTIO_NET_F_GUEST_ANNOUNCE).
 * The answer comes at once, the frames within the next second.
 */
int vmm_link_announce(struct qmp *qmp, const char *id, qmp_reply reply, void *userdata,
		      struct error *err);
