/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/dnsmasq-conf.h"
#include "life/elsewhere.h"
#include "life/firewall.h"
#include "life/life.h"
#include "life/limits.h"
#include "life/network-dnsmasq.h"
#include "life/network-repair.h"
#include "life/networks.h"
#include "life/release.h"
#include "life/zones.h"
#include "resolve/network.h"
#include "services/dnsmasq-process.h"
#include "util/log.h"

bool networks_any_up(const struct manager *manager)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		if (network_entry_is_up(manager->registry.networks[i]))
			return true;
	return false;
}

/* A bridge that is tagged as ours, of a network that is not started. */
static bool is_orphan(const struct manager *manager, const struct host_link *link, const char *tag)
{
	const struct network_entry *entry;
	struct uuid uuid;

	if (!network_tag_parse(tag, &uuid) ||
	    elsewhere_has_network(manager->life->elsewhere, &uuid))
		return false;
	entry = registry_network_by_uuid(&manager->registry, &uuid);
	return !entry || !network_entry_is_up(entry);
}

/* What a recovery knows. */
struct known {
	const struct manager *manager;
	bool all;
};

static bool is_wanted(void *userdata, const char *network)
{
	const struct known *known = userdata;
	const struct network_entry *entry = registry_network(&known->manager->registry, network);

	if (!entry || !entry->started)
		return !known->all;
	return network_entry_is_up(entry) && dnsmasq_is_needed(entry->started);
}

void networks_names_changed(struct manager *manager)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		struct network_entry *entry = manager->registry.networks[i];
		AUTO_ERROR struct error err = ERROR_INIT;

		if (network_entry_is_up(entry) && dnsmasq_is_needed(entry->started) &&
		    network_dnsmasq_serve(entry, entry->started, &err) < 0)
			log_warning("network '%s': %s", entry->name, error_text(&err));
	}
}

static void recover_one(struct manager *manager, struct network_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	network_repair(manager, entry, true);
	if (!network_entry_is_up(entry))
		return;
	floors_look(manager, entry->started);
	/* firewalld may have forgotten it while nobody looked. */
	if (zones_enter(manager, entry->started, NULL, NULL, &err) < 0)
		log_warning("network '%s': %s", entry->name, error_text(&err));
}

void networks_recover(struct manager *manager, bool all_known)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	dnsmasq_sweep(manager->store.dnsmasq_dir, is_wanted, &(struct known){ manager, all_known });
	if (all_known)
		(void)release_orphans(manager, is_orphan, "bridge", "network", NULL);
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		recover_one(manager, manager->registry.networks[i]);
	if (networks_any_up(manager))
		firewall_open_others(manager->life->firewall);
	else if (firewall_write(manager->life->firewall, NULL, NULL, &err) < 0)
		log_warning("%s", error_text(&err));
}

void networks_leave(struct manager *manager)
{
	while (manager->registry.n_networks > 0)
		network_entry_remove(manager->registry.networks[0]);
}
