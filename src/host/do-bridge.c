/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bridges and their ports. */
#include "host/run.h"
#include "host/words.h"
#include "kernel/bridge-port.h"
#include "kernel/link.h"

static int do_add_bridge(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	struct netlink *nl = run->apply->netlink;
	const struct bridge_spec spec = {
		.name = action->link.name,
		.altname = *action->tag ? action->tag : NULL,
		.mac = action->mac.bytes,
		.mtu = action->mtu,
		.options = words_kernel_bridge(action->bridge),
	};
	int r;

	r = link_add_bridge(nl, &spec, &ifindex, err);
	if (r < 0)
		return r;
	r = run_note_made(run, spec.name, ifindex, err);
	if (r < 0)
		(void)link_delete(nl, ifindex, spec.name, NULL);
	else
		run->result.ifindex = ifindex;
	return r;
}

static int do_set_bridge(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	const struct bridge_options options = words_kernel_bridge(action->bridge);

	return link_set_bridge(run->apply->netlink, ifindex, action->link.name, &options, err);
}

static int do_set_master(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	int master = 0, r;

	r = run_find_other(run, &action->other, &master, err);
	if (r < 0)
		return r;
	return link_set_master(run->apply->netlink, ifindex, action->link.name, master,
			       action->other.name, err);
}

static int do_clear_master(struct run *run, const struct action *action, int ifindex,
			   struct error *err)
{
	return link_clear_master(run->apply->netlink, ifindex, action->link.name, err);
}

static int do_set_bridge_port(struct run *run, const struct action *action, int ifindex,
			      struct error *err)
{
	const struct bridge_port_flags flags = words_kernel_port(action->bridge_port);

	return bridge_port_set(run->apply->netlink, ifindex, action->link.name, &flags, err);
}

static int do_filter_vlans(struct run *run, const struct action *action, int ifindex,
			   struct error *err)
{
	return link_filter_vlans(run->apply->netlink, ifindex, action->link.name, true, err);
}

static int do_end_filter_vlans(struct run *run, const struct action *action, int ifindex,
			       struct error *err)
{
	return link_filter_vlans(run->apply->netlink, ifindex, action->link.name, false, err);
}

static int do_set_vlans(struct run *run, const struct action *action, int ifindex,
			struct error *err)
{
	AUTO(vlan_set_done) struct vlan_set set = { 0 };
	AUTO_FREE struct bridge_vlans *vlans = NULL;
	int r;

	r = vlan_set_make(&action->vlans.asked, action->vlans.pvid, &set);
	if (r == 0)
		r = words_kernel_vlans(&set, &vlans);
	if (r < 0)
		return error_oom(err);
	return bridge_port_set_vlans(run->apply->netlink, ifindex, action->link.name, vlans, set.n,
				     err);
}

static int do_add_static(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	return bridge_port_add_address(run->apply->netlink, ifindex, action->link.name,
				       action->mac.bytes, err);
}

static int do_delete_static(struct run *run, const struct action *action, int ifindex,
			    struct error *err)
{
	return bridge_port_delete_address(run->apply->netlink, ifindex, action->link.name,
					  action->mac.bytes, err);
}

const struct doer do_bridge[] = {
	{ ACTION_ADD_BRIDGE, do_add_bridge, .makes = MAKES_DEVICE },
	{ ACTION_SET_BRIDGE, do_set_bridge, .on_link = true },
	{ ACTION_SET_MASTER, do_set_master, .on_link = true },
	{ ACTION_CLEAR_MASTER, do_clear_master, .on_link = true },
	{ ACTION_SET_BRIDGE_PORT, do_set_bridge_port, .on_link = true },
	{ ACTION_FILTER_VLANS, do_filter_vlans, .on_link = true },
	{ ACTION_END_FILTER_VLANS, do_end_filter_vlans, .on_link = true },
	{ ACTION_SET_VLANS, do_set_vlans, .on_link = true },
	{ ACTION_ADD_STATIC, do_add_static, .on_link = true },
	{ ACTION_DELETE_STATIC, do_delete_static, .on_link = true },
};
