/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trustGuestRxFilters='yes': the address that a guest gives to its NIC is that of its port.
 *
 * Its VMM tells of it by QMP; as long as the port is there vifd keeps a connection. The
 * address goes into the record (struct port.guest_mac), and the pass that follows makes the
 * port so. One that a guest must not take is refused, told, and the port stays what it was.
 * Where it is not trusted nothing is asked.
 */
#pragma once

#include "life/manager.h"

/* Begins or ends to follow the port's guest, as its actual has it; asks anew when one ended. */
void rx_filter_follow(struct port_entry *entry);

/* A guest may have its NIC anew, with the address that it had at first. */
void rx_filter_ask(struct port_entry *entry);

void rx_filter_end(struct port_entry *entry);
