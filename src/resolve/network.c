/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A network is compared, part by part, with what the host has of it; each part
 * that is missing becomes a step. The parts come in the order in which the host
 * is safe at each moment:
 *
 *	bridge		down, with its tag
 *	IPv6 sysctls	before anything can be heard on it: no router of a guest's is believed
 *	packet filter	before it is up; open networks have none
 *	limits		before it is up, when that costs no frames
 *	addresses
 *	up
 *	routes		need a link that is up
 *	forwarding	the host's, not the bridge's
 *	dnsmasq		binds to the addresses
 *
 * On a bridge that the plan makes, the steps after it need no undo: it goes
 * with the bridge. A subnet is looked at for collisions when its address is to
 * be added, and not later: a host that got such a route since does not end a
 * network that runs.
 *
 * Without an IPv6 address the bridge has no IPv6 at all, also where ipv6='yes'
 * lets guests speak it: frames between them need nothing of the host.
 */
#include <stdio.h>
#include <string.h>

#include "resolve/beside.h"
#include "resolve/collision.h"
#include "resolve/deaf-links.h"
#include "resolve/name.h"
#include "resolve/network.h"
#include "resolve/network-limits.h"
#include "resolve/takeover.h"
#include "resolve/tunnel.h"
#include "util/array.h"

enum {
	DELAY_MIN_CSEC = 200, /* with STP (IEEE 802.1D-1998, net/bridge/br_private.h) */
	DELAY_MAX_CSEC = 3000,
	ROUTE_METRIC = 1, /* where none is said, as libvirt */
};

static const char bridge_template[] = "vifbr%d";

struct work {
	const struct network_request *request;
	const struct network *network;
	const struct facts *facts;
	struct network_resolution *resolution;
	const struct host_link *bridge; /* what stands of it; NULL: it is to be made */
	struct text *warnings;          /* lines of the summary */
	struct text *said;              /* and so, of what is beside the bridge, or the pool */
	bool starting;
	struct error *err;
};

static const struct host_link *find_own(const struct work *work)
{
	char tag[NETWORK_TAG_SIZE];

	network_tag(&work->network->uuid, tag);
	return facts_find(work->facts, tag);
}

/* --- name and address -------------------------------------------------------- */

static const struct network *network_of_bridge(const struct network_request *request,
					       const char *name)
{
	for (size_t i = 0; i < request->n_active; i++)
		if (request->active[i]->bridge.name &&
		    !strcmp(request->active[i]->bridge.name, name))
			return request->active[i];
	return NULL;
}

static bool bridge_name_is_free(const void *userdata, const char *name)
{
	const struct network_request *request = userdata;

	return !facts_find(request->facts, name) && !network_of_bridge(request, name);
}

static int bridge_name_taken(const struct work *work, const char *name)
{
	const struct network *other = network_of_bridge(work->request, name);
	const struct host_link *link = facts_find(work->facts, name);
	bool alternative = link && strcmp(link->name, name) != 0;

	if (other)
		return error_set(work->err, -EEXIST, ERROR_IN_USE,
				 "its bridge cannot be named %s: network '%s' has one of that name",
				 name, other->name);
	return error_set(work->err, -EEXIST, ERROR_IN_USE,
			 "its bridge cannot be named %s: that is %s%s %s that vifd did not make",
			 name, alternative ? "another name of " : "a ",
			 *link->kind ? link->kind : "host interface",
			 alternative ? link->name : "here");
}

