/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "resolve/beside.h"
#include "resolve/host-access.h"
#include "model/network-tag.h"
#include "resolve/relay.h"
#include "resolve/tunnel.h"

int beside_need(const struct beside *beside)
{
	int r = relay_need(beside);

	if (r == 0)
		r = tunnel_need(beside);
	return r < 0 ? r : host_access_need(beside);
}

int beside_change(const struct beside *beside)
{
	return tunnel_change(beside);
}

int beside_leave(const struct beside *beside)
{
	return relay_end(beside);
}

int beside_delete(const struct beside *beside)
{
	int r = host_access_end(beside);

	return r < 0 ? r : tunnel_end(beside);
}

/* FNV-1a. */
static void see(uint64_t *seen, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		*seen = (*seen ^ bytes[i]) * 1099511628211U;
}

static void see_link(uint64_t *seen, const struct host_link *link)
{
	const int numbers[] = { link->ifindex,  link->lower,
				link->master,   link->up,
				(int)link->mtu, (int)link->mode,
				link->away,     link->bridge_port.reflects };

	see(seen, numbers, sizeof(numbers));
}

/* By name, or by a tag; what is not there counts too. */
static void see_named(uint64_t *seen, const struct facts *facts, const char *name)
{
	const struct host_link *link = facts_find(facts, name);

	see(seen, name, strlen(name));
	if (link)
		see_link(seen, link);
}

static void see_access(uint64_t *seen, const struct network *network, const struct facts *facts)
{
	const struct pool_entry *entry = &network->pool[0];
	const struct host_link *base = entry->has_mac ? facts_find_address(facts, &entry->mac)
						      : NULL;
	char tag[NETWORK_DEVICE_TAG_SIZE];

	network_device_tag(&network->uuid, NETWORK_DEVICE_HOST, tag);
	see_named(seen, facts, tag);
	see_named(seen, facts, base ? base->name : entry->dev);
}

static void see_tunnel(uint64_t *seen, const struct network *network, const struct facts *facts)
{
	char tag[NETWORK_DEVICE_TAG_SIZE];

	network_device_tag(&network->uuid, NETWORK_DEVICE_TUNNEL, tag);
	see_named(seen, facts, tag);
	if (network->tunnel.dev)
		see_named(seen, facts, network->tunnel.dev);
}

uint64_t beside_seen(const struct network *network, const struct facts *facts)
{
	uint64_t seen = 14695981039346656037U;

	for (size_t i = 0; i < network->n_relays; i++)
		see_named(&seen, facts, network->relays[i].dev);
	if (network->tunnel.set)
		see_tunnel(&seen, network, facts);
	if (network->n_accesses > 0)
		see_access(&seen, network, facts);
	return seen;
}
