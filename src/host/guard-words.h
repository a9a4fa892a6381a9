/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Port security and VLANs in the kernel's words: for use inside host/ only. */
#pragma once

#include "kernel/guard.h"
#include "plan/plan.h"

/*
 * The rules of ACTION_SET_GUARD. Its addresses go into the caller's array, which the
 * rules point to; among them the link-local one that is made of the MAC. Its tags are the
 * action's.
 */
struct guard_rules
guard_words_rules(const struct action *action,
		  struct guard_address addresses[static 2 * (SECURITY_ADDRESSES_MAX + 1)]);
