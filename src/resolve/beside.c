/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolve/beside.h"
#include "resolve/relay.h"

int beside_need(const struct beside *beside)
{
	return relay_need(beside);
}

int beside_end(const struct beside *beside)
{
	return relay_end(beside);
}

/* FNV-1a. */
static void see(uint64_t *seen, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		*seen = (*seen ^ bytes[i]) * 1099511628211U;
}

static void see_port(uint64_t *seen, const struct host_link *link)
{
	see(seen, &link->ifindex, sizeof(link->ifindex));
	see(seen, &link->master, sizeof(link->master));
	see(seen, &link->bridge_port.reflects, sizeof(link->bridge_port.reflects));
}

uint64_t beside_seen(const struct network *network, const struct facts *facts)
{
	uint64_t seen = 14695981039346656037U;

	for (size_t i = 0; i < network->n_relays; i++) {
		const struct host_link *link = facts_find(facts, network->relays[i].dev);

		if (link)
			see_port(&seen, link);
	}
	return seen;
}
