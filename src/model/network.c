/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/network.h"
#include "util/array.h"
#include "util/parse.h"

static const char *const forward_names[] = {
	[FORWARD_ISOLATED] = "none",   [FORWARD_NAT] = "nat",
	[FORWARD_ROUTE] = "route",     [FORWARD_OPEN] = "open",
	[FORWARD_BRIDGE] = "bridge",   [FORWARD_VEPA] = "vepa",
	[FORWARD_PRIVATE] = "private", [FORWARD_PASSTHROUGH] = "passthrough",
	[FORWARD_HOSTDEV] = "hostdev",
};
_Static_assert(ARRAY_SIZE(forward_names) == FORWARD_MODE_COUNT, "every mode has a name");

const char *forward_mode_name(enum forward_mode mode)
{
	return forward_names[mode];
}

int forward_mode_parse(const char *text, enum forward_mode *ret_mode)
{
	int mode = name_index(forward_names, FORWARD_MODE_COUNT, text);

	if (mode < 0)
		return mode;
	*ret_mode = mode;
	return 0;
}

static const char *const mac_table_names[] = {
	[MAC_TABLE_KERNEL] = "kernel",
	[MAC_TABLE_LIBVIRT] = "libvirt",
};
_Static_assert(ARRAY_SIZE(mac_table_names) == MAC_TABLE_MANAGER_COUNT, "every manager has a name");

const char *mac_table_manager_name(enum mac_table_manager manager)
{
	return mac_table_names[manager];
}

bool network_is_managed(const struct network *network)
{
	return network->forward < FORWARD_BRIDGE;
}

bool network_has_plan(const struct network *network)
{
	return network_is_managed(network) || network->n_relays > 0 || network->n_accesses > 0;
}

bool network_has_address_of(const struct network *network, int family)
{
	for (size_t i = 0; i < network->n_ips; i++)
		if (network->ips[i].address.family == family)
			return true;
	return false;
}

bool network_needs_forwarding(const struct network *network, int family)
{
	return network_is_managed(network) && network->forward != FORWARD_ISOLATED &&
	       network_has_address_of(network, family);
}

const struct portgroup *network_portgroup(const struct network *network, const char *name)
{
	for (size_t i = 0; i < network->n_portgroups; i++)
		if (!strcmp(network->portgroups[i].name, name))
			return &network->portgroups[i];
	return NULL;
}

const struct portgroup *network_default_portgroup(const struct network *network)
{
	for (size_t i = 0; i < network->n_portgroups; i++)
		if (network->portgroups[i].is_default)
			return &network->portgroups[i];
	return NULL;
}

void portgroup_done(struct portgroup *portgroup)
{
	free(portgroup->name);
	vlan_done(&portgroup->vlan);
	security_done(&portgroup->security);
	*portgroup = (struct portgroup){ 0 };
}

bool network_direct_mode(const struct network *network, enum direct_mode *ret_mode)
{
	switch (network->forward) {
	case FORWARD_BRIDGE:
		if (network->bridge.name)
			return false;
		*ret_mode = DIRECT_BRIDGE;
		return true;
	case FORWARD_VEPA:
		*ret_mode = DIRECT_VEPA;
		return true;
	case FORWARD_PRIVATE:
		*ret_mode = DIRECT_PRIVATE;
		return true;
	case FORWARD_PASSTHROUGH:
		*ret_mode = DIRECT_PASSTHROUGH;
		return true;
	default:
		return false;
	}
}

int network_pool_add(struct network *network, const char *dev, unsigned line)
{
	struct pool_entry *entry;
	char *copy = strdup(dev);

	if (!copy)
		return -ENOMEM;
	entry = array_add(&network->pool, &network->n_pool, sizeof(*entry));
	if (!entry) {
		free(copy);
		return -ENOMEM;
	}
	*entry = (struct pool_entry){ .dev = copy, .line = line };
	return 0;
}

int network_check_served(const struct network *network, struct error *err)
{
	const char *what = NULL;

	if (network->forward == FORWARD_HOSTDEV)
		what = "<forward mode='hostdev'>";
	else if (network->pf)
		what = "<pf>";
	if (!what && bandwidth_limits(&network->bandwidth) && !network_is_managed(network))
		return error_set(
			err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			"network '%s' cannot be started: <bandwidth> of a network as a "
			"whole needs a bridge that vifd makes, and what passes %s%s is not "
			"this network's alone; that of a <portgroup> or an interface can "
			"be had",
			network->name, network->bridge.name ? "bridge " : "its bridge",
			network->bridge.name ?: "");
	if (!what)
		return 0;
	return error_set(err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			 "network '%s' cannot be started: %s is not supported yet", network->name,
			 what);
}

struct network *network_new(void)
{
	return calloc(1, sizeof(struct network));
}

void network_free(struct network *network)
{
	if (!network)
		return;
	free(network->name);
	free(network->bridge.name);
	for (size_t i = 0; i < network->n_pool; i++)
		free(network->pool[i].dev);
	free(network->pool);
	free(network->forward_managed);
	free(network->forwards);
	free(network->pf);
	free(network->bridge.zone);
	vlan_done(&network->vlan);
	security_done(&network->security);
	for (size_t i = 0; i < network->n_portgroups; i++)
		portgroup_done(&network->portgroups[i]);
	free(network->portgroups);
	free(network->functions);
	for (size_t i = 0; i < network->n_relays; i++)
		free(network->relays[i].dev);
	free(network->relays);
	free(network->accesses);
	tunnel_done(&network->tunnel);
	for (size_t i = 0; i < network->n_ips; i++)
		network_ip_done(&network->ips[i]);
	free(network->ips);
	for (size_t i = 0; i < network->n_routes; i++)
		network_route_done(&network->routes[i]);
	free(network->routes);
	network_domain_done(&network->domain);
	network_dns_done(&network->dns);
	kept_done(&network->kept);
	free(network);
}
