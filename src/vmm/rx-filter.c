/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "vmm/rx-filter.h"

int vmm_rx_filter_query(struct qmp *qmp, const char *id, qmp_reply reply, void *userdata,
			struct error *err)
{
	return qmp_execute(qmp, "query-rx-filter", json_pack("{s:s}", "name", id), -1, reply,
			   userdata, err);
}

int vmm_rx_filter_mac(const json_t *answer, struct mac *ret_mac, struct error *err)
{
	const char *mac = json_string_value(json_object_get(json_array_get(answer, 0), "main-mac"));

	if (!mac || mac_parse(mac, ret_mac) < 0)
		return error_set(err, -EBADMSG, ERROR_SYSTEM,
				 "QEMU says no address of its guest's NIC");
	return 0;
}

bool vmm_rx_filter_has_changed(const char *event, const json_t *data, const char *id)
{
	const char *name = json_string_value(json_object_get(data, "name"));

	return !strcmp(event, "NIC_RX_FILTER_CHANGED") && name && !strcmp(name, id);
}
