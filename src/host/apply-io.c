/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/apply-io.h"
#include "kernel/fds.h"

int apply_open(struct apply *apply, const char *node_folder, struct error *err)
{
	struct netlink *nl;
	int r;

	r = netlink_open(NETLINK_ROUTE, &nl, err);
	if (r < 0)
		return r;
	*apply = APPLY_INIT;
	apply->netlink = nl;
	apply->node_folder = node_folder;
	return 0;
}

void apply_close(struct apply *apply)
{
	netlink_close(apply->netlink);
	macvtap_folders_close(&apply->folders);
	guard_close(apply->guard);
	*apply = APPLY_INIT;
}

void apply_result_done(struct apply_result *result)
{
	fds_close(result->fds, result->n_fds);
	free(result->fds);
	fds_close(result->vhost_fds, result->n_vhost_fds);
	free(result->vhost_fds);
	*result = APPLY_RESULT_INIT;
}