static int choose_name(const struct work *work)
{
	const char *wanted = work->network->bridge.name;
	char *name = work->resolution->bridge;

	if (!wanted)
		wanted = bridge_template;
	if (work->bridge && !strchr(wanted, '%') && strcmp(wanted, work->bridge->name) != 0)
		return error_set(work->err, -EEXIST, ERROR_IN_USE,
				 "its bridge %s was renamed to %s; `ip link set %s name %s` helps",
				 wanted, work->bridge->name, work->bridge->name, wanted);
	if (work->bridge) {
		snprintf(name, IFNAMSIZ, "%s", work->bridge->name);
		return 0;
	}
	if (strchr(wanted, '%'))
		return name_first_free(wanted, 0, bridge_name_is_free, work->request, name,
				       work->err);
	if (!bridge_name_is_free(work->request, wanted))
		return bridge_name_taken(work, wanted);
	snprintf(name, IFNAMSIZ, "%s", wanted);
	return 0;
}

/* The same at each start, so that guests keep the host in their tables. FNV-1a. */
static struct mac mac_of_uuid(const struct uuid *uuid)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < sizeof(uuid->bytes); i++)
		hash = (hash ^ uuid->bytes[i]) * 16777619U;
	return (struct mac){ { 0x52, 0x54, 0, (uint8_t)(hash >> 16), (uint8_t)(hash >> 8),
			       (uint8_t)hash } };
}

/* --- steps --------------------------------------------------------------------- */

/* A step about the bridge; NULL and the error set when out of memory. */
static struct plan_step *add_step(const struct work *work, enum action_kind kind)
{
	struct plan_step *step = plan_add(&work->resolution->plan, kind);

	if (!step) {
		(void)error_oom(work->err);
		return NULL;
	}
	link_ref_set(&step->action.link, work->resolution->bridge,
		     work->bridge ? work->bridge->ifindex : 0);
	return step;
}

/* An undo of the last step: the same action, of another kind. NULL and the error set, as above. */
static struct action *add_undo(const struct work *work, enum action_kind kind)
{
	struct action *undo = plan_undo(&work->resolution->plan, kind);

	if (!undo)
		(void)error_oom(work->err);
	return undo;
}

/* --- the bridge ------------------------------------------------------------------ */

/*
 * A table of addresses that vifd fills is the ports' matter. (libvirt turns VLAN
 * filtering on with it, so that a bridge need not keep its ports promiscuous:
 * this one's are guests' taps, where that costs nothing, and guests may use VLANs.)
 */
static struct bridge_settings settings_of(const struct network *network)
{
	struct bridge_settings settings = {
		.stp = network->bridge.stp == TRISTATE_YES,
		.delay_csec = DELAY_MAX_CSEC,
	};

	if (!settings.stp || network->bridge.delay < DELAY_MAX_CSEC / 100)
		settings.delay_csec = (unsigned)network->bridge.delay * 100;
	if (settings.stp && settings.delay_csec < DELAY_MIN_CSEC)
		settings.delay_csec = DELAY_MIN_CSEC;
	return settings;
}

static int make_bridge(const struct work *work)
{
	struct plan_step *step = add_step(work, ACTION_ADD_BRIDGE);

	if (!step)
		return -ENOMEM;
	step->action.mac = work->resolution->mac;
	step->action.mtu = work->resolution->mtu;
	step->action.bridge = settings_of(work->network);
	network_tag(&work->network->uuid, step->action.tag);
	return add_undo(work, ACTION_DELETE_LINK) ? 0 : -ENOMEM;
}

static int repair_settings(const struct work *work)
{
	const struct bridge_settings settings = settings_of(work->network);
	struct plan_step *step;
	struct action *undo;

	if (bridge_settings_equal(settings, work->bridge->bridge))
		return 0;
	step = add_step(work, ACTION_SET_BRIDGE);
	if (!step)
		return -ENOMEM;
	step->action.bridge = settings;
	undo = add_undo(work, ACTION_SET_BRIDGE);
	if (!undo)
		return -ENOMEM;
	undo->bridge = work->bridge->bridge;
	return 0;
}

