/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The firewalld zone that a network's bridge is in: as libvirt has it, the one of <bridge zone=>,
 * else libvirt's own where firewalld has it (libvirt-routed for mode route). An open network is in
 * none but one that it names.
 */
#pragma once

#include "life/manager.h"
#include "services/firewalld.h"

/*
 * As firewalld_enter(), of a network that is being started or is started. The callback is called
 * also where there is nothing to tell firewalld.
 */
int zones_enter(struct manager *manager, const struct network *network, firewalld_callback callback,
		void *userdata, struct error *err);

void zones_leave(struct manager *manager, const struct network *network);
