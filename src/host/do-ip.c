/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, routes and sysctls. */
#include "host/run.h"
#include "host/words.h"
#include "kernel/link-address.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"

static struct link_address link_address_of(const struct action *action, int ifindex)
{
	struct link_address address = {
		.ifindex = ifindex,
		.family = action->ip.address.family,
		.prefix = action->ip.prefix,
	};

	words_kernel_address(&action->ip.address, address.bytes);
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
		.family = action->ip.address.family,
		.prefix = action->ip.prefix,
		.has_gateway = action->ip.gateway.family != 0,
		.ifindex = ifindex,
		.metric = action->ip.metric,
	};

	words_kernel_address(&action->ip.address, route.destination);
	words_kernel_address(&action->ip.gateway, route.gateway);
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
	return sysctl_write(action->sysctl.path, action->sysctl.value, err);
}

static int do_silence(struct run *run, const struct action *action, int ifindex, struct error *err)
{
	int r = link_disable_ipv6(run->apply->netlink, ifindex, action->link.name, err);

	return r < 0 ? r : link_address_flush(run->apply->netlink, ifindex, action->link.name, err);
}

const struct doer do_ip[] = {
	{ ACTION_ADD_ADDRESS, do_add_address, .on_link = true },
	{ ACTION_DELETE_ADDRESS, do_delete_address, .on_link = true },
	{ ACTION_ADD_ROUTE, do_add_route, .on_link = true },
	{ ACTION_DELETE_ROUTE, do_delete_route, .on_link = true },
	{ ACTION_SET_SYSCTL, do_set_sysctl },
	{ ACTION_SILENCE, do_silence, .on_link = true },
};