static int repair_mac(const struct work *work)
{
	struct plan_step *step;
	struct action *undo;

	if (mac_equal(&work->resolution->mac, &work->bridge->mac))
		return 0;
	step = add_step(work, ACTION_SET_MAC);
	if (!step)
		return -ENOMEM;
	step->action.mac = work->resolution->mac;
	undo = add_undo(work, ACTION_SET_MAC);
	if (!undo)
		return -ENOMEM;
	undo->mac = work->bridge->mac;
	return 0;
}

static int repair_mtu(const struct work *work)
{
	struct plan_step *step;
	struct action *undo;

	if (!work->resolution->mtu || work->resolution->mtu == work->bridge->mtu)
		return 0;
	step = add_step(work, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	step->action.mtu = work->resolution->mtu;
	undo = add_undo(work, ACTION_SET_MTU);
	if (!undo)
		return -ENOMEM;
	undo->mtu = work->bridge->mtu;
	return 0;
}

static int need_bridge(const struct work *work)
{
	int r;

	if (!work->bridge)
		return make_bridge(work);
	r = repair_settings(work);
	if (r == 0)
		r = repair_mac(work);
	return r < 0 ? r : repair_mtu(work);
}

static int need_up(const struct work *work)
{
	if (work->bridge && work->bridge->up)
		return 0;
	if (!add_step(work, ACTION_SET_UP))
		return -ENOMEM;
	return !work->bridge || add_undo(work, ACTION_SET_DOWN) ? 0 : -ENOMEM;
}

/* --- sysctls ---------------------------------------------------------------------- */

/* The former value is only known, and only of interest, on a bridge that stands. */
static int need_ipv6_sysctl(const struct work *work, const char *key, bool wanted,
			    const bool *former)
{
	struct plan_step *step;
	struct action *undo;

	if (former && *former == wanted)
		return 0;
	step = add_step(work, ACTION_SET_SYSCTL);
	if (!step)
		return -ENOMEM;
	snprintf(step->action.sysctl.path, sizeof(step->action.sysctl.path), "net/ipv6/conf/%s/%s",
		 work->resolution->bridge, key);
	step->action.sysctl.value = wanted;
	if (!former)
		return 0;
	undo = add_undo(work, ACTION_SET_SYSCTL);
	if (!undo)
		return -ENOMEM;
	undo->sysctl.value = *former;
	return 0;
}

static int need_ipv6(const struct work *work)
{
	bool wanted = network_has_address_of(work->network, AF_INET6);
	const struct host_ipv6 *former = NULL;
	int r;

	if (!work->facts->ip.has_ipv6 && wanted)
		return error_set(work->err, -EAFNOSUPPORT, ERROR_NOT_SUPPORTED,
				 "it has an IPv6 address, but this host has no IPv6");
	if (!work->facts->ip.has_ipv6)
		return 0;
	if (work->bridge)
		former = host_ip_ipv6(&work->facts->ip, work->bridge->ifindex);
	r = need_ipv6_sysctl(work, "disable_ipv6", !wanted, former ? &former->disabled : NULL);
	if (r == 0 && wanted)
		r = need_ipv6_sysctl(work, "autoconf", false, former ? &former->autoconf : NULL);
	if (r == 0 && wanted)
		r = need_ipv6_sysctl(work, "accept_ra", false, former ? &former->accept_ra : NULL);
	return r;
}

static const char ipv4_forwarding[] = "net/ipv4/ip_forward";
static const char ipv6_forwarding[] = "net/ipv6/conf/all/forwarding";

static int switch_forwarding(const struct work *work, const char *sysctl, bool *ret_switched)
{
	struct plan_step *step = add_step(work, ACTION_SET_SYSCTL);

	if (!step)
		return -ENOMEM;
	snprintf(step->action.sysctl.path, sizeof(step->action.sysctl.path), "%s", sysctl);
	if (!add_undo(work, ACTION_SET_SYSCTL))
		return -ENOMEM;
	step->action.sysctl.value = 1;
	*ret_switched = true;
	return 0;
}

static bool is_own(const struct work *work, int ifindex)
{
	return work->bridge && work->bridge->ifindex == ifindex;
}

/* A host that forwards believes router advertisements only where accept_ra is 2. */
static int check_fragile_routes(const struct work *work)
{
	const struct host_ip *ip = &work->facts->ip;

	for (size_t i = 0; i < ip->n_routes; i++) {
		const struct host_link *link = facts_get(work->facts, ip->routes[i].ifindex);

		if (!ip->routes[i].fragile || !link)
			continue;
		return error_set(
			work->err, -EBUSY, ERROR_DEVICE_UNSUITABLE,
			"it needs IPv6 forwarding, and with that the host would lose the routes "
			"that %s has from router advertisements; `sysctl -w "
			"net/ipv6/conf/%s/accept_ra=2` keeps them",
			link->name, link->name);
	}
	return 0;
}

/* Whether or not they have heard one yet: at a boot a NIC may be later than a network. */
static int warn_of_deafness(const struct work *work)
{
	const struct host_ip *ip = &work->facts->ip;
	AUTO_FREE int *links = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ip->n_ipv6; i++) {
		int ifindex = ip->ipv6[i].ifindex, *link;

		if (is_own(work, ifindex) || !ip->ipv6[i].hears_routers)
			continue;
		link = array_add(&links, &n, sizeof(*link));
		if (!link)
			return -ENOMEM;
		*link = ifindex;
	}
	if (deaf_links_say(work->facts, links, n, work->warnings))
		text_add(work->warnings, "\n");
	return 0;
}

