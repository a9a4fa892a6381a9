/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run goes through the plan's steps with one table, action kind -> function;
 * an undo is an action like any other and goes through the same table.
 *
 * A plan names the links that it makes itself by name only. The run notes the
 * ifindex of each link that it makes, and every later step of the plan, undo
 * included, means that one: a link that somebody renamed to the same name in
 * between cannot be hit. A name that the run did not make is looked up.
 *
 * ACTION_CLOSE_FDS as an undo closes what its own step opened. For that the
 * run notes before each step how many fds there were.
 */
#include <string.h>

#include "host/apply.h"
#include "host/words.h"
#include "kernel/bridge-port.h"
#include "kernel/fds.h"
#include "kernel/link-address.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "kernel/tc.h"
#include "kernel/tun.h"
#include "kernel/vhost.h"
#include "util/array.h"
#include "util/log.h"

struct mark {
	size_t n_fds;
	size_t n_vhost_fds;
};

struct run {
	struct apply *apply;
	const struct apply_held *held; /* may be NULL, and so the next */
	const struct apply_services *services;
	struct apply_result result;
	struct link_ref *made;
	size_t n_made;
	struct mark *marks; /* one for each step: what was open before it */
	struct mark keep;   /* ACTION_CLOSE_FDS leaves this much open */
};

static void run_done(struct run *run)
{
	apply_result_done(&run->result);
	free(run->made);
	free(run->marks);
}

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

/* Room for n fds more at the end of an array; its count is the caller's to raise. */
static int reserve_fds(int **fds, size_t n_fds, size_t n, struct error *err)
{
	int *more = reallocarray(*fds, n_fds + n, sizeof(**fds));

	if (!more)
		return error_oom(err);
	*fds = more;
	return 0;
}

static int note_made(struct run *run, const char *name, int ifindex, struct error *err)
{
	struct link_ref *ref = array_add(&run->made, &run->n_made, sizeof(*ref));

	if (!ref)
		return error_oom(err);
	link_ref_set(ref, name, ifindex);
	return 0;
}

static int find_link(const struct run *run, const struct link_ref *ref, int *ret_ifindex,
		     struct error *err)
{
	if (ref->ifindex > 0) {
		*ret_ifindex = ref->ifindex;
		return 0;
	}
	for (size_t i = run->n_made; i-- > 0;) {
		if (strcmp(run->made[i].name, ref->name) != 0)
			continue;
		*ret_ifindex = run->made[i].ifindex;
		return 0;
	}
	if (netlink_ifindex(run->apply->netlink, ref->name, ret_ifindex) < 0)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE, "there is no link %s",
				 ref->name);
	return 0;
}

/* The other link of an action: the one that the plan saw, or an error. */
static int find_other(const struct run *run, const struct link_ref *ref, int *ret_ifindex,
		      struct error *err)
{
	int expected, now, r;

	r = find_link(run, ref, &expected, err);
	if (r < 0)
		return r;
	r = netlink_ifindex(run->apply->netlink, ref->name, &now);
	if (r < 0 || now != expected)
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 r < 0 ? "%s has gone meanwhile" : "%s is another link meanwhile",
				 ref->name);
	*ret_ifindex = expected;
	return 0;
}

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
	};
	int ifindex, r;

	r = find_other(run, &action->other, &spec.lower, err);
	if (r < 0)
		return r;
	r = link_add_macvlan(nl, &spec, &ifindex, err);
	if (r < 0)
		return r;
	r = note_made(run, spec.name, ifindex, err);
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
	r = tc_make_ready(nl, ifindex, action->link.name, err);
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

static int do_wire(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	int macvlan, r;

	r = find_other(run, &action->other, &macvlan, err);
	if (r < 0)
		return r;
	return tc_wire(run->apply->netlink, ifindex, action->link.name, macvlan, action->other.name,
		       err);
}

