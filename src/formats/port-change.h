/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be changed of a port while its guest runs, in words:
 *
 *	inbound=1000,2000,512  outbound=0  vlan=42  vlan=10+20  vlan=no  security=mac
 *	group=web+db  isolated=yes
 *
 * Each word sets what the port's interface says itself of one thing; 0 and no: nothing, so that its
 * portgroup and network have the say. security= and group= are those of a
 * SPEC; group=no is of no group, whatever portgroup and network say.
 */
#pragma once

#include "model/port.h"

/*
 * Changes the interface by words that spaces separate, each key once. The result
 * passed interface_validate(). ERROR_INVALID_ARGUMENT; the interface is only good to be freed then.
 */
int port_change_read(const char *words, struct interface *interface, struct port_change *ret_change,
		     struct error *err);