static int need_forwarding(const struct work *work)
{
	int r = 0;

	if (network_needs_forwarding(work->network, AF_INET) && !work->facts->ip.forward_ipv4)
		r = switch_forwarding(work, ipv4_forwarding, &work->resolution->forwards_ipv4);
	if (r < 0 || !network_needs_forwarding(work->network, AF_INET6) ||
	    work->facts->ip.forward_ipv6)
		return r;
	r = check_fragile_routes(work);
	if (r == 0)
		r = warn_of_deafness(work);
	return r < 0 ? r
		     : switch_forwarding(work, ipv6_forwarding, &work->resolution->forwards_ipv6);
}

/* --- addresses --------------------------------------------------------------------- */

static bool has_address(const struct work *work, const struct network_ip *ip)
{
	const struct host_ip *host = &work->facts->ip;

	for (size_t i = 0; i < host->n_addresses; i++)
		if (is_own(work, host->addresses[i].ifindex) &&
		    host->addresses[i].prefix == ip->prefix &&
		    address_equal(&host->addresses[i].address, &ip->address))
			return true;
	return false;
}

static int need_address(const struct work *work, const struct network_ip *ip)
{
	const struct collision_request request = {
		.facts = work->facts,
		.active = work->request->active,
		.n_active = work->request->n_active,
		.own_ifindex = work->bridge ? work->bridge->ifindex : 0,
	};
	struct plan_step *step;
	int r;

	if (!ip->address.family || has_address(work, ip))
		return 0;
	r = collision_check(&request, ip, work->warnings, work->err);
	if (r < 0)
		return r;
	step = add_step(work, ACTION_ADD_ADDRESS);
	if (!step)
		return -ENOMEM;
	step->action.ip.address = ip->address;
	step->action.ip.prefix = ip->prefix;
	return !work->bridge || add_undo(work, ACTION_DELETE_ADDRESS) ? 0 : -ENOMEM;
}

static int need_addresses(const struct work *work)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < work->network->n_ips; i++)
		r = need_address(work, &work->network->ips[i]);
	return r;
}

/* --- routes ------------------------------------------------------------------------- */

