/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host answers ARP for an address on each of its interfaces, and asks with any of its own,
 * unless it is told otherwise: then half of the world would learn this device's address for the
 * host's usual one, and be answered by another way than it asked, which a host with a strict
 * rp_filter drops. So this device speaks for its own addresses only (arp_ignore 1, arp_announce 2),
 * and believes no router.
 *
 * An address there makes the route to its prefix. On the interface below the host mostly has an
 * address too, whose prefix is wider: the narrower one wins, for the guests alone. Two routes to
 * the same subnet would not: that is refused, with what helps.
 */
#include <stdio.h>

#include "backends/lower.h"
#include "resolve/host-access.h"
#include "resolve/name.h"
#include "model/network-tag.h"

static const char name_template[] = "vifhost%d";

struct place {
	const struct beside *beside;
	const struct host_link *base; /* the network's interface, also renamed; NULL: it is away */
	const struct host_link *have; /* the device; NULL: it is to be made */
	char name[IFNAMSIZ];
};

static const struct network *network_of(const struct place *place)
{
	return place->beside->request->network;
}

static const struct facts *facts_of(const struct place *place)
{
	return place->beside->request->facts;
}

static void place_init(struct place *place, const struct beside *beside)
{
	const struct network *network = beside->request->network;
	const struct facts *facts = beside->request->facts;
	const struct pool_entry *entry = &network->pool[0];
	char tag[NETWORK_DEVICE_TAG_SIZE];

	*place = (struct place){ .beside = beside };
	network_device_tag(&network->uuid, NETWORK_DEVICE_HOST, tag);
	place->have = facts_find(facts, tag);
	if (place->have) {
		snprintf(place->name, sizeof(place->name), "%s", place->have->name);
		place->base = place->have->away ? NULL : facts_get(facts, place->have->lower);
	} else {
		place->base = entry->has_mac ? facts_find_address(facts, &entry->mac)
					     : facts_find(facts, entry->dev);
	}
}

static bool name_is_free(const void *facts, const char *name)
{
	return !facts_find(facts, name);
}

static bool has_family(const struct network *network, int family)
{
	for (size_t i = 0; i < network->n_accesses; i++)
		if (network->accesses[i].address.family == family)
			return true;
	return false;
}

/* --- the device --- */

/* FNV-1a: another one on each host that has the network, the same at each start. */
static struct mac mac_of(const struct uuid *uuid, const struct host_link *base)
{
	const struct mac *mac = mac_is_zero(&base->perm_mac) ? &base->mac : &base->perm_mac;
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < sizeof(uuid->bytes); i++)
		hash = (hash ^ uuid->bytes[i]) * 16777619U;
	for (size_t i = 0; i < sizeof(mac->bytes); i++)
		hash = (hash ^ mac->bytes[i]) * 16777619U;
	return (struct mac){ { 0x52, 0x54, 0, (uint8_t)(hash >> 16), (uint8_t)(hash >> 8),
			       (uint8_t)hash } };
}

static struct plan_step *add_step(const struct place *place, enum action_kind kind)
{
	struct plan_step *step = plan_add(place->beside->plan, kind);

	if (!step)
		(void)error_oom(place->beside->err);
	else
		link_ref_set(&step->action.link, place->name,
			     place->have ? place->have->ifindex : 0);
	return step;
}

/* As add_step(). */
static struct action *add_undo(const struct place *place, enum action_kind kind)
{
	struct action *undo = plan_undo(place->beside->plan, kind);

	if (!undo)
		(void)error_oom(place->beside->err);
	return undo;
}

/* Of the new device: it goes with that. */
static int set_sysctl(const struct place *place, const char *family, const char *key, int value)
{
	struct plan_step *step = add_step(place, ACTION_SET_SYSCTL);

	if (!step)
		return -ENOMEM;
	snprintf(step->action.sysctl.path, sizeof(step->action.sysctl.path), "net/%s/conf/%s/%s",
		 family, place->name, key);
	step->action.sysctl.value = value;
	return 0;
}

