/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much passes a link in a time (kernel/rate.h), and the devices in which the rest waits. */
#include "host/run.h"
#include "host/words.h"
#include "kernel/link.h"
#include "kernel/rate.h"
#include "kernel/tc.h"

static int do_set_rate(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	const struct rate_limit limit = words_kernel_rate(&action->limit);

	return rate_set(run->apply->netlink, ifindex, action->link.name, &limit, err);
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
	{ ACTION_CLEAR_RATE, do_clear_rate, .on_link = true },
	{ ACTION_ADD_IFB, do_add_ifb },
	{ ACTION_DETOUR, do_detour, .on_link = true },
	{ ACTION_END_DETOUR, do_end_detour, .on_link = true },
};
