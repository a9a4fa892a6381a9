/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links are an array; hash tables find them by ifindex, by each of their names and
 * by address. They are kept with every change: the kernel tells of links one
 * by one, and a host may have thousands. None points into a link, so that
 * links may move: the first holds places in the array, the others ifindexes.
 */
#include <errno.h>
#include <string.h>

#include "model/facts.h"
#include "util/array.h"
#include "util/text.h"

static uint32_t hash_ifindex(int ifindex)
{
	return (uint32_t)ifindex * 2654435761U;
}

/* The link's place in the array; false if there is none. */
static bool find_place(const struct facts *facts, int ifindex, size_t *ret_place)
{
	struct lookup_cursor at = lookup_begin(&facts->places, hash_ifindex(ifindex));
	uintptr_t place;

	while (lookup_next(&at, &place)) {
		if (facts->links[place].ifindex != ifindex)
			continue;
		*ret_place = place;
		return true;
	}
	return false;
}

const struct host_link *facts_get(const struct facts *facts, int ifindex)
{
	size_t place;

	return find_place(facts, ifindex, &place) ? &facts->links[place] : NULL;
}

static const struct mac *link_address(const struct host_link *link)
{
	if (!mac_is_zero(&link->perm_mac))
		return &link->perm_mac;
	return link->is_macvlan || !strcmp(link->kind, "tun") ? NULL : &link->mac;
}

const struct host_link *facts_find_address(const struct facts *facts, const struct mac *mac)
{
	struct lookup_cursor at = lookup_begin(&facts->addresses, lookup_hash(mac, sizeof(*mac)));
	const struct host_link *found = NULL;
	uintptr_t ifindex;

	while (lookup_next(&at, &ifindex)) {
		const struct host_link *link = facts_get(facts, (int)ifindex);

		if (mac_equal(link_address(link), mac) &&
		    (!found || link->ifindex < found->ifindex))
			found = link;
	}
	return found;
}

/* There is room for them. */
static void keys_add(struct facts *facts, const struct host_link *link)
{
	const struct mac *address = link_address(link);

	if (address)
		(void)lookup_add(&facts->addresses, lookup_hash(address, sizeof(*address)),
				 (uintptr_t)link->ifindex);
	(void)lookup_add(&facts->names, lookup_hash_text(link->name), (uintptr_t)link->ifindex);
	for (size_t i = 0; i < link->n_altnames; i++)
		(void)lookup_add(&facts->names, lookup_hash_text(link->altnames[i]),
				 (uintptr_t)link->ifindex);
}

static void keys_remove(struct facts *facts, const struct host_link *link)
{
	const struct mac *address = link_address(link);

	if (address)
		lookup_remove(&facts->addresses, lookup_hash(address, sizeof(*address)),
			      (uintptr_t)link->ifindex);
	lookup_remove(&facts->names, lookup_hash_text(link->name), (uintptr_t)link->ifindex);
	for (size_t i = 0; i < link->n_altnames; i++)
		lookup_remove(&facts->names, lookup_hash_text(link->altnames[i]),
			      (uintptr_t)link->ifindex);
}

static bool has_altname(const struct host_link *link, const char *name)
{
	for (size_t i = 0; i < link->n_altnames; i++)
		if (!strcmp(link->altnames[i], name))
			return true;
	return false;
}

/* The kernel gives no name twice; but news of a swap comes one by one. */
const struct host_link *facts_find(const struct facts *facts, const char *name)
{
	struct lookup_cursor at = lookup_begin(&facts->names, lookup_hash_text(name));
	const struct host_link *found = NULL;
	uintptr_t ifindex;

	while (lookup_next(&at, &ifindex)) {
		const struct host_link *link = facts_get(facts, (int)ifindex);

		if (!strcmp(link->name, name))
			return link;
		if (has_altname(link, name))
			found = link;
	}
	return found;
}

static void replace_link(struct facts *facts, size_t place, const struct host_link *link)
{
	struct host_link *old = &facts->links[place];

	keys_remove(facts, old);
	host_link_done(old);
	*old = *link;
	keys_add(facts, link);
}

static int append_link(struct facts *facts, const struct host_link *link)
{
	size_t place = facts->n_links;
	struct host_link *new = array_add(&facts->links, &facts->n_links, sizeof(*new));

	if (!new)
		return -ENOMEM;
	*new = *link;
	(void)lookup_add(&facts->places, hash_ifindex(link->ifindex), place);
	keys_add(facts, link);
	return 0;
}

int facts_put(struct facts *facts, struct host_link *link)
{
	size_t place;
	int r;

	r = lookup_reserve(&facts->names, 1 + link->n_altnames);
	if (r == 0)
		r = lookup_reserve(&facts->addresses, 1);
	if (r == 0)
		r = lookup_reserve(&facts->places, 1);
	if (r == 0 && find_place(facts, link->ifindex, &place))
		replace_link(facts, place, link);
	else if (r == 0)
		r = append_link(facts, link);
	if (r < 0)
		host_link_done(link);
	return r;
}

