/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a VMM holds: taps, with their wiring, the queues of macvtaps, and vhost. */
#include <string.h>

#include "host/run.h"
#include "kernel/fds.h"
#include "kernel/link.h"
#include "kernel/tc.h"
#include "kernel/vhost.h"

/* What a new tap still lacks; then the plan's later steps know it by its ifindex. */
static int finish_tap(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	struct netlink *nl = run->apply->netlink;
	const char *name = action->link.name;
	const struct link_setup setup = {
		.altname = *action->tag ? action->tag : NULL,
		.mac = mac_is_zero(&action->mac) ? NULL : action->mac.bytes,
		.mtu = action->mtu,
		.no_ipv6 = !action->host_ip,
		.no_arp = !action->host_ip,
	};
	int r;

	r = link_setup(nl, ifindex, name, &setup, err);
	if (r == 0 && !action->host_ip)
		r = tc_set_noqueue(nl, ifindex, name, err);
	if (r == 0 && !action->host_ip)
		r = tc_make_ready(nl, ifindex, name, true, err);
	if (r == 0)
		r = run_note_made(run, name, ifindex, err);
	if (r == 0)
		run->result.ifindex = ifindex;
	return r;
}

static int do_add_tap(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	struct apply_result *result = &run->result;
	int *fds, r;

	r = run_reserve_fds(&result->fds, result->n_fds, action->queues, err);
	if (r < 0)
		return r;
	fds = result->fds + result->n_fds;
	r = tun_create(action->link.name, action->queues, action->vnet_hdr, action->owner, fds,
		       &ifindex, err);
	if (r < 0)
		return r;
	r = finish_tap(run, action, ifindex, err);
	if (r < 0)
		fds_close(fds, action->queues); /* the tap goes with them */
	else
		result->n_fds += action->queues;
	return r;
}

static int do_remake_tap(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	const struct apply_held *held = run->held;
	const char *name = action->link.name;
	int r;

	if (!held || held->n_fds == 0 || held->n_fds != action->queues)
		return error_set(err, -EBADF, ERROR_SYSTEM,
				 "cannot make tap %s again: %zu of its %u queues are held", name,
				 held ? held->n_fds : 0, action->queues);
	r = tun_remake(held->fds, action->queues, name, &held->settings, action->owner, &ifindex,
		       err);
	if (r < 0)
		return r;
	r = finish_tap(run, action, ifindex, err);
	if (r < 0)
		(void)link_delete(run->apply->netlink, ifindex, name, NULL);
	return r;
}

static int do_persist_tap(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	struct apply_result *result = &run->result;
	int r;

	if (result->n_fds == 0)
		return error_set(err, -EBADF, ERROR_SYSTEM, "tap %s is not open",
				 action->link.name);
	r = tun_set_persistent(result->fds[0], true, err);
	if (r < 0) {
		error_prefix(err, "%s: ", action->link.name);
		return r;
	}
	fds_close(result->fds, result->n_fds);
	result->n_fds = 0;
	return 0;
}

static int do_wire(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	int macvlan, r;

	r = run_find_other(run, &action->other, &macvlan, err);
	if (r < 0)
		return r;
	r = tc_wire(run->apply->netlink, ifindex, action->link.name, macvlan, action->other.name,
		    err);
	if (r == 0 && run->apply->guard)
		r = guard_set_redirect(run->apply->guard, ifindex, macvlan, err);
	return r;
}

static int do_unwire(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	int r = 0;

	if (run->apply->guard)
		r = guard_set_redirect(run->apply->guard, ifindex, 0, err);
	return r < 0 ? r : tc_unwire(run->apply->netlink, ifindex, action->link.name, err);
}

/* Mounting costs, and not every host may: so not before a plan needs it. */
static int need_folders(struct apply *apply, struct error *err)
{
	if (apply->folders.sysfs >= 0)
		return 0;
	return macvtap_folders_open(&apply->folders, apply->node_folder, err);
}

static int do_open_macvtap(struct run *run, const struct action *action, int ifindex,
			   struct error *err)
{
	struct apply_result *result = &run->result;
	int r;

	r = need_folders(run->apply, err);
	if (r == 0)
		r = run_reserve_fds(&result->fds, result->n_fds, action->queues, err);
	if (r == 0)
		r = macvtap_open(&run->apply->folders, ifindex, action->link.name, action->queues,
				 action->vnet_hdr, result->fds + result->n_fds, err);
	if (r == 0)
		result->n_fds += action->queues;
	return r;
}

static int do_open_vhost(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	struct apply_result *result = &run->result;
	int r;

	r = run_reserve_fds(&result->vhost_fds, result->n_vhost_fds, action->queues, err);
	if (r == 0)
		r = vhost_open(action->queues, result->vhost_fds + result->n_vhost_fds, err);
	if (r == 0)
		result->n_vhost_fds += action->queues;
	return r;
}

static int do_close_fds(struct run *run, const struct action *action, int ifindex,
			struct error *err)
{
	struct apply_result *result = &run->result;

	if (result->n_fds > run->keep.n_fds) {
		fds_close(result->fds + run->keep.n_fds, result->n_fds - run->keep.n_fds);
		result->n_fds = run->keep.n_fds;
	}
	if (result->n_vhost_fds > run->keep.n_vhost_fds) {
		fds_close(result->vhost_fds + run->keep.n_vhost_fds,
			  result->n_vhost_fds - run->keep.n_vhost_fds);
		result->n_vhost_fds = run->keep.n_vhost_fds;
	}
	return 0;
}

const struct doer do_tap[] = {
	{ ACTION_ADD_TAP, do_add_tap, .makes = MAKES_DEVICE },
	{ ACTION_REMAKE_TAP, do_remake_tap, .makes = MAKES_DEVICE },
	{ ACTION_PERSIST_TAP, do_persist_tap, .on_link = true },
	{ ACTION_WIRE, do_wire, .on_link = true },
	{ ACTION_UNWIRE, do_unwire, .on_link = true },
	{ ACTION_OPEN_MACVTAP, do_open_macvtap, .on_link = true },
	{ ACTION_OPEN_VHOST, do_open_vhost },
	{ ACTION_CLOSE_FDS, do_close_fds },
};
