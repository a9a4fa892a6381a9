/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan of a network has two steps that are not the kernel's links: its packet
 * filter and its dnsmasq. They are done here, by hooks that apply calls, so that
 * they fail and are undone in their order like any other step.
 *
 * The filter is one ruleset for all networks: switching it on or off for one
 * is writing it anew, with or without that one.
 */
#include <string.h>
#include <unistd.h>

#include "daemon/dnsmasq.h"
#include "daemon/networks.h"
#include "daemon/release.h"
#include "formats/dnsmasq-conf.h"
#include "formats/nft-ruleset.h"
#include "kernel/nft.h"
#include "resolve/network.h"
#include "util/array.h"
#include "util/log.h"

enum {
	REPAIRS_MAX = 3,
};

/* What the hooks are about. */
struct service {
	struct manager *manager;
	struct network_entry *entry;
	const struct network *network; /* with its bridge's name */
};

static bool is_up(const struct network_entry *entry)
{
	return entry->started && network_is_managed(entry->started);
}

bool networks_any_up(const struct manager *manager)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		if (is_up(manager->registry.networks[i]))
			return true;
	return false;
}

/* The ruleset of all that are started, with `with` (or NULL), without `without` (or NULL). */
static int write_firewall(struct manager *manager, const struct network *with,
			  const struct network_entry *without, struct error *err)
{
	struct registry *registry = &manager->registry;
	AUTO_FREE struct nft_ruleset_network *networks = NULL;
	AUTO_FREE char *text = NULL;
	size_t n = 0;
	int r;

	networks = calloc(registry->n_networks + 1, sizeof(*networks));
	if (!networks)
		return error_oom(err);
	for (size_t i = 0; i < registry->n_networks; i++) {
		const struct network_entry *entry = registry->networks[i];

		if (entry != without && is_up(entry) && nft_ruleset_is_needed(entry->started))
			networks[n++] = (struct nft_ruleset_network){ entry->started,
								      entry->started->bridge.name };
	}
	if (with && nft_ruleset_is_needed(with))
		networks[n++] = (struct nft_ruleset_network){ with, with->bridge.name };
	if (n == 0 && (!manager->nft || !nft_has_table(manager->nft, "inet", "vifd")))
		return 0;
	if (!manager->nft)
		return error_set(err, -EOPNOTSUPP, ERROR_SYSTEM,
				 "this kernel has no nftables (vif doctor)");
	r = nft_ruleset_text(networks, n, &text, err);
	return r < 0 ? r : nft_run(manager->nft, text, err);
}

static int do_firewall(void *userdata, bool on, struct error *err)
{
	const struct service *service = userdata;

	return write_firewall(service->manager, on ? service->network : NULL, service->entry, err);
}

static void on_dnsmasq_ended(void *userdata, struct dnsmasq *dnsmasq, const struct error *error)
{
	struct manager *manager = userdata;

	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		struct network_entry *entry = manager->registry.networks[i];
		const struct event event = {
			.name = error ? "network-failed" : "network-repaired",
			.network = entry->name,
			.cause = "its dnsmasq ended",
		};

		if (entry->dnsmasq != dnsmasq)
			continue;
		if (error)
			events_tell(&manager->events, &event, "network %s: %s", entry->name,
				    error_text(error));
		else
			events_tell(&manager->events, &event,
				    "network %s: dnsmasq had ended, and runs again", entry->name);
	}
}

static int do_dnsmasq(void *userdata, bool on, struct error *err)
{
	const struct service *service = userdata;
	struct network_entry *entry = service->entry;
	const struct dnsmasq_options options = {
		.event = service->manager->event,
		.folder = service->manager->store.dnsmasq_dir,
		.ended = on_dnsmasq_ended,
		.userdata = service->manager,
	};

	/* Where the network could not be repaired, nobody has adopted it. */
	if (!on && !entry->dnsmasq)
		dnsmasq_end(options.folder, entry->name);
	if (!on) {
		dnsmasq_stop(take_ptr(entry->dnsmasq));
		return 0;
	}
	if (entry->dnsmasq)
		return dnsmasq_update(entry->dnsmasq, service->network, err);
	return dnsmasq_adopt(&options, service->network, service->network->bridge.name,
			     &entry->dnsmasq, err);
}