static int do_unwire(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return tc_unwire(run->apply->netlink, ifindex, action->link.name, err);
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
		r = reserve_fds(&result->fds, result->n_fds, action->queues, err);
	if (r == 0)
		r = macvtap_open(&run->apply->folders, ifindex, action->link.name, action->queues,
				 action->vnet_hdr, result->fds + result->n_fds, err);
	if (r == 0)
		result->n_fds += action->queues;
	return r;
}

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
		r = tc_make_ready(nl, ifindex, name, err);
	if (r == 0)
		r = note_made(run, name, ifindex, err);
	if (r == 0)
		run->result.ifindex = ifindex;
	return r;
}

static int do_add_tap(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	struct apply_result *result = &run->result;
	int *fds, r;

	r = reserve_fds(&result->fds, result->n_fds, action->queues, err);
	if (r < 0)
		return r;
	fds = result->fds + result->n_fds;
	r = tun_create(action->link.name, action->queues, action->vnet_hdr, fds, &ifindex, err);
	if (r < 0)
		return r;
	r = finish_tap(run, action, ifindex, err);
	if (r < 0)
		fds_close(fds, action->queues); /* the tap goes with them */
	else
		result->n_fds += action->queues;
	return r;
}

/* A part of a tap that could not be made again: its queues stay open, so it has to be deleted. */
static void delete_remade(struct run *run, const struct apply_held *held, const char *name)
{
	struct netlink *nl = run->apply->netlink;
	int ifindex;

	for (size_t i = 0; i < held->n_fds; i++) {
		if (!tun_is_queue_of(held->fds[i], name))
			continue;
		if (netlink_ifindex(nl, name, &ifindex) == 0)
			(void)link_delete(nl, ifindex, name, NULL);
		return;
	}
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
	r = tun_remake(held->fds, action->queues, name, &held->settings, &ifindex, err);
	if (r == -EEXIST)
		return r;
	if (r == 0)
		r = finish_tap(run, action, ifindex, err);
	if (r < 0)
		delete_remade(run, held, name);
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

static int do_open_vhost(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	struct apply_result *result = &run->result;
	int r;

	r = reserve_fds(&result->vhost_fds, result->n_vhost_fds, action->queues, err);
	if (r == 0)
		r = vhost_open(action->queues, result->vhost_fds + result->n_vhost_fds, err);
	if (r == 0)
		result->n_vhost_fds += action->queues;
	return r;
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

static int do_set_master(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	int master = 0, r;

	r = find_other(run, &action->other, &master, err);
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
	r = note_made(run, spec.name, ifindex, err);
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

static struct link_address link_address_of(const struct action *action, int ifindex)
{
	struct link_address address = {
		.ifindex = ifindex,
		.family = action->address.family,
		.prefix = action->prefix,
	};

	words_kernel_address(&action->address, address.bytes);
	return address;
}

static int do_add_address(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	const struct link_address address = link_address_of(action, ifindex);

	return link_address_add(run->apply->netlink, &address, action->link.name, err);
}

/* What has gone already (with its link's state, say) is deleted. */
static int unless_absent(int r, int absent, struct error *failure, struct error *err)
{
	if (r == absent)
		return 0;
	if (r < 0)
		error_move(err, failure);
	return r;
}

static int do_delete_address(struct run *run, const struct action *action, int ifindex,
			     struct error *err)
{
	const struct link_address address = link_address_of(action, ifindex);
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = link_address_delete(run->apply->netlink, &address, action->link.name, &failure);
	return unless_absent(r, -EADDRNOTAVAIL, &failure, err);
}

static struct route route_of(const struct action *action, int ifindex)
{
	struct route route = {
		.family = action->address.family,
		.prefix = action->prefix,
		.has_gateway = action->gateway.family != 0,
		.ifindex = ifindex,
		.metric = action->metric,
	};

	words_kernel_address(&action->address, route.destination);
	words_kernel_address(&action->gateway, route.gateway);
	return route;
}

static int do_add_route(struct run *run, const struct action *action, int ifindex,
			struct error *err)
{
	const struct route route = route_of(action, ifindex);

	return route_add(run->apply->netlink, &route, action->link.name, err);
}

static int do_delete_route(struct run *run, const struct action *action, int ifindex,
			   struct error *err)
{
	const struct route route = route_of(action, ifindex);
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = route_delete(run->apply->netlink, &route, action->link.name, &failure);
	return unless_absent(r, -ESRCH, &failure, err);
}

static int do_set_sysctl(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	return sysctl_write(action->sysctl, action->value, err);
}

typedef int service_func(void *userdata, bool on, struct error *err);

static int switch_service(const struct run *run, const struct action *action, const char *what,
			  service_func *service, bool on, struct error *err)
{
	if (!service)
		return error_set(err, -ENOTSUP, ERROR_NOT_SUPPORTED,
				 "there is nobody to do the %s of %s", what, action->link.name);
	return service(run->services->userdata, on, err);
}

static int switch_firewall(const struct run *run, const struct action *action, bool on,
			   struct error *err)
{
	const struct apply_services *services = run->services;

	return switch_service(run, action, "packet filter", services ? services->firewall : NULL,
			      on, err);
}

static int switch_dnsmasq(const struct run *run, const struct action *action, bool on,
			  struct error *err)
{
	const struct apply_services *services = run->services;

	return switch_service(run, action, "dnsmasq", services ? services->dnsmasq : NULL, on, err);
}

static int do_firewall_on(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	return switch_firewall(run, action, true, err);
}

static int do_firewall_off(struct run *run, const struct action *action, int ifindex,
			   struct error *err)
{
	return switch_firewall(run, action, false, err);
}

static int do_dnsmasq_on(struct run *run, const struct action *action, int ifindex,
			 struct error *err)
{
	return switch_dnsmasq(run, action, true, err);
}

static int do_dnsmasq_off(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	return switch_dnsmasq(run, action, false, err);
}

static int do_delete_link(struct run *run, const struct action *action, int ifindex,
			  struct error *err)
{
	AUTO_ERROR struct error failure = ERROR_INIT;
	int r;

	r = find_link(run, &action->link, &ifindex, &failure);
	if (r == 0)
		r = link_delete(run->apply->netlink, ifindex, action->link.name, &failure);
	if (r == -ENODEV)
		return 0;
	if (r < 0)
		error_move(err, &failure);
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

static int do_nothing(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	return 0;
}

/*
 * `on_link`: the action changes a link that has to exist, and gets its ifindex.
 * The others get 0.
 */
static const struct {
	int (*run)(struct run *run, const struct action *action, int ifindex, struct error *err);
	bool on_link;
} actions[] = {
	[ACTION_NONE] = { do_nothing, false },
	[ACTION_ADD_MACVTAP] = { do_add_macvtap, false },
	[ACTION_OPEN_MACVTAP] = { do_open_macvtap, true },
	[ACTION_ADD_MACVLAN] = { do_add_macvlan, false },
	[ACTION_SET_MODE] = { do_set_mode, true },
	[ACTION_WIRE] = { do_wire, true },
	[ACTION_UNWIRE] = { do_unwire, true },
	[ACTION_ADD_TAP] = { do_add_tap, false },
	[ACTION_REMAKE_TAP] = { do_remake_tap, false },
	[ACTION_PERSIST_TAP] = { do_persist_tap, true },
	[ACTION_OPEN_VHOST] = { do_open_vhost, false },
	[ACTION_SET_MAC] = { do_set_mac, true },
	[ACTION_SET_MTU] = { do_set_mtu, true },
	[ACTION_SET_UP] = { do_set_up, true },
	[ACTION_SET_DOWN] = { do_set_down, true },
	[ACTION_SET_MASTER] = { do_set_master, true },
	[ACTION_CLEAR_MASTER] = { do_clear_master, true },
	[ACTION_SET_BRIDGE_PORT] = { do_set_bridge_port, true },
	[ACTION_ADD_STATIC] = { do_add_static, true },
	[ACTION_DELETE_STATIC] = { do_delete_static, true },
	[ACTION_ADD_BRIDGE] = { do_add_bridge, false },
	[ACTION_SET_BRIDGE] = { do_set_bridge, true },
	[ACTION_ADD_ADDRESS] = { do_add_address, true },
	[ACTION_DELETE_ADDRESS] = { do_delete_address, true },
	[ACTION_ADD_ROUTE] = { do_add_route, true },
	[ACTION_DELETE_ROUTE] = { do_delete_route, true },
	[ACTION_SET_SYSCTL] = { do_set_sysctl, false },
	[ACTION_FIREWALL_ON] = { do_firewall_on, false },
	[ACTION_FIREWALL_OFF] = { do_firewall_off, false },
	[ACTION_DNSMASQ_ON] = { do_dnsmasq_on, false },
	[ACTION_DNSMASQ_OFF] = { do_dnsmasq_off, false },
	[ACTION_DELETE_LINK] = { do_delete_link, false },
	[ACTION_CLOSE_FDS] = { do_close_fds, false },
};
_Static_assert(ARRAY_SIZE(actions) == ACTION_KIND_COUNT, "every action has its function");

static int do_action(struct run *run, const struct action *action, struct error *err)
{
	int ifindex = 0, r;

	if (actions[action->kind].on_link) {
		r = find_link(run, &action->link, &ifindex, err);
		if (r < 0)
			return r;
	}
	return actions[action->kind].run(run, action, ifindex, err);
}

static int do_step(struct run *run, const struct plan *plan, size_t i, struct error *err)
{
	const struct action *action = &plan->steps[i].action;

	run->marks[i] = (struct mark){ run->result.n_fds, run->result.n_vhost_fds };
	if (run->apply->fail_at == i + 1)
		return error_set(err, -ECANCELED, ERROR_SYSTEM, "step %zu was made to fail", i + 1);
	return do_action(run, action, err);
}

static void undo_step(struct run *run, const struct plan *plan, size_t i)
{
	const struct action *undo = &plan->steps[i].undo;
	AUTO_ERROR struct error failure = ERROR_INIT;

	run->keep = run->marks[i];
	if (do_action(run, undo, &failure) < 0)
		log_warning("cannot undo step %zu of a plan: %s", i + 1, error_text(&failure));
}

int apply_run(struct apply *apply, const struct plan *plan, const struct apply_held *held,
	      const struct apply_services *services, struct apply_result *ret_result,
	      struct error *err)
{
	AUTO(run_done) struct run run = { .apply = apply, .held = held, .services = services };
	int r = 0;

	run.marks = calloc(plan->n_steps + 1, sizeof(*run.marks));
	if (!run.marks)
		return error_oom(err);
	for (size_t i = 0; r == 0 && i < plan->n_steps; i++) {
		r = do_step(&run, plan, i, err);
		for (size_t j = i; r < 0 && j-- > 0;)
			undo_step(&run, plan, j);
	}
	if (r < 0)
		return r;
	*ret_result = run.result;
	run.result = APPLY_RESULT_INIT;
	return 0;
}

/* The ifindex of the link that the action made in an earlier run, as that run told it; or 0. */
static int told_ifindex(const struct apply_result *result, enum action_kind kind)
{
	switch (kind) {
	case ACTION_ADD_MACVTAP:
	case ACTION_ADD_TAP:
	case ACTION_REMAKE_TAP:
	case ACTION_ADD_BRIDGE:
		return result->ifindex;
	case ACTION_ADD_MACVLAN:
		return result->side_ifindex;
	default:
		return 0;
	}
}

static void recall_made(struct run *run, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct action *action = &plan->steps[i].action;
		int ifindex = told_ifindex(&run->result, action->kind);

		if (ifindex > 0)
			(void)note_made(run, action->link.name, ifindex, NULL);
	}
}

void apply_undo(struct apply *apply, const struct plan *plan, const struct apply_services *services,
		struct apply_result *result)
{
	AUTO(run_done)
	struct run run = { .apply = apply, .services = services, .result = *result };

	*result = APPLY_RESULT_INIT;
	run.marks = calloc(plan->n_steps + 1, sizeof(*run.marks));
	if (!run.marks)
		return;
	recall_made(&run, plan);
	for (size_t i = plan->n_steps; i-- > 0;)
		undo_step(&run, plan, i);
}