static int set_ipv6(const struct place *place)
{
	bool wanted = has_family(network_of(place), AF_INET6);
	int r;

	if (!facts_of(place)->ip.has_ipv6 && wanted)
		return error_set(place->beside->err, -EAFNOSUPPORT, ERROR_NOT_SUPPORTED,
				 "its <vif:host-access> has an IPv6 address, but this host has no "
				 "IPv6");
	if (!facts_of(place)->ip.has_ipv6)
		return 0;
	r = set_sysctl(place, "ipv6", "disable_ipv6", !wanted);
	if (r == 0 && wanted)
		r = set_sysctl(place, "ipv6", "autoconf", 0);
	if (r == 0 && wanted)
		r = set_sysctl(place, "ipv6", "accept_ra", 0);
	return r;
}

static int set_sysctls(const struct place *place)
{
	int r = set_sysctl(place, "ipv4", "arp_ignore", 1);

	if (r == 0)
		r = set_sysctl(place, "ipv4", "arp_announce", 2);
	return r < 0 ? r : set_ipv6(place);
}

/* While vifd repairs, all that stand on the interface set it up: nobody sets it down again. */
static int set_base_up(const struct place *place)
{
	struct plan_step *step;

	if (place->base->up)
		return 0;
	step = plan_add(place->beside->plan, ACTION_SET_UP);
	if (!step)
		return error_oom(place->beside->err);
	link_ref_set(&step->action.link, place->base->name, place->base->ifindex);
	return !place->beside->starting || add_undo(place, ACTION_SET_DOWN) ? 0 : -ENOMEM;
}

static int make_device(struct place *place)
{
	struct plan_step *step;
	int r;

	r = name_first_free(name_template, 0, name_is_free, facts_of(place), place->name,
			    place->beside->err);
	if (r == 0)
		r = set_base_up(place);
	if (r < 0)
		return r;
	step = add_step(place, ACTION_ADD_MACVLAN);
	if (!step)
		return -ENOMEM;
	link_ref_set(&step->action.other, place->base->name, place->base->ifindex);
	step->action.mac = mac_of(&network_of(place)->uuid, place->base);
	step->action.mode = DIRECT_BRIDGE;
	step->action.host_ip = true;
	network_device_tag(&network_of(place)->uuid, NETWORK_DEVICE_HOST, step->action.tag);
	return add_undo(place, ACTION_DELETE_LINK) ? set_sysctls(place) : -ENOMEM;
}

static int adjust_mode(const struct place *place)
{
	struct plan_step *step;
	struct action *undo;

	if (!place->have->mode_known || place->have->mode == DIRECT_BRIDGE)
		return 0;
	step = add_step(place, ACTION_SET_MODE);
	if (!step)
		return -ENOMEM;
	step->action.mode = DIRECT_BRIDGE;
	undo = add_undo(place, ACTION_SET_MODE);
	if (!undo)
		return -ENOMEM;
	undo->mode = place->have->mode;
	return 0;
}

/* An interface that lowers its MTU clamps it, and does not restore it. */
static int adjust_mtu(const struct place *place)
{
	struct plan_step *step;
	struct action *undo;

	if (place->have->mtu == place->base->mtu)
		return 0;
	step = add_step(place, ACTION_SET_MTU);
	if (!step)
		return -ENOMEM;
	step->action.mtu = place->base->mtu;
	undo = add_undo(place, ACTION_SET_MTU);
	if (!undo)
		return -ENOMEM;
	undo->mtu = place->have->mtu;
	return 0;
}

/* --- addresses --- */

static int collides(const struct place *place, const struct host_access *access,
		    const struct host_address *other)
{
	const struct host_link *link = facts_get(facts_of(place), other->ifindex);
	const char *name = link ? link->name : "another link";
	char text[ADDRESS_TEXT_SIZE];

	address_format(&access->address, text);
	if (address_equal(&access->address, &other->address))
		return error_set(place->beside->err, -EADDRINUSE, ERROR_IN_USE,
				 "its <vif:host-access address='%s'> is the host's already, on %s; "
				 "it needs another one",
				 text, name);
	if (access->prefix != other->prefix ||
	    !address_in(&access->address, &other->address, other->prefix))
		return 0;
	return error_set(
		place->beside->err, -EADDRINUSE, ERROR_IN_USE,
		"its <vif:host-access address='%s' prefix='%u'> has the subnet that %s has "
		"too; a longer prefix, which holds the guests' addresses alone, leads to "
		"them",
		text, access->prefix, name);
}

