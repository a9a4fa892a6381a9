/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernel/neighbour.h"
#include "life/addresses.h"
#include "services/dnsmasq-files.h"
#include "util/array.h"
#include "util/file.h"
#include "util/log.h"

static int compare(const void *a, const void *b)
{
	const struct guest_address *x = a, *y = b;
	int order = memcmp(&x->mac, &y->mac, sizeof(x->mac));

	if (order == 0 && x->address.family != y->address.family)
		order = x->address.family < y->address.family ? -1 : 1;
	return order ? order : address_compare(&x->address, &y->address);
}

static void add(struct guest_addresses *addresses, const struct mac *mac,
		const struct address *address)
{
	struct guest_address *item;

	item = array_add(&addresses->items, &addresses->n, sizeof(*item));
	if (item)
		*item = (struct guest_address){ *mac, *address };
}

static void sort(struct guest_addresses *addresses)
{
	size_t n = 0;

	if (addresses->n == 0)
		return;
	qsort(addresses->items, addresses->n, sizeof(*addresses->items), compare);
	for (size_t i = 0; i < addresses->n; i++)
		if (n == 0 || compare(&addresses->items[n - 1], &addresses->items[i]) != 0)
			addresses->items[n++] = addresses->items[i];
	addresses->n = n;
}

/* An address that every link has of itself tells nothing of where a guest can be reached. */
static bool is_link_local(const struct address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

static void on_neighbour(void *userdata, const struct neighbour_view *view)
{
	struct address address = { .family = view->family };
	struct mac mac;

	if (view->family != AF_INET && view->family != AF_INET6)
		return;
	memcpy(address.bytes, view->address, view->family == AF_INET ? 4 : 16);
	memcpy(mac.bytes, view->mac, sizeof(mac.bytes));
	if (!is_link_local(&address))
		add(userdata, &mac, &address);
}

int network_leases_read(const struct manager *manager, const char *network,
			struct dhcp_leases *ret_leases, struct error *err)
{
	AUTO_FREE char *path = dnsmasq_leases_path(manager->store.dnsmasq_dir, network);
	AUTO_FREE char *text = NULL;
	uint64_t now = (uint64_t)time(NULL);
	struct dhcp_leases leases;
	size_t size, n = 0;
	int r;

	if (!path)
		return error_oom(err);
	if (access(path, F_OK) < 0) {
		*ret_leases = (struct dhcp_leases){ 0 };
		return 0;
	}
	r = file_read(path, DHCP_LEASES_SIZE_MAX, &text, &size, err);
	if (r < 0)
		return r;
	r = dhcp_leases_read(text, &leases);
	if (r < 0)
		return error_oom(err);
	for (size_t i = 0; i < leases.n; i++) {
		struct dhcp_lease lease = leases.items[i];

		if (lease.expiry == 0 || lease.expiry > now) {
			leases.items[i] = leases.items[n];
			leases.items[n++] = lease;
		}
	}
	/* Those that are over are behind the others now. */
	for (size_t i = n; i < leases.n; i++) {
		free(leases.items[i].name);
		free(leases.items[i].client_id);
	}
	leases.n = n;
	*ret_leases = leases;
	return 0;
}

static void add_leases(const struct manager *manager, const char *network,
		       struct guest_addresses *addresses)
{
	AUTO(dhcp_leases_done) struct dhcp_leases leases = { 0 };

	if (network_leases_read(manager, network, &leases, NULL) < 0)
		return;
	for (size_t i = 0; i < leases.n; i++)
		if (leases.items[i].has_mac)
			add(addresses, &leases.items[i].mac, &leases.items[i].address);
}

void guest_addresses_collect(struct manager *manager, struct guest_addresses *ret_addresses)
{
	struct guest_addresses addresses = { 0 };

	(void)neighbour_dump(manager->apply.netlink, on_neighbour, &addresses, NULL);
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		const struct network_entry *entry = manager->registry.networks[i];

		if (network_entry_is_up(entry))
			add_leases(manager, entry->name, &addresses);
	}
	sort(&addresses);
	*ret_addresses = addresses;
}

void guest_addresses_done(struct guest_addresses *addresses)
{
	free(addresses->items);
	*addresses = (struct guest_addresses){ 0 };
}

const struct guest_address *guest_addresses_find(const struct guest_addresses *addresses,
						 const struct mac *mac, size_t *ret_n)
{
	size_t first = 0, end = addresses->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (memcmp(&addresses->items[middle].mac, mac, sizeof(*mac)) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	for (*ret_n = 0; first + *ret_n < addresses->n; (*ret_n)++)
		if (!mac_equal(&addresses->items[first + *ret_n].mac, mac))
			break;
	return addresses->items + first;
}
