/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run of a plan works with, and what it brings: apply.h, for all who take part in it.
 */
#pragma once

#include <stddef.h>

#include "kernel/guard.h"
#include "kernel/macvtap.h"
#include "kernel/netlink.h"
#include "kernel/tun.h"
#include "model/port-filter.h"
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
	struct guard *guard; /* NULL until a plan needs it; what is on links stays */
	struct port_filter_names names;
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