static int run_plan(struct manager *manager, struct network_entry *entry,
		    const struct network *network, const struct plan *plan, struct error *err)
{
	struct service service = { manager, entry, network };
	const struct apply_services services = {
		.userdata = &service,
		.firewall = do_firewall,
		.dnsmasq = do_dnsmasq,
	};
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	int r;

	r = apply_run(&manager->apply, plan, NULL, &services, &result, err);
	if (r < 0)
		error_prefix(err, "network '%s': ", network->name);
	return r;
}

/* The bridge as it is now. */
static struct bridge_seen look_at_bridge(const struct manager *manager,
					 const struct network_entry *entry)
{
	const struct host_link *bridge = facts_find(watch_facts(manager->watch),
						    entry->started->bridge.name);

	if (!bridge)
		return (struct bridge_seen){ 0 };
	return (struct bridge_seen){ bridge->ifindex, bridge->up, bridge->mtu, bridge->mac,
				     bridge->bridge };
}

static bool is_as_seen(const struct bridge_seen *a, const struct bridge_seen *b)
{
	return a->ifindex == b->ifindex && a->up == b->up && a->mtu == b->mtu &&
	       mac_equal(&a->mac, &b->mac) && bridge_settings_equal(a->settings, b->settings);
}

/* A port of the host can lead to one guest only. */
static int check_forwards(const struct network *network, const struct network *other,
			  struct error *err)
{
	for (size_t i = 0; i < network->n_forwards; i++) {
		const struct port_forward *forward = &network->forwards[i];

		for (size_t j = 0; j < other->n_forwards; j++)
			if (port_forward_clash(forward, &other->forwards[j]))
				return error_set(err, -EADDRINUSE, ERROR_IN_USE,
						 "network '%s': port %u of this host is forwarded "
						 "to a guest of network '%s' already",
						 network->name, forward->port, other->name);
	}
	return 0;
}

static int check_all_forwards(struct manager *manager, const struct network_entry *entry,
			      const struct network *network, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < manager->registry.n_networks && r == 0; i++) {
		const struct network_entry *other = manager->registry.networks[i];

		if (other != entry && is_up(other))
			r = check_forwards(network, other->started, err);
	}
	return r;
}

/* request->active is the caller's to free. */
static int request_now(struct manager *manager, const struct network_entry *entry,
		       const struct network *network, bool rewrite,
		       struct network_request *ret_request, struct error *err)
{
	struct registry *registry = &manager->registry;
	const struct network **active;
	size_t n = 0;
	int r;

	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = watch_read_ip(manager->watch, err);
	if (r < 0)
		return r;
	active = calloc(registry->n_networks + 1, sizeof(*active));
	if (!active)
		return error_oom(err);
	for (size_t i = 0; i < registry->n_networks; i++)
		if (registry->networks[i] != entry && is_up(registry->networks[i]))
			active[n++] = registry->networks[i]->started;
	*ret_request = (struct network_request){
		.network = network,
		.facts = watch_facts(manager->watch),
		.active = active,
		.n_active = n,
		.firewall = nft_ruleset_is_needed(network),
		.dnsmasq = dnsmasq_is_needed(network),
		.rewrite = rewrite,
	};
	return 0;
}

/* What was chosen for the bridge belongs to the started network from now on. */
static int keep_choice(struct network *network, const struct network_resolution *resolution,
		       struct error *err)
{
	char *name = strdup(resolution->bridge);

	if (!name)
		return error_oom(err);
	free(network->bridge.name);
	network->bridge.name = name;
	network->mac = resolution->mac;
	network->has_mac = true;
	return 0;
}

/* The log says what was switched on for the whole host, whoever started the network. */
static void log_summary(const char *summary)
{
	for (const char *line = summary; *line;) {
		int length = (int)strcspn(line, "\n");

		log_info("%.*s", length, line);
		line += length + (line[length] == '\n');
	}
}

