/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set of a NIC that a guest has, by the id of nic.h. As qmp_execute(). */
#pragma once

#include "vmm/qmp.h"

/* The carrier that the guest sees. */
int vmm_link_set(struct qmp *qmp, const char *id, bool up, qmp_reply reply, void *userdata,
		 struct error *err);