/* The last link takes the place of the one that goes. */
void facts_remove(struct facts *facts, int ifindex)
{
	const struct host_link *last;
	size_t place;

	if (!find_place(facts, ifindex, &place))
		return;
	keys_remove(facts, &facts->links[place]);
	lookup_remove(&facts->places, hash_ifindex(ifindex), place);
	host_link_done(&facts->links[place]);
	last = &facts->links[--facts->n_links];
	if (place == facts->n_links)
		return;
	lookup_remove(&facts->places, hash_ifindex(last->ifindex), facts->n_links);
	(void)lookup_add(&facts->places, hash_ifindex(last->ifindex), place);
	facts->links[place] = *last;
}

void facts_set_bridge_port(struct facts *facts, int ifindex, struct bridge_port port,
			   bool held_back, bool disabled)
{
	struct host_link *link = (struct host_link *)facts_get(facts, ifindex);

	if (!link)
		return;
	link->bridge_port = port;
	link->held_back = held_back;
	link->disabled = disabled;
}

void facts_set_vlans(struct facts *facts, int ifindex, struct vlan_set *vlans)
{
	struct host_link *link = (struct host_link *)facts_get(facts, ifindex);

	if (link) {
		vlan_set_done(&link->vlans);
		link->vlans = *vlans;
	} else {
		vlan_set_done(vlans);
	}
	*vlans = (struct vlan_set){ 0 };
}

/* Taps are the guests' ends; a bridge without another port leads nowhere on purpose. */
static const struct host_link *port_without_carrier(const struct facts *facts,
						    const struct host_link *bridge)
{
	const struct host_link *without = NULL;

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct host_link *port = &facts->links[i];

		if (port->master != bridge->ifindex || !strcmp(port->kind, "tun"))
			continue;
		if (port->carrier)
			return NULL;
		without = port;
	}
	return without;
}

const struct host_link *facts_without_carrier(const struct facts *facts,
					      const struct host_link *base)
{
	if (!strcmp(base->kind, "bridge"))
		return port_without_carrier(facts, base);
	return base->up && !base->carrier ? base : NULL;
}

void facts_set_has_ip(struct facts *facts, int ifindex, bool has_ip)
{
	struct host_link *link = (struct host_link *)facts_get(facts, ifindex);

	if (link)
		link->has_ip = has_ip;
}

int host_link_add_altname(struct host_link *link, const char *altname)
{
	char(*slot)[ALTNAME_SIZE];

	slot = array_add(&link->altnames, &link->n_altnames, sizeof(*link->altnames));
	if (!slot)
		return -ENOMEM;
	text_fit(*slot, ALTNAME_SIZE, altname);
	return 0;
}

bool host_link_equal(const struct host_link *a, const struct host_link *b)
{
	if (a->n_altnames != b->n_altnames || strcmp(a->name, b->name) != 0 ||
	    strcmp(a->kind, b->kind) != 0)
		return false;
	for (size_t i = 0; i < a->n_altnames; i++)
		if (strcmp(a->altnames[i], b->altnames[i]) != 0)
			return false;
	return a->ifindex == b->ifindex && mac_equal(&a->mac, &b->mac) &&
	       mac_equal(&a->perm_mac, &b->perm_mac) && a->away == b->away && a->mtu == b->mtu &&
	       a->up == b->up && a->carrier == b->carrier && a->lower == b->lower &&
	       a->master == b->master && bridge_port_equal(a->bridge_port, b->bridge_port) &&
	       a->has_ip == b->has_ip && a->makes_ipv6 == b->makes_ipv6 &&
	       a->held_back == b->held_back && a->disabled == b->disabled &&
	       a->mode_known == b->mode_known && a->mode == b->mode &&
	       bridge_settings_equal(a->bridge, b->bridge) && a->vxlan_id == b->vxlan_id &&
	       a->vxlan_port == b->vxlan_port && a->filters_vlans == b->filters_vlans &&
	       a->default_pvid == b->default_pvid && vlan_set_equal(&a->vlans, &b->vlans);
}

void host_link_done(struct host_link *link)
{
	free(link->altnames);
	vlan_set_done(&link->vlans);
	*link = (struct host_link){ 0 };
}

void facts_done(struct facts *facts)
{
	host_ip_done(&facts->ip);
	for (size_t i = 0; i < facts->n_links; i++)
		host_link_done(&facts->links[i]);
	free(facts->links);
	lookup_done(&facts->places);
	lookup_done(&facts->names);
	lookup_done(&facts->addresses);
	*facts = (struct facts){ 0 };
}
