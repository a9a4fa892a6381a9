/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two copies of a network: the definition, and what was started of it. A copy
 * is changed by another one, which then takes its place.
 */
#pragma once

#include "life/manager.h"

/*
 * Gives the entry another definition, another started network, or both; NULL
 * is the copy that stays. First the files are written and what runs is told, then
 * memory follows: on failure all is as it was. Takes what it was given, on success only. `force` as
 * in networks_start().
 */
int network_copies_put(struct manager *manager, struct network_entry *entry,
		       struct network **definition, struct network **started, bool force,
		       struct error *err);