static int bring_up_managed(struct manager *manager, struct network_entry *entry,
			    struct network *started, char **ret_summary, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct network_request request;
	int r;

	r = check_all_forwards(manager, entry, started, err);
	if (r < 0)
		return r;
	r = request_now(manager, entry, started, false, &request, err);
	if (r < 0)
		return r;
	r = network_resolve_start(&request, &resolution, err);
	free((void *)request.active);
	if (r == 0)
		r = keep_choice(started, &resolution, err);
	/* The record comes before the first step: a crash leaves something that is found again. */
	if (r == 0)
		r = store_write_started(&manager->store, started, err);
	if (r < 0)
		return r;
	r = run_plan(manager, entry, started, &resolution.plan, err);
	if (r < 0) {
		store_remove_started(&manager->store, started->name);
		return r;
	}
	log_summary(resolution.summary);
	if (ret_summary)
		*ret_summary = take_ptr(resolution.summary);
	return 0;
}

int networks_bring_up(struct manager *manager, struct network_entry *entry, struct network *started,
		      char **ret_summary, struct error *err)
{
	if (network_is_managed(started))
		return bring_up_managed(manager, entry, started, ret_summary, err);
	return store_write_started(&manager->store, started, err);
}

int networks_take_down(struct manager *manager, struct network_entry *entry, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct network_request request;
	int r;

	if (!is_up(entry))
		return 0;
	r = request_now(manager, entry, entry->started, false, &request, err);
	if (r < 0)
		return r;
	r = network_resolve_stop(&request, &resolution, err);
	free((void *)request.active);
	return r < 0 ? r : run_plan(manager, entry, entry->started, &resolution.plan, err);
}

/* Starts, updates or ends it, as the network needs it. */
static int refresh_dnsmasq(struct manager *manager, struct network_entry *entry,
			   const struct network *running, struct error *err)
{
	struct service service = { manager, entry, running };

	return do_dnsmasq(&service, dnsmasq_is_needed(running), err);
}

int networks_refresh(struct manager *manager, struct network_entry *entry,
		     const struct network *running, struct error *err)
{
	int r;

	if (!is_up(entry))
		return 0;
	r = check_all_forwards(manager, entry, running, err);
	if (r < 0)
		return r;
	r = refresh_dnsmasq(manager, entry, running, err);
	if (r == 0)
		r = write_firewall(manager, running, entry, err);
	if (r < 0) {
		error_prefix(err, "network '%s': ", entry->name);
		(void)refresh_dnsmasq(manager, entry, entry->started, NULL);
	}
	return r;
}

static void tell_repaired(struct manager *manager, const struct network_entry *entry,
			  const struct plan *plan)
{
	const struct event event = {
		.name = "network-repaired",
		.network = entry->name,
		.cause = "a part of it was gone",
	};
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *steps = NULL;

	plan_print_line(plan, &text);
	if (text_take(&text, &steps) == 0)
		events_tell(&manager->events, &event, "network %s is repaired: %s", entry->name,
			    steps);
}

static int repair(struct manager *manager, struct network_entry *entry, bool rewrite,
		  struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	struct network_request request;
	int r;

	r = request_now(manager, entry, entry->started, rewrite, &request, err);
	if (r < 0)
		return r;
	r = network_resolve_repair(&request, &resolution, err);
	free((void *)request.active);
	if (r < 0 || plan_is_empty(&resolution.plan))
		return r;
	r = run_plan(manager, entry, entry->started, &resolution.plan, err);
	if (r == 0 && !rewrite)
		tell_repaired(manager, entry, &resolution.plan);
	return r;
}

