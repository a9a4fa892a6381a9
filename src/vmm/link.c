/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vmm/link.h"

int vmm_link_set(struct qmp *qmp, const char *id, bool up, qmp_reply reply, void *userdata,
		 struct error *err)
{
	return qmp_execute(qmp, "set_link", json_pack("{s:s, s:b}", "name", id, "up", (int)up), -1,
			   reply, userdata, err);
}