static bool is_own(const struct place *place, int ifindex)
{
	return place->have && place->have->ifindex == ifindex;
}

static bool has_address(const struct place *place, const struct host_access *access)
{
	const struct host_ip *ip = &facts_of(place)->ip;

	for (size_t i = 0; i < ip->n_addresses; i++)
		if (is_own(place, ip->addresses[i].ifindex) &&
		    ip->addresses[i].prefix == access->prefix &&
		    address_equal(&ip->addresses[i].address, &access->address))
			return true;
	return false;
}

/* Who has an address or a route that would be taken; what has come later is not in the way. */
static int check_address(const struct place *place, const struct host_access *access)
{
	const struct host_ip *ip = &facts_of(place)->ip;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ip->n_addresses; i++)
		if (!is_own(place, ip->addresses[i].ifindex))
			r = collides(place, access, &ip->addresses[i]);
	for (size_t i = 0; r == 0 && i < ip->n_routes; i++) {
		const struct host_route *route = &ip->routes[i];
		const struct host_address other = { route->ifindex, route->destination,
						    route->prefix };

		if (!is_own(place, route->ifindex) && route->prefix == access->prefix)
			r = collides(place, access, &other);
	}
	return r;
}

static int need_address(const struct place *place, const struct host_access *access)
{
	struct plan_step *step;
	int r;

	if (has_address(place, access))
		return 0;
	r = check_address(place, access);
	if (r < 0)
		return r;
	step = add_step(place, ACTION_ADD_ADDRESS);
	if (!step)
		return -ENOMEM;
	step->action.ip.address = access->address;
	step->action.ip.prefix = access->prefix;
	return !place->have || add_undo(place, ACTION_DELETE_ADDRESS) ? 0 : -ENOMEM;
}

/* --- all of it --- */

static void say(const struct place *place)
{
	const struct network *network = network_of(place);

	for (size_t i = 0; i < network->n_accesses; i++) {
		const struct host_access *access = &network->accesses[i];
		char text[ADDRESS_TEXT_SIZE];

		address_format(&access->address, text);
		text_add(place->beside->said,
			 "the host is %s on %s, and reaches the guests that have an address of %s "
			 "by that\n",
			 text, place->name, subnet_text(&access->address, access->prefix).text);
	}
}

static int need_up(const struct place *place)
{
	if (place->have && place->have->up)
		return 0;
	if (!add_step(place, ACTION_SET_UP))
		return -ENOMEM;
	return !place->have || add_undo(place, ACTION_SET_DOWN) ? 0 : -ENOMEM;
}

static int need_device(struct place *place)
{
	int r;

	if (!place->have)
		return make_device(place);
	r = adjust_mode(place);
	return r < 0 ? r : adjust_mtu(place);
}

/* Can it be had now? Later the interface may have become something else: then it is waited for. */
static int check_base(const struct place *place, bool *ret_waits)
{
	const char *dev = network_of(place)->pool[0].dev;
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	*ret_waits = false;
	if (!place->base) {
		text_add(place->beside->said,
			 "%s is not there now: the host reaches the guests when it is\n", dev);
		*ret_waits = true;
		return 0;
	}
	if (place->have)
		return 0;
	r = lower_check_link(facts_of(place), place->base, "macvlan", &reason);
	*ret_waits = r < 0 && !place->beside->starting;
	if (r == 0 || *ret_waits)
		return 0;
	error_move(place->beside->err, &reason);
	return r;
}

int host_access_need(const struct beside *beside)
{
	const struct network *network = beside->request->network;
	struct place place;
	bool waits;
	int r;

	if (network->n_accesses == 0)
		return 0;
	place_init(&place, beside);
	r = check_base(&place, &waits);
	if (r < 0 || waits)
		return r;
	r = need_device(&place);
	for (size_t i = 0; r == 0 && i < network->n_accesses; i++)
		r = need_address(&place, &network->accesses[i]);
	if (r == 0)
		r = need_up(&place);
	if (r == 0)
		say(&place);
	return r;
}

int host_access_end(const struct beside *beside)
{
	struct place place;

	if (beside->request->network->n_accesses == 0)
		return 0;
	place_init(&place, beside);
	return place.have && !add_step(&place, ACTION_DELETE_LINK) ? -ENOMEM : 0;
}