/* An attempt that fails changes links itself, which calls for another one: so not for ever. */
void networks_repair(struct manager *manager, struct network_entry *entry, bool rewrite)
{
	const struct event event = { .name = "network-failed", .network = entry->name };
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!is_up(entry) || entry->again >= REPAIRS_MAX)
		return;
	if (repair(manager, entry, rewrite, &err) < 0) {
		entry->again++;
		events_tell(&manager->events, &event, "%s%s", error_text(&err),
			    entry->again < REPAIRS_MAX
				    ? ""
				    : " (given up: vif network stop and start it)");
	} else {
		entry->again = 0;
	}
	(void)watch_refresh(manager->watch, NULL);
	entry->seen = look_at_bridge(manager, entry);
}

/* A port that comes or goes is told as a change of the bridge, too: that needs no comparison. */
void networks_look(struct manager *manager, struct network_entry *entry, bool address_gone)
{
	struct bridge_seen now;

	if (!is_up(entry))
		return;
	now = look_at_bridge(manager, entry);
	if (address_gone || !now.ifindex || !is_as_seen(&now, &entry->seen))
		networks_repair(manager, entry, false);
}

/* A bridge that is tagged as ours, of a network that is not started. */
static bool is_orphan(const struct manager *manager, const struct host_link *link)
{
	struct network_entry *entry;
	struct uuid uuid;

	for (size_t i = 0; i < link->n_altnames; i++) {
		if (!network_tag_parse(link->altnames[i], &uuid))
			continue;
		entry = registry_network_by_uuid(&manager->registry, &uuid);
		return !entry || !is_up(entry);
	}
	return false;
}

static void remove_orphans(struct manager *manager)
{
	const struct facts *facts = watch_facts(manager->watch);
	AUTO_FREE struct link_ref *orphans = NULL;
	size_t n = 0;

	for (size_t i = 0; i < facts->n_links; i++) {
		struct link_ref *orphan;

		if (!is_orphan(manager, &facts->links[i]))
			continue;
		orphan = array_add(&orphans, &n, sizeof(*orphan));
		if (!orphan)
			return;
		link_ref_set(orphan, facts->links[i].name, facts->links[i].ifindex);
		log_info("removing bridge %s, which belongs to no network", orphan->name);
	}
	if (n > 0)
		release_links(manager, orphans, n);
}

static bool is_wanted(void *userdata, const char *network)
{
	const struct manager *manager = userdata;
	const struct network_entry *entry = registry_network(&manager->registry, network);

	return entry && is_up(entry) && dnsmasq_is_needed(entry->started);
}

void networks_recover(struct manager *manager, bool all_known)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (all_known) {
		dnsmasq_sweep(manager->store.dnsmasq_dir, is_wanted, manager);
		remove_orphans(manager);
	}
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		networks_repair(manager, manager->registry.networks[i], true);
	if (!networks_any_up(manager) && write_firewall(manager, NULL, NULL, &err) < 0)
		log_warning("%s", error_text(&err));
}

static int on_firewall(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct manager *manager = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;
	const struct event event = {
		.name = "network-repaired",
		.cause = "somebody changed the packet filter's table",
	};

	if (!nft_watch_read(manager->nft_watch, manager->nft, "vifd"))
		return 0;
	if (write_firewall(manager, NULL, NULL, &err) < 0)
		log_error("%s", error_text(&err));
	else
		events_tell(&manager->events, &event,
			    "the packet filter was changed, and is written again");
	return 0;
}

/* A kernel without nftables still has networks that need none: each says so when it needs it. */
int networks_watch(struct manager *manager, struct error *err)
{
	AUTO_ERROR struct error none = ERROR_INIT;
	int r;

	if (nft_open(&manager->nft, &none) < 0 || nft_watch_open(&manager->nft_watch, &none) < 0) {
		log_info("%s", error_text(&none));
		return 0;
	}
	r = sd_event_add_io(manager->event, &manager->firewall_source,
			    nft_watch_fd(manager->nft_watch), EPOLLIN, on_firewall, manager);
	return r < 0 ? error_system(err, r, "cannot watch the packet filter") : 0;
}

void networks_leave(struct manager *manager)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		dnsmasq_leave(take_ptr(manager->registry.networks[i]->dnsmasq));
	sd_event_source_disable_unref(manager->firewall_source);
	nft_watch_close(manager->nft_watch);
	nft_close(manager->nft);
}
