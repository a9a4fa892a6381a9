/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links of any kind: made, changed, deleted. */
#include <string.h>

#include "host/run.h"
#include "host/words.h"
#include "kernel/link.h"
#include "kernel/tc.h"

static int add_macvlan(struct run *run, const char *kind, const struct action *action,
		       int *ret_ifindex, struct error *err)
{
	struct netlink *nl = run->apply->netlink;
	struct macvlan_spec spec = {
		.kind = kind,
		.name = action->link.name,
		.altname = *action->tag ? action->tag : NULL,
		.lower_name = action->other.name,
		.mode = words_kernel_mode(action->mode),
		.mac = mac_is_zero(&action->mac) ? NULL : action->mac.bytes,
		.mtu = action->mtu,
		.host_ip = action->host_ip,
	};
	int ifindex, r;

	r = run_find_other(run, &action->other, &spec.lower, err);
	if (r < 0)
		return r;
	r = link_add_macvlan(nl, &spec, &ifindex, err);
	if (r < 0)
		return r;
	r = run_note_made(run, spec.name, ifindex, err);
	if (r < 0)
		(void)link_delete(nl, ifindex, spec.name, NULL);
	else
		*ret_ifindex = ifindex;
	return r;
}

static int do_add_macvtap(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	return add_macvlan(run, "macvtap", action, &run->result.ifindex, err);
}

static int do_add_macvlan(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	struct netlink *nl = run->apply->netlink;
	int r;

	r = add_macvlan(run, "macvlan", action, &ifindex, err);
	if (r < 0)
		return r;
	if (!action->host_ip)
		r = tc_make_ready(nl, ifindex, action->link.name, false, err);
	if (r < 0)
		(void)link_delete(nl, ifindex, action->link.name, NULL);
	else
		run->result.side_ifindex = ifindex;
	return r;
}

static int do_set_mode(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return link_set_macvlan_mode(run->apply->netlink, ifindex, action->link.name,
				     words_kernel_mode(action->mode), err);
}

static int do_set_mac(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return link_set_mac(run->apply->netlink, ifindex, action->link.name, action->mac.bytes,
			    err);
}

static int do_set_mtu(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return link_set_mtu(run->apply->netlink, ifindex, action->link.name, action->mtu, err);
}

static int do_set_up(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return link_set_up(run->apply->netlink, ifindex, action->link.name, err);
}

static int do_set_down(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return link_set_down(run->apply->netlink, ifindex, action->link.name, err);
}

static int do_delete_link(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = run_find_link(run, &action->link, &ifindex, &failure);
	if (r == 0)
		r = link_delete(run->apply->netlink, ifindex, action->link.name, &failure);
	if (r == -ENODEV)
		return 0;
	if (r < 0)
		error_move(err, &failure);
	return r;
}

const struct doer do_link[] = {
	{ ACTION_ADD_MACVTAP, do_add_macvtap, .makes = MAKES_DEVICE },
	{ ACTION_ADD_MACVLAN, do_add_macvlan, .makes = MAKES_SIDE },
	{ ACTION_SET_MODE, do_set_mode, .on_link = true },
	{ ACTION_SET_MAC, do_set_mac, .on_link = true },
	{ ACTION_SET_MTU, do_set_mtu, .on_link = true },
	{ ACTION_SET_UP, do_set_up, .on_link = true },
	{ ACTION_SET_DOWN, do_set_down, .on_link = true },
	{ ACTION_DELETE_LINK, do_delete_link },
};
