/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much passes a link in a time (kernel/rate.h), and the devices in which the rest waits. */
#include <string.h>

#include "host/apply.h"
#include "host/run.h"
#include "host/words.h"
#include "kernel/link.h"
#include "kernel/rate.h"
#include "kernel/rate-share.h"
#include "kernel/tc.h"
#include "util/log.h"

static int do_set_rate(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	const struct rate_limit limit = words_kernel_rate(&action->limit);

	return action->shared
		       ? rate_set_shared(run->apply->netlink, ifindex, action->link.name, &limit,
					 err)
		       : rate_set(run->apply->netlink, ifindex, action->link.name, &limit, err);
}

_Static_assert(BANDWIDTH_CLASS_MIN == (int)RATE_SHARE_MIN &&
		       BANDWIDTH_CLASS_MAX == (int)RATE_SHARE_MAX,
	       "what is allotted there is");

/* Without its rate there is nothing to have a part of: that is the network's matter. */
static int do_set_floor(struct run *run, const struct action *action, int ifindex,
			struct error *err)
{
	struct rate_share share = {
		.id = action->class_id,
		.floor = words_kernel_bytes(action->limit.floor),
	};
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	memcpy(share.mac, action->mac.bytes, sizeof(share.mac));
	r = rate_put_share(run->apply->netlink, ifindex, action->link.name, &share, &failure);
	if (r == -ENOENT) {
		log_debug("%s", error_text(&failure));
		return 0;
	}
	if (r < 0)
		error_move(err, &failure);
	return r;
}

static int do_clear_floor(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	return rate_end_share(run->apply->netlink, ifindex, action->link.name, action->class_id,
			      err);
}

void apply_clear_floor(struct apply *apply, int ifindex, const char *name, unsigned class_id)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (rate_end_share(apply->netlink, ifindex, name, class_id, &err) < 0)
		log_warning("%s", error_text(&err));
}

static int do_clear_rate(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	return rate_clear(run->apply->netlink, ifindex, action->link.name, !action->host_ip, err);
}

static int do_add_ifb(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	struct netlink *nl = run->apply->netlink;
	const char *name = action->link.name;
	int r;

	r = link_add_ifb(nl, name, action->tag, &ifindex, err);
	if (r < 0)
		return r;
	r = run_note_made(run, name, ifindex, err);
	if (r < 0)
		(void)link_delete(nl, ifindex, name, NULL);
	return r;
}

static int do_detour(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	int ifb, r;

	r = run_find_other(run, &action->other, &ifb, err);
	return r < 0 ? r
		     : tc_detour(run->apply->netlink, ifindex, action->link.name, ifb,
				 action->other.name, err);
}

static int do_end_detour(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	return tc_end_detour(run->apply->netlink, ifindex, action->link.name, err);
}

const struct doer do_rate[] = {
	{ ACTION_SET_RATE, do_set_rate, .on_link = true },
	{ ACTION_SET_FLOOR, do_set_floor, .on_link = true },
	{ ACTION_CLEAR_FLOOR, do_clear_floor, .on_link = true },
	{ ACTION_CLEAR_RATE, do_clear_rate, .on_link = true },
	{ ACTION_ADD_IFB, do_add_ifb },
	{ ACTION_DETOUR, do_detour, .on_link = true },
	{ ACTION_END_DETOUR, do_end_detour, .on_link = true },
};
