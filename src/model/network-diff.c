/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row a part of a network: how two are compared, how it moves from one to
 * the other, and how it tells who uses what it would lose. A part without
 * `take` waits for the next start.
 */
#include <string.h>

#include "model/network-diff.h"
#include "model/network-use.h"
#include "util/parse.h"

struct users {
	const struct port *const *ports;
	size_t n_ports;
	struct text text; /* sentences, and how many */
	size_t n;
};

struct part {
	const char *name;
	bool (*equal)(const struct network *a, const struct network *b);
	void (*take)(struct network *to, struct network *from);
	void (*lost)(const struct network *old, const struct network *new, struct users *users);
};

#define SWAP(a, b)                        \
	do {                              \
		__typeof__(a) swap = (a); \
		(a) = (b);                \
		(b) = swap;               \
	} while (0)

/* --- lists ------------------------------------------------------------------ */

typedef bool equal_func(const void *a, const void *b);

static bool list_equal(const void *a, size_t n_a, const void *b, size_t n_b, size_t size,
		       equal_func *equal)
{
	const char *x = a, *y = b;

	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!equal(x + i * size, y + i * size))
			return false;
	return true;
}

#define LIST_EQUAL(a, b, list, equal) \
	list_equal((a)->list, (a)->n_##list, (b)->list, (b)->n_##list, sizeof(*(a)->list), equal)

static bool optional_mac_equal(bool has_a, const struct mac *a, bool has_b, const struct mac *b)
{
	return has_a == has_b && (!has_a || mac_equal(a, b));
}

/* --- what new ports ask for --------------------------------------------------- */

static bool pool_entry_equal(const void *a, const void *b)
{
	const struct pool_entry *x = a, *y = b;

	return streq(x->dev, y->dev) &&
	       optional_mac_equal(x->has_mac, &x->mac, y->has_mac, &y->mac);
}

static bool pool_equal(const struct network *a, const struct network *b)
{
	return LIST_EQUAL(a, b, pool, pool_entry_equal);
}

static void pool_take(struct network *to, struct network *from)
{
	SWAP(to->pool, from->pool);
	SWAP(to->n_pool, from->n_pool);
}

static const struct pool_entry *pool_find(const struct network *network,
					  const struct pool_entry *wanted)
{
	for (size_t i = 0; i < network->n_pool; i++) {
		const struct pool_entry *entry = &network->pool[i];

		if (streq(entry->dev, wanted->dev) ||
		    (entry->has_mac && wanted->has_mac && mac_equal(&entry->mac, &wanted->mac)))
			return entry;
	}
	return NULL;
}

/* Adds "WHAT is used by …" where anybody does. */
static void lost_add(struct users *users, const char *kind, const char *what, struct text *names,
		     size_t n)
{
	AUTO_FREE char *list = NULL;

	if (n == 0)
		return;
	text_add(&users->text, "%s%s%s is used by ", users->n++ ? "; " : "", kind, what);
	if (text_take(names, &list) == 0)
		text_add(&users->text, "%s", list);
}

static void pool_lost(const struct network *old, const struct network *new, struct users *users)
{
	for (size_t i = 0; i < old->n_pool; i++) {
		AUTO_TEXT struct text names = TEXT_INIT;
		size_t n;

		if (pool_find(new, &old->pool[i]))
			continue;
		n = pool_entry_users(users->ports, users->n_ports, old->name, &old->pool[i],
				     &names);
		lost_add(users, "", old->pool[i].dev, &names, n);
	}
}

static bool failover_equal(const struct network *a, const struct network *b)
{
	return a->failover == b->failover;
}

static void failover_take(struct network *to, struct network *from)
{
	to->failover = from->failover;
}

static bool portgroup_equal(const void *a, const void *b)
{
	const struct portgroup *x = a, *y = b;

	return streq(x->name, y->name) && x->is_default == y->is_default &&
	       x->trust_rx_filters == y->trust_rx_filters &&
	       virtualport_equal(&x->virtualport, &y->virtualport) &&
	       bandwidth_equal(&x->bandwidth, &y->bandwidth) && vlan_equal(&x->vlan, &y->vlan) &&
	       security_equal(&x->security, &y->security);
}

static bool portgroups_equal(const struct network *a, const struct network *b)
{
	return LIST_EQUAL(a, b, portgroups, portgroup_equal);
}

static void portgroups_take(struct network *to, struct network *from)
{
	SWAP(to->portgroups, from->portgroups);
	SWAP(to->n_portgroups, from->n_portgroups);
}

static void portgroups_lost(const struct network *old, const struct network *new,
			    struct users *users)
{
	for (size_t i = 0; i < old->n_portgroups; i++) {
		const char *name = old->portgroups[i].name;
		AUTO_TEXT struct text names = TEXT_INIT;
		size_t n;

		if (network_portgroup(new, name))
			continue;
		n = portgroup_users(users->ports, users->n_ports, old->name, name, &names);
		lost_add(users, "portgroup ", name, &names, n);
	}
}

static bool port_type_equal(const struct network *a, const struct network *b)
{
	return a->port_type == b->port_type;
}

static void port_type_take(struct network *to, struct network *from)
{
	to->port_type = from->port_type;
}

static bool network_virtualport_equal(const struct network *a, const struct network *b)
{
	return virtualport_equal(&a->virtualport, &b->virtualport);
}

static void virtualport_take(struct network *to, struct network *from)
{
	to->virtualport = from->virtualport;
}

static bool network_vlan_equal(const struct network *a, const struct network *b)
{
	return vlan_equal(&a->vlan, &b->vlan);
}

static void vlan_take(struct network *to, struct network *from)
{
	SWAP(to->vlan, from->vlan);
}

static bool trust_equal(const struct network *a, const struct network *b)
{
	return a->trust_rx_filters == b->trust_rx_filters;
}

static void trust_take(struct network *to, struct network *from)
{
	to->trust_rx_filters = from->trust_rx_filters;
}

static bool isolated_equal(const struct network *a, const struct network *b)
{
	return a->isolated == b->isolated;
}

static void isolated_take(struct network *to, struct network *from)
{
	to->isolated = from->isolated;
}

static bool network_security_equal(const struct network *a, const struct network *b)
{
	return security_equal(&a->security, &b->security);
}

static void security_take(struct network *to, struct network *from)
{
	SWAP(to->security, from->security);
}

static bool port_forward_equal(const void *a, const void *b)
{
	const struct port_forward *x = a, *y = b;

	return x->protocol == y->protocol && address_equal(&x->address, &y->address) &&
	       x->port == y->port && address_equal(&x->to, &y->to) && x->to_port == y->to_port;
}

static bool forwards_equal(const struct network *a, const struct network *b)
{
	return LIST_EQUAL(a, b, forwards, port_forward_equal);
}

static void forwards_take(struct network *to, struct network *from)
{
	SWAP(to->forwards, from->forwards);
	SWAP(to->n_forwards, from->n_forwards);
}

static bool network_bandwidth_equal(const struct network *a, const struct network *b)
{
	return bandwidth_equal(&a->bandwidth, &b->bandwidth);
}

static void bandwidth_take(struct network *to, struct network *from)
{
	to->bandwidth = from->bandwidth;
}

/* What ports have for sure of it is not taken from them. */
static void bandwidth_lost(const struct network *old, const struct network *new,
			   struct users *users)
{
	const struct bandwidth_limit *inbound = &new->bandwidth.inbound;
	AUTO_TEXT struct text names = TEXT_INIT;
	uint64_t kept = 0;
	size_t n;

	n = floor_users(users->ports, users->n_ports, old->name, &kept, &names);
	if (!bandwidth_limit_asks(inbound) || kept > bandwidth_limit_floors(inbound))
		lost_add(users, "more inbound, for floors,", "", &names, n);
}

/* --- the rest ------------------------------------------------------------------ */

static bool nat_equal(const struct network_nat *a, const struct network_nat *b)
{
	return a->set == b->set && a->ipv6 == b->ipv6 && address_equal(&a->first, &b->first) &&
	       address_equal(&a->last, &b->last) && a->has_ports == b->has_ports &&
	       a->first_port == b->first_port && a->last_port == b->last_port;
}

static bool function_equal(const void *a, const void *b)
{
	const struct pool_function *x = a, *y = b;

	return x->domain == y->domain && x->bus == y->bus && x->slot == y->slot &&
	       x->function == y->function;
}

static bool forward_equal(const struct network *a, const struct network *b)
{
	return LIST_EQUAL(a, b, functions, function_equal) && a->forward == b->forward &&
	       streq(a->forward_managed, b->forward_managed) && streq(a->pf, b->pf) &&
	       nat_equal(&a->nat, &b->nat);
}

/* A running one has the name that was chosen for it. */
static bool bridge_name_fits(const struct network *running, const struct network *definition)
{
	const char *wanted = definition->bridge.name;

	if (network_is_managed(running) && (!wanted || strchr(wanted, '%')))
		return true;
	return streq(running->bridge.name, wanted);
}

/* Defaults are those of a network that was written down and read again: no STP, and no delay. */
static bool bridge_equal(const struct network *a, const struct network *b)
{
	const struct network_bridge *x = &a->bridge, *y = &b->bridge;

	return bridge_name_fits(a, b) && (x->stp == TRISTATE_YES) == (y->stp == TRISTATE_YES) &&
	       x->delay == y->delay && streq(x->zone, y->zone) &&
	       x->mac_table_manager == y->mac_table_manager;
}

static bool relay_equal(const void *a, const void *b)
{
	const struct network_relay *x = a, *y = b;

	return streq(x->dev, y->dev);
}

static bool relays_equal(const struct network *a, const struct network *b)
{
	return a->reflects_ports == b->reflects_ports && LIST_EQUAL(a, b, relays, relay_equal);
}

static bool access_equal(const void *a, const void *b)
{
	const struct host_access *x = a, *y = b;

	return address_equal(&x->address, &y->address) && x->prefix == y->prefix;
}

static bool accesses_equal(const struct network *a, const struct network *b)
{
	return LIST_EQUAL(a, b, accesses, access_equal);
}

static bool network_tunnel_equal(const struct network *a, const struct network *b)
{
	return tunnel_equal(&a->tunnel, &b->tunnel);
}

static bool remotes_equal(const struct network *a, const struct network *b)
{
	return tunnel_remotes_equal(&a->tunnel, &b->tunnel);
}

static void remotes_take(struct network *to, struct network *from)
{
	SWAP(to->tunnel.remotes, from->tunnel.remotes);
	SWAP(to->tunnel.n_remotes, from->tunnel.n_remotes);
}

/* A running one with a tunnel has what fits through that, where none is said. */
static bool mtu_equal(const struct network *a, const struct network *b)
{
	return a->mtu == b->mtu || (!b->mtu && b->tunnel.set);
}

/* As its name. */
static bool network_mac_equal(const struct network *a, const struct network *b)
{
	return !b->has_mac || optional_mac_equal(a->has_mac, &a->mac, b->has_mac, &b->mac);
}

/* One that runs may have been started so, whatever its definition says. */
static bool firewall_equal(const struct network *running, const struct network *definition)
{
	return running->open_firewall || !definition->open_firewall;
}

static bool lease_equal(const struct lease *a, const struct lease *b)
{
	return a->set == b->set && a->expiry == b->expiry && a->unit == b->unit;
}

static bool dhcp_range_equal(const void *a, const void *b)
{
	const struct dhcp_range *x = a, *y = b;

	return address_equal(&x->start, &y->start) && address_equal(&x->end, &y->end) &&
	       lease_equal(&x->lease, &y->lease);
}

static bool dhcp_host_equal(const void *a, const void *b)
{
	const struct dhcp_host *x = a, *y = b;

	return optional_mac_equal(x->has_mac, &x->mac, y->has_mac, &y->mac) &&
	       streq(x->id, y->id) && streq(x->name, y->name) &&
	       address_equal(&x->address, &y->address) && lease_equal(&x->lease, &y->lease);
}

static bool dhcp_equal(const struct network_ip *a, const struct network_ip *b)
{
	return a->dhcp == b->dhcp && LIST_EQUAL(a, b, ranges, dhcp_range_equal) &&
	       LIST_EQUAL(a, b, hosts, dhcp_host_equal) && streq(a->bootfile, b->bootfile) &&
	       streq(a->bootserver, b->bootserver);
}

static bool ip_equal(const void *a, const void *b)
{
	const struct network_ip *x = a, *y = b;

	return address_equal(&x->address, &y->address) && streq(x->family, y->family) &&
	       x->prefix == y->prefix && x->local_ptr == y->local_ptr &&
	       streq(x->tftp_root, y->tftp_root) && dhcp_equal(x, y);
}

static bool route_equal(const void *a, const void *b)
{
	const struct network_route *x = a, *y = b;

	return streq(x->family, y->family) && address_equal(&x->address, &y->address) &&
	       x->prefix == y->prefix && address_equal(&x->gateway, &y->gateway) &&
	       x->metric == y->metric;
}

static bool addresses_equal(const struct network *a, const struct network *b)
{
	return a->ipv6 == b->ipv6 && LIST_EQUAL(a, b, ips, ip_equal) &&
	       LIST_EQUAL(a, b, routes, route_equal);
}

static bool domain_equal(const struct network *a, const struct network *b)
{
	return streq(a->domain.name, b->domain.name) &&
	       a->domain.local_only == b->domain.local_only &&
	       a->domain.register_ == b->domain.register_;
}

static bool forwarder_equal(const void *a, const void *b)
{
	const struct dns_forwarder *x = a, *y = b;

	return address_equal(&x->address, &y->address) && x->port == y->port &&
	       streq(x->domain, y->domain);
}

static bool txt_equal(const void *a, const void *b)
{
	const struct dns_txt *x = a, *y = b;

	return streq(x->name, y->name) && streq(x->value, y->value);
}

static bool srv_equal(const void *a, const void *b)
{
	const struct dns_srv *x = a, *y = b;

	return streq(x->service, y->service) && streq(x->protocol, y->protocol) &&
	       streq(x->domain, y->domain) && streq(x->target, y->target) &&
	       x->has_port == y->has_port && x->port == y->port &&
	       x->has_priority == y->has_priority && x->priority == y->priority &&
	       x->has_weight == y->has_weight && x->weight == y->weight;
}

static bool name_equal(const void *a, const void *b)
{
	return streq(*(char *const *)a, *(char *const *)b);
}

static bool dns_host_equal(const void *a, const void *b)
{
	const struct dns_host *x = a, *y = b;

	return address_equal(&x->address, &y->address) && LIST_EQUAL(x, y, names, name_equal);
}

static bool dns_equal(const struct network *a, const struct network *b)
{
	const struct network_dns *x = &a->dns, *y = &b->dns;

	return x->set == y->set && x->enable == y->enable &&
	       x->forward_plain_names == y->forward_plain_names && x->host_file == y->host_file &&
	       LIST_EQUAL(x, y, forwarders, forwarder_equal) && LIST_EQUAL(x, y, txts, txt_equal) &&
	       LIST_EQUAL(x, y, srvs, srv_equal) && LIST_EQUAL(x, y, hosts, dns_host_equal);
}

static bool kept_item_equal(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return streq(x->parent, y->parent) && streq(x->name, y->name) && streq(x->xml, y->xml) &&
	       streq(x->value, y->value);
}

static bool kept_equal(const struct network *a, const struct network *b)
{
	return list_equal(a->kept.items, a->kept.n, b->kept.items, b->kept.n,
			  sizeof(*a->kept.items), kept_item_equal);
}

/* --- all together -------------------------------------------------------------- */

static const struct part parts[] = {
	[NETWORK_POOL] = { "pool", pool_equal, pool_take, pool_lost },
	[NETWORK_FAILOVER] = { "failover", failover_equal, failover_take, NULL },
	[NETWORK_PORTGROUPS] = { "portgroups", portgroups_equal, portgroups_take, portgroups_lost },
	[NETWORK_PORT_TYPE] = { "port type", port_type_equal, port_type_take, NULL },
	[NETWORK_VIRTUALPORT] = { "virtualport", network_virtualport_equal, virtualport_take,
				  NULL },
	[NETWORK_VLAN] = { "vlan", network_vlan_equal, vlan_take, NULL },
	[NETWORK_TRUST] = { "trustGuestRxFilters", trust_equal, trust_take, NULL },
	[NETWORK_ISOLATED] = { "isolation", isolated_equal, isolated_take, NULL },
	[NETWORK_SECURITY] = { "security", network_security_equal, security_take, NULL },
	[NETWORK_FORWARDS] = { "forwarded ports", forwards_equal, forwards_take, NULL },
	[NETWORK_FORWARD] = { "forward mode", forward_equal, NULL, NULL },
	[NETWORK_BRIDGE] = { "bridge", bridge_equal, NULL, NULL },
	[NETWORK_RELAYS] = { "reflective relay", relays_equal, NULL, NULL },
	[NETWORK_ACCESS] = { "host access", accesses_equal, NULL, NULL },
	[NETWORK_TUNNEL] = { "tunnel", network_tunnel_equal, NULL, NULL },
	[NETWORK_REMOTES] = { "tunnel's remotes", remotes_equal, remotes_take, NULL },
	[NETWORK_MTU] = { "mtu", mtu_equal, NULL, NULL },
	[NETWORK_MAC] = { "mac", network_mac_equal, NULL, NULL },
	[NETWORK_FIREWALL] = { "opened packet filters", firewall_equal, NULL, NULL },
	[NETWORK_BANDWIDTH] = { "bandwidth", network_bandwidth_equal, bandwidth_take,
				bandwidth_lost },
	[NETWORK_ADDRESSES] = { "addresses", addresses_equal, NULL, NULL },
	[NETWORK_DOMAIN] = { "domain", domain_equal, NULL, NULL },
	[NETWORK_DNS] = { "dns", dns_equal, NULL, NULL },
	[NETWORK_KEPT] = { "other elements", kept_equal, NULL, NULL },
};
_Static_assert(ARRAY_SIZE(parts) == NETWORK_PART_COUNT, "a row for each part");

const char *network_part_name(enum network_part part)
{
	return parts[part].name;
}

static unsigned parts_changed(const struct network *a, const struct network *b)
{
	unsigned changed = 0;

	for (unsigned i = 0; i < NETWORK_PART_COUNT; i++)
		if (!parts[i].equal(a, b))
			changed |= 1U << i;
	return changed;
}

/* The parts that have to be the running network's for this one to be of use. */
static unsigned part_needs(unsigned part)
{
	switch (part) {
	case NETWORK_POOL:
		return 1U << NETWORK_FORWARD | 1U << NETWORK_BRIDGE;
	case NETWORK_FORWARDS:
		return 1U << NETWORK_FORWARD | 1U << NETWORK_ADDRESSES;
	case NETWORK_REMOTES:
		return 1U << NETWORK_TUNNEL;
	default:
		return 0;
	}
}

static bool part_is_for_now(unsigned part, unsigned changed, const struct network *running,
			    const struct network *definition, struct users *users)
{
	size_t before = users->n;

	if (!parts[part].take || (changed & part_needs(part)))
		return false;
	if (parts[part].lost)
		parts[part].lost(running, definition, users);
	return users->n == before;
}

int network_diff(const struct network *running, const struct network *definition,
		 const struct port *const *ports, size_t n_ports, struct network_diff *ret_diff,
		 struct error *err)
{
	struct users users = { .ports = ports, .n_ports = n_ports, .text = TEXT_INIT };
	unsigned changed = parts_changed(running, definition);
	struct network_diff diff = { 0 };

	for (unsigned i = 0; i < NETWORK_PART_COUNT; i++) {
		if (!(changed & 1U << i))
			continue;
		if (part_is_for_now(i, changed, running, definition, &users))
			diff.now |= 1U << i;
		else
			diff.later |= 1U << i;
	}
	if (text_take(&users.text, &diff.in_use) < 0)
		return error_oom(err);
	if (users.n == 0)
		free(take_ptr(diff.in_use));
	*ret_diff = diff;
	return 0;
}

void network_take_parts(struct network *running, struct network *definition, unsigned wanted)
{
	for (unsigned i = 0; i < NETWORK_PART_COUNT; i++)
		if ((wanted & 1U << i) && parts[i].take)
			parts[i].take(running, definition);
}

void network_diff_done(struct network_diff *diff)
{
	free(diff->in_use);
	*diff = (struct network_diff){ 0 };
}
