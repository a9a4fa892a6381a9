/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest says of the frames that it wants to receive, by the id of nic.h.
 *
 * QEMU tells of a change by the event NIC_RX_FILTER_CHANGED, once: it tells of the next one only
 * after it was asked what the filter is (qapi/net.json). virtio-net alone has one.
 */
#pragma once

#include "model/mac.h"
#include "vmm/qmp.h"

/* As qmp_execute(); of its answer rx_filter_read() makes sense. */
int vmm_rx_filter_query(struct qmp *qmp, const char *id, qmp_reply reply, void *userdata,
			struct error *err);

/* The address that the guest's NIC has. -EBADMSG: the answer has none. */
int vmm_rx_filter_mac(const json_t *answer, struct mac *ret_mac, struct error *err);

/* Is it the event of that NIC's filter? */
bool vmm_rx_filter_has_changed(const char *event, const json_t *data, const char *id);
