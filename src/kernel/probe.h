/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this kernel can do, found out by doing it.
 *
 * Everything is tried in a network namespace of its own, which only a thread
 * of probe_run() enters and which ends with that: the caller's namespace stays
 * as it is. The kernel may load modules for it, but never one that makes links on the
 * host when it is loaded: the file of such a module counts as the module.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

struct probe_result {
	const char *name; /* static; stable, for programs: "macvtap", "tc-flower", … */
	bool ok;
	char *detail; /* why not, or what there is to know; or NULL */
};

/*
 * One result for each thing, in a fixed order, the caller's to free. Fails only
 * where nothing can be tried (no permission to make a namespace). Takes some
 * tens of milliseconds, more where modules are loaded: not for an event loop.
 * Another thread may set *stop (or stop is NULL): -ECANCELED then, as soon as
 * the thing that is being tried has been.
 */
int probe_run(const atomic_bool *stop, struct probe_result **ret_results, size_t *ret_n,
	      struct error *err);
void probe_results_free(struct probe_result *results, size_t n);