/* Has the bridge the route? An error where another link has one to there. */
static int find_route(const struct work *work, const struct network_route *wanted, unsigned metric,
		      bool *ret_found)
{
	struct address destination = address_network(&wanted->address, wanted->prefix);

	*ret_found = false;
	for (size_t i = 0; i < work->facts->ip.n_routes; i++) {
		const struct host_route *route = &work->facts->ip.routes[i];

		if (route->prefix != wanted->prefix ||
		    !address_equal(&route->destination, &destination))
			continue;
		if (!is_own(work, route->ifindex))
			return error_set(work->err, -EEXIST, ERROR_IN_USE,
					 "the host has a route to %s already, by %s",
					 subnet_text(&destination, wanted->prefix).text,
					 link_name(work->facts, route->ifindex));
		*ret_found |= route->metric == metric &&
			      address_equal(&route->gateway, &wanted->gateway);
	}
	return 0;
}

static int need_route(const struct work *work, const struct network_route *route)
{
	unsigned metric = route->metric ? route->metric : ROUTE_METRIC;
	struct plan_step *step;
	bool found;
	int r;

	r = find_route(work, route, metric, &found);
	if (r < 0 || found)
		return r;
	step = add_step(work, ACTION_ADD_ROUTE);
	if (!step)
		return -ENOMEM;
	step->action.ip.address = address_network(&route->address, route->prefix);
	step->action.ip.prefix = route->prefix;
	step->action.ip.gateway = route->gateway;
	step->action.ip.metric = metric;
	return !work->bridge || add_undo(work, ACTION_DELETE_ROUTE) ? 0 : -ENOMEM;
}

static int need_routes(const struct work *work)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < work->network->n_routes; i++)
		r = need_route(work, &work->network->routes[i]);
	return r;
}

/* --- services ------------------------------------------------------------------------ */

static int switch_service(const struct work *work, enum service_kind service, bool on, bool undone)
{
	struct plan_step *step = add_step(work, ACTION_SWITCH_SERVICE);
	struct action *undo;

	if (!step)
		return -ENOMEM;
	step->action.service.name = service;
	step->action.service.on = on;
	if (!undone)
		return 0;
	undo = add_undo(work, ACTION_SWITCH_SERVICE);
	if (!undo)
		return -ENOMEM;
	undo->service.on = !on;
	return 0;
}

static bool needs_services(const struct work *work)
{
	return work->starting || work->request->rewrite || !work->bridge;
}

/* A repair that fails leaves the filter on: the network is still one that is started. */
static int need_filter(const struct work *work)
{
	if (!work->request->firewall || !needs_services(work))
		return 0;
	return switch_service(work, SERVICE_FIREWALL, true, work->starting);
}

/* Bound to a bridge that is no more; without a bridge there is nothing to undo. */
static int stop_orphan(const struct work *work)
{
	if (work->starting || work->bridge || !work->request->dnsmasq)
		return 0;
	return switch_service(work, SERVICE_DNSMASQ, false, false);
}

/* --- limits -------------------------------------------------------------------------- */

static struct limits_request limits_of(const struct work *work)
{
	return (struct limits_request){
		.network = work->network,
		.former = work->request->former,
		.facts = work->facts,
		.bridge = work->bridge,
		.bridge_name = work->resolution->bridge,
		.unknown = work->starting || work->request->rewrite || work->request->relimit,
	};
}

static int need_limits(const struct work *work)
{
	const struct limits_request request = limits_of(work);

	return network_limits(&request, &work->resolution->plan) < 0 ? error_oom(work->err) : 0;
}

static int need_dnsmasq(const struct work *work)
{
	if (!work->request->dnsmasq || !needs_services(work))
		return 0;
	return switch_service(work, SERVICE_DNSMASQ, true, work->starting || !work->bridge);
}

/* --- beside the bridge, or what the host has --- */

static struct beside beside_of(const struct work *work)
{
	return (struct beside){
		.request = work->request,
		.bridge = work->resolution->bridge,
		.plan = &work->resolution->plan,
		.said = work->said,
		.mtu = work->resolution->mtu,
		.starting = work->starting,
		.err = work->err,
	};
}

