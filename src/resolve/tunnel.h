/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * <vif:tunnel> of a network: a vxlan that is a port of its bridge, by which it is one network with
 * those of other hosts. What is learned, and who isolates whom, is each host's own.
 */
#pragma once

#include "resolve/beside-part.h"

/*
 * The MTU of a network that says none: what fits through its tunnel; 0 where it has no tunnel. An
 * error where it says one that does not fit. What it is sent by may not be there yet: then it is
 * taken for an Ethernet's.
 */
int tunnel_mtu(const struct network_request *request, unsigned *ret_mtu, struct error *err);

/* As beside_need(). An interface that is not there is waited for. */
int tunnel_need(const struct beside *beside);

/* Appends what its list of hosts needs to be another than request->former's. */
int tunnel_change(const struct beside *beside);

/*
 * Appends its end. Without undo: where the bridge cannot be deleted afterwards the network is one
 * that is started still, and the next pass makes the tunnel again.
 */
int tunnel_end(const struct beside *beside);
