/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/far-end.h"
#include "util/array.h"

int far_end_add(struct far_end_stations *stations, const struct address *address,
		const struct mac *mac)
{
	struct far_end_station *station;

	for (size_t i = 0; i < stations->n; i++)
		if (address_equal(&stations->items[i].address, address) &&
		    mac_equal(&stations->items[i].mac, mac))
			return 0;
	if (stations->n >= FAR_END_STATIONS_MAX)
		return 0;
	station = array_add(&stations->items, &stations->n, sizeof(*station));
	if (!station)
		return -ENOMEM;
	*station = (struct far_end_station){ *address, *mac };
	return 0;
}

void far_end_add_vlan(struct far_end *far_end, unsigned vlan)
{
	size_t at = 0;

	while (at < far_end->n_vlans && far_end->vlans[at] < vlan)
		at++;
	if (far_end->n_vlans >= FAR_END_VLANS_MAX ||
	    (at < far_end->n_vlans && far_end->vlans[at] == vlan))
		return;
	memmove(far_end->vlans + at + 1, far_end->vlans + at,
		(far_end->n_vlans - at) * sizeof(*far_end->vlans));
	far_end->vlans[at] = (uint16_t)vlan;
	far_end->n_vlans++;
}

void far_end_done(struct far_end *far_end)
{
	free(far_end->servers.items);
	free(far_end->duplicates.items);
	free(far_end->switch_name);
	free(far_end->switch_port);
	*far_end = (struct far_end){ 0 };
}
