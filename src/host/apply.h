/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs plans: the only place that changes the host.
 *
 * A plan is done in full or not at all. When a step fails, the steps before it
 * are undone in reverse, each by its own undo, and what the plan opened is
 * closed; a failed step itself leaves nothing. The host is then as it was. An
 * undo that fails is logged and does not stop the others; the error returned
 * is that of the step.
 *
 * It may block for the kernel's locks, and for as long as an undo deletes a
 * link (about 18 ms). A struct apply belongs to one thread at a time and to
 * the network namespace in which it was opened.
 */
#pragma once

#include <stddef.h>

#include "kernel/guard.h"
#include "kernel/macvtap.h"
#include "kernel/netlink.h"
#include "kernel/tun.h"
#include "plan/plan.h"
#include "util/error.h"

/*
 * What vifd holds of a tap whose other fds are a VMM's, so that the tap can be
 * made again when somebody deleted it.
 */
struct apply_held {
	const int *fds; /* borrowed, one a queue */
	size_t n_fds;
	struct tun_settings settings; /* what the VMM had set last; tun_get_settings() */
};

/*
 * What a plan of a network does that is not the kernel's links. Each either does
 * it or leaves what was; on where it is on and off where it is off is done.
 */
struct apply_services {
	void *userdata;
	int (*switch_service[SERVICE_COUNT])(void *userdata, bool on, struct error *err);
};

struct apply {
	struct netlink *netlink; /* may be used by others between two runs */
	struct macvtap_folders folders;
	struct guard *guard;     /* NULL until a plan needs it; what is on links stays */
	const char *node_folder; /* see macvtap_folders_open(); borrowed, may be NULL */
	unsigned fail_at; /* for tests: this step, counted from 1, fails instead of being done */
};

#define APPLY_INIT ((struct apply){ .folders = MACVTAP_FOLDERS_INIT })

/* node_folder as in macvtap_folders_open(); it has to outlive the struct apply. */
int apply_open(struct apply *apply, const char *node_folder, struct error *err);
void apply_close(struct apply *apply);
#define AUTO_APPLY AUTO(apply_close)

/* What a plan brought, the caller's to pass on or to close. */
struct apply_result {
	int *fds; /* the device's queues */
	size_t n_fds;
	int *vhost_fds;
	size_t n_vhost_fds;
	int ifindex;      /* of the guest's device or the bridge that the plan made; or 0 */
	int side_ifindex; /* of the macvlan behind it that the plan made; 0 if it made none */
};

#define APPLY_RESULT_INIT ((struct apply_result){ 0 })

/* Closing the last fd of a tap that is not persistent deletes it: 8 to 16 ms. */
void apply_result_done(struct apply_result *result);
#define AUTO_APPLY_RESULT AUTO(apply_result_done)

/*
 * held: for ACTION_REMAKE_TAP. services: of the plan's network. Each may be NULL
 * where the plan has no step that needs it.
 */
int apply_run(struct apply *apply, const struct plan *plan, const struct apply_held *held,
	      const struct apply_services *services, struct apply_result *ret_result,
	      struct error *err);

/* What the guard of a link has seen. -ENOENT: it has none, or none was loaded. */
int apply_read_guard(struct apply *apply, int ifindex, struct guard_counts *ret_counts);

/* Nothing more is known of what the guest of a port that has gone sent by that link (0: none). */
void apply_forget_guard(struct apply *apply, const struct uuid *identity, int ifindex);

/*
 * Takes back a plan that was run: its undos in reverse, as apply_run() does
 * after a failure. Empties the result that the run gave.
 */
void apply_undo(struct apply *apply, const struct plan *plan, const struct apply_services *services,
		struct apply_result *result);
