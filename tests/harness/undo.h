/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undo is data, so every plan's can be tried.
 *
 * undo_check() runs a plan in the calling thread's network namespace once for
 * each of its steps, with that step made to fail, and once in full followed by
 * apply_undo(). Each time the links, addresses, routes, sysctls and filters that ip(8) and tc(8)
 * tell and the number of the process's open files have to be as before; and a
 * plan that changes nothing in full is an error too, for it would show nothing.
 */
#pragma once

#include "host/apply.h"
#include "plan/plan.h"
#include "util/error.h"

/*
 * The sentence names the step and what is different. The services of a network's
 * plan (struct apply_services) are two switches here, which have to be as before
 * too, and whose own failure is a failure of their step.
 */
int undo_check(const struct plan *plan, struct error *err);

/* Only the failures: for a plan whose last step is for good, as the end of a network. */
int undo_check_failures(const struct plan *plan, struct error *err);

/*
 * The namespace as text: links, addresses, routes, sysctls and filters, without what changes by
 * itself (timers). The caller frees it; NULL if ip(8) or tc(8) fails.
 */
char *undo_snapshot(void);

/* What tests of plans begin and end with; each ends the test where it fails. */
struct apply open_apply(void);
struct plan_step *add_step(struct plan *plan, enum action_kind kind, const char *link);

/* An undo of the last step, as plan_undo(). */
struct action *add_undo(struct plan *plan, enum action_kind kind);
void expect_undone(const struct plan *plan);