static int change_beside(const struct work *work)
{
	const struct beside beside = beside_of(work);

	return beside_change(&beside);
}

static int need_beside(const struct work *work)
{
	const struct beside beside = beside_of(work);

	return beside_need(&beside);
}

/* --- all of it ------------------------------------------------------------------------- */

static int (*const parts[])(const struct work *work) = {
	stop_orphan, need_bridge, need_ipv6,       need_filter, need_limits,  need_addresses,
	need_up,     need_routes, need_forwarding, need_beside, need_dnsmasq,
};

static void say_network(const struct work *work, struct text *text)
{
	const struct network *network = work->network;

	text_add(text, "%s: the bridge of network '%s', %s", work->resolution->bridge,
		 network->name,
		 network->forward == FORWARD_ISOLATED ? "isolated"
						      : forward_mode_name(network->forward));
	for (size_t i = 0, n = 0; i < network->n_ips; i++) {
		char address[ADDRESS_TEXT_SIZE];

		if (!network->ips[i].address.family)
			continue;
		address_format(&network->ips[i].address, address);
		text_add(text, "%s %s/%u", n++ ? "," : ", the host's address is", address,
			 network->ips[i].prefix);
	}
	text_add(text, "\n");
}

/* Only a start takes anything; a repair puts back what was there. */
static int check_takeover(const struct work *work)
{
	int r;

	if (!work->starting)
		return 0;
	r = takeover_check_forwards(work->request, work->warnings, work->err);
	return r < 0 ? r
		     : takeover_check_ways(work->request, work->bridge ? work->bridge->ifindex : 0,
					   work->warnings, work->err);
}

static void say_forwarding(const char *family, const char *sysctl, struct text *text)
{
	text_add(text,
		 "the host forwards %s from now on, between all of its interfaces (%s), "
		 "also when the network is stopped\n",
		 family, sysctl);
}

/* A port that is new listens and learns first (backends/host-bridge.c). */
static void say_spanning_tree(const struct work *work, struct text *text)
{
	struct bridge_settings settings = settings_of(work->network);
	unsigned delay = 2 * settings.delay_csec;

	if (settings.stp)
		text_add(text,
			 "%s has spanning tree on, as its stp='on' asks: a guest's frames pass "
			 "%u.%02u s after it is plugged\n",
			 work->resolution->bridge, delay / 100, delay % 100);
}

static int finish(const struct work *work)
{
	AUTO_FREE char *said = NULL;
	struct text text = TEXT_INIT;

	if (text_take(work->said, &said) < 0)
		return error_oom(work->err);
	if (network_is_managed(work->network)) {
		say_network(work, &text);
		say_spanning_tree(work, &text);
	}
	text_add(&text, "%s", said);
	if (work->resolution->forwards_ipv4)
		say_forwarding("IPv4", ipv4_forwarding, &text);
	if (work->resolution->forwards_ipv6)
		say_forwarding("IPv6", ipv6_forwarding, &text);
	if (text_take(&text, &work->resolution->summary) < 0 ||
	    text_take(work->warnings, &work->resolution->warnings) < 0)
		return error_oom(work->err);
	return 0;
}

/* What runs keeps the one that it was started with. */
static int choose_mtu(const struct work *work)
{
	work->resolution->mtu = work->network->mtu;
	return work->starting ? tunnel_mtu(work->request, &work->resolution->mtu, work->err) : 0;
}

static int no_ip_facts(const struct work *work)
{
	return error_set(work->err, -ENODATA, ERROR_SYSTEM,
			 "the host's addresses and routes are not known");
}

static int decide(struct work *work)
{
	int r;

	if (!work->facts->has_ip)
		return no_ip_facts(work);
	work->bridge = find_own(work);
	work->resolution->mac = work->network->has_mac ? work->network->mac
						       : mac_of_uuid(&work->network->uuid);
	r = choose_name(work);
	if (r == 0)
		r = choose_mtu(work);
	if (r == 0)
		r = check_takeover(work);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](work);
	return r < 0 ? r : finish(work);
}

