/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits that stay where they belong: what others take off is put there again. */
#pragma once

#include "life/manager.h"

/* Has the port lost a limit that it should have? That is told. */
bool rates_lost(struct manager *manager, const struct port_entry *entry);
