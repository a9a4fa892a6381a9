/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two copies of a network, the definition and what was started of it, are replaced.
 */
#pragma once

#include "life/network-runtime.h"

/* error is NULL where the change is made. */
typedef void (*network_changed_callback)(void *userdata, struct network_entry *entry,
					 const struct error *error);

/*
 * Gives the entry another definition, another started network, or both; NULL is the copy that
 * stays. What runs is told: DHCP, names, forwarded ports. On failure all is as it was, and what
 * was given is the caller's as long as this has not returned 0. `force` and the callback as in
 * networks_start().
 */
int network_change(struct network_entry *entry, struct network **definition,
		   struct network **started, bool force, network_changed_callback callback,
		   void *userdata, struct error *err);
