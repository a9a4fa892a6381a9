/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a call names, or the sentence that it does not exist. */
#pragma once

#include "life/network-runtime.h"
#include "methods/access.h"

/* ERROR_IN_USE where the port is on its way out: who changed it now would have it made again. */
int check_stays(const struct port_entry *entry, struct error *err);

/* ERROR_UNSETTLED while the network is being started, changed or stopped. */
int check_settled(const struct network_entry *entry, struct error *err);

/*
 * Both answers stay the registry's. A port is found by its name or uuid. What the caller may not
 * know of does not exist for him.
 */
int find_network(const struct caller *caller, const struct manager *manager, const char *name,
		 struct network_entry **ret_entry, struct error *err);
int find_port(const struct caller *caller, const struct manager *manager, const char *name,
	      struct port_entry **ret_entry, struct error *err);
