/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans of networks, done and undone. A plan of a network has two steps that are not the kernel's
 * links: its packet filter and its dnsmasq. They are done by hooks that apply calls, so that they
 * fail and are undone in their order like any other step; of the dnsmasq the step only begins what
 * network_is_settling() tells of.
 */
#pragma once

#include "host/apply-io.h"
#include "life/network-runtime.h"

/* `network` has its bridge's name. */
int network_run_plan(struct network_entry *entry, const struct network *network,
		     const struct plan *plan, struct apply_result *ret_result, struct error *err);

/* Of a plan that need not be taken back any more, of one that is started. */
int network_run_plan_for_good(struct network_entry *entry, const struct plan *plan,
			      struct error *err);

/* Takes back what network_run_plan() has done. */
void network_undo_plan(struct network_entry *entry, const struct network *network,
		       const struct plan *plan, struct apply_result *result);
