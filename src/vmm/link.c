/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vmm/link.h"

int vmm_link_set(struct qmp *qmp, const char *id, bool up, qmp_reply reply, void *userdata,
		 struct error *err)
{
	return qmp_execute(qmp, "set_link", json_pack("{s:s, s:b}", "name", id, "up", (int)up), -1,
			   reply, userdata, err);
}

/* The rhythm is that of QEMU's own announcements after a migration. */
int vmm_link_announce(struct qmp *qmp, const char *id, qmp_reply reply, void *userdata,
		      struct error *err)
{
	json_t *arguments = json_pack("{s:i, s:i, s:i, s:i, s:[s], s:s}", "initial", 50, "max", 550,
				      "rounds", 5, "step", 100, "interfaces", id, "id", id);

	return qmp_execute(qmp, "announce-self", arguments, -1, reply, userdata, err);
}
