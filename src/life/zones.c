/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/life.h"
#include "life/zones.h"

/* False: in none. */
static bool find_place(const struct network *network, struct firewalld_place *ret_place)
{
	struct firewalld_place place = { .ifname = network->bridge.name };
	size_t n = 0;

	if (!network_is_managed(network))
		return false;
	if (network->bridge.zone) {
		place.zones[n++] = network->bridge.zone;
		place.required = true;
	} else {
		if (network->forward == FORWARD_ROUTE)
			place.zones[n++] = "libvirt-routed";
		if (network->forward != FORWARD_OPEN)
			place.zones[n++] = "libvirt";
	}
	*ret_place = place;
	return n > 0;
}

int zones_enter(struct manager *manager, const struct network *network, firewalld_callback callback,
		void *userdata, struct error *err)
{
	struct firewalld_place place;

	if (find_place(network, &place))
		return firewalld_enter(manager->life->firewalld, &place, callback, userdata, err);
	if (callback)
		callback(userdata, NULL, NULL);
	return 0;
}

void zones_leave(struct manager *manager, const struct network *network)
{
	struct firewalld_place place;

	if (find_place(network, &place))
		firewalld_leave(manager->life->firewalld, place.ifname);
}