static void name_bridge(const struct work *work)
{
	const char *name = work->bridge ? work->bridge->name : work->network->bridge.name;

	snprintf(work->resolution->bridge, sizeof(work->resolution->bridge), "%s", name ?: "");
}

/* A network on what the host has: only what is beside that. */
static int decide_beside(const struct work *work)
{
	int r;

	if (!work->facts->has_ip)
		return no_ip_facts(work);
	name_bridge(work);
	r = need_beside(work);
	return r < 0 ? r : finish(work);
}

static int resolve(const struct network_request *request, bool starting,
		   struct network_resolution *ret_resolution, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	AUTO_TEXT struct text warnings = TEXT_INIT, said = TEXT_INIT;
	struct work work = {
		.request = request,
		.network = request->network,
		.facts = request->facts,
		.resolution = &resolution,
		.warnings = &warnings,
		.said = &said,
		.starting = starting,
		.err = err,
	};
	int r;

	r = network_is_managed(request->network) ? decide(&work) : decide_beside(&work);
	if (r < 0) {
		error_prefix(err, "network '%s': ", request->network->name);
		return r;
	}
	*ret_resolution = resolution;
	resolution = (struct network_resolution){ 0 };
	return 0;
}

int network_resolve_start(const struct network_request *request,
			  struct network_resolution *ret_resolution, struct error *err)
{
	return resolve(request, true, ret_resolution, err);
}

int network_resolve_repair(const struct network_request *request,
			   struct network_resolution *ret_resolution, struct error *err)
{
	return resolve(request, false, ret_resolution, err);
}

static int end_limits(const struct work *work)
{
	const struct limits_request request = limits_of(work);

	return network_limits_end(&request, &work->resolution->plan) < 0 ? error_oom(work->err) : 0;
}

static int take_down(const struct work *work)
{
	const struct beside beside = beside_of(work);
	int r = beside_leave(&beside);

	if (r == 0 && work->request->dnsmasq)
		r = switch_service(work, SERVICE_DNSMASQ, false, true);
	if (r == 0 && work->request->firewall)
		r = switch_service(work, SERVICE_FIREWALL, false, true);
	if (r == 0)
		r = end_limits(work);
	if (r == 0)
		r = beside_delete(&beside);
	if (r == 0 && work->bridge && !add_step(work, ACTION_DELETE_LINK))
		r = -ENOMEM;
	if (r < 0)
		return r;
	work->resolution->summary = strdup("");
	return work->resolution->summary ? 0 : error_oom(work->err);
}

int network_resolve_stop(const struct network_request *request,
			 struct network_resolution *ret_resolution, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct work work = {
		.request = request,
		.network = request->network,
		.facts = request->facts,
		.resolution = &resolution,
		.err = err,
	};
	int r;

	if (network_is_managed(request->network))
		work.bridge = find_own(&work);
	name_bridge(&work);
	r = take_down(&work);
	if (r < 0)
		return r;
	*ret_resolution = resolution;
	resolution = (struct network_resolution){ 0 };
	return 0;
}

void network_resolution_done(struct network_resolution *resolution)
{
	free(resolution->summary);
	free(resolution->warnings);
	plan_done(&resolution->plan);
}

int network_resolve_change(const struct network_request *request,
			   struct network_resolution *ret_resolution, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct work work = {
		.request = request,
		.network = request->network,
		.facts = request->facts,
		.resolution = &resolution,
		.err = err,
	};
	int r;

	work.bridge = find_own(&work);
	name_bridge(&work);
	r = work.bridge ? need_limits(&work) : 0;
	if (r == 0)
		r = change_beside(&work);
	if (r < 0)
		return r;
	*ret_resolution = resolution;
	resolution = (struct network_resolution){ 0 };
	return 0;
}
