/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan of a network has two steps that are not the kernel's links: its packet
 * filter and its dnsmasq. They are done here, by hooks that apply calls, so that
 * they fail and are undone in their order like any other step.
 * The filter is one table for all networks: switching it on or off for one is
 * writing it anew, with or without that one.
 */
#include <string.h>
#include <unistd.h>

#include "formats/dnsmasq-conf.h"
#include "formats/network-xml.h"
#include "formats/nft-ruleset.h"
#include "host/host-filters.h"
#include "host/host-ip.h"
#include "life/elsewhere.h"
#include "life/firewall.h"
#include "life/life.h"
#include "life/limits.h"
#include "life/network-dnsmasq.h"
#include "life/networks.h"
#include "life/release.h"
#include "resolve/beside.h"
#include "resolve/foreign-filter.h"
#include "resolve/network.h"
#include "resolve/takeover.h"
#include "services/dnsmasq.h"
#include "services/port-owner.h"
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

bool networks_any_up(const struct manager *manager)
{
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		if (network_entry_is_up(manager->registry.networks[i]))
			return true;
	return false;
}

void networks_tell(struct manager *manager, const char *event, const char *name, const char *is)
{
	const struct event told = { .name = event, .network = name };

	events_tell(&manager->events, &told, "network %s is %s", name, is);
}

static int do_firewall(void *userdata, bool on, struct error *err)
{
	const struct service *service = userdata;

	return firewall_write(service->manager->life->firewall, on ? service->network : NULL,
			      service->entry, err);
}

static int do_dnsmasq(void *userdata, bool on, struct error *err)
{
	const struct service *service = userdata;

	if (on)
		return network_dnsmasq_serve(service->entry, service->network, err);
	network_dnsmasq_stop(service->entry);
	return 0;
}

static struct apply_services services_of(struct service *service)
{
	return (struct apply_services){
		.userdata = service,
		.switch_service = { [SERVICE_FIREWALL] = do_firewall,
				    [SERVICE_DNSMASQ] = do_dnsmasq },
	};
}

static int run_plan(struct manager *manager, struct network_entry *entry,
		    const struct network *network, const struct plan *plan,
		    struct apply_result *ret_result, struct error *err)
{
	struct service service = { manager, entry, network };
	const struct apply_services services = services_of(&service);
	int r;

	r = apply_run(&manager->apply, plan, NULL, &services, ret_result, err);
	if (r < 0)
		error_prefix(err, "network '%s': ", network->name);
	return r;
}

/* Of a plan that need not be taken back any more. */
static int run_plan_for_good(struct manager *manager, struct network_entry *entry,
			     const struct plan *plan, struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;

	return run_plan(manager, entry, entry->started, plan, &result, err);
}

/* The bridge as it is now. */
static struct bridge_seen look_at_bridge(const struct manager *manager,
					 const struct network_entry *entry)
{
	const struct facts *facts = watch_facts(manager->watch);
	struct bridge_seen seen = { .beside = beside_seen(entry->started, facts) };
	const struct host_link *bridge = NULL;

	if (network_is_managed(entry->started))
		bridge = facts_find(facts, entry->started->bridge.name);
	if (!bridge)
		return seen;
	return (struct bridge_seen){ seen.beside, bridge->ifindex, bridge->up,
				     bridge->mtu, bridge->mac,     bridge->bridge };
}

static bool is_as_seen(const struct bridge_seen *a, const struct bridge_seen *b)
{
	return a->beside == b->beside && a->ifindex == b->ifindex && a->up == b->up &&
	       a->mtu == b->mtu && mac_equal(&a->mac, &b->mac) &&
	       bridge_settings_equal(a->settings, b->settings);
}

/* The host's sockets whose packets the network would take, with who has them. */
static int find_sockets(const struct network *network, struct host_sockets *ret_sockets,
			struct error *err)
{
	struct host_sockets sockets;
	size_t n = 0;
	int r;

	if (network->n_forwards == 0)
		return 0;
	r = host_sockets_read(&sockets, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sockets.n; i++) {
		struct host_socket *socket = &sockets.items[i];
		bool is_taken = false;

		for (size_t j = 0; j < network->n_forwards; j++)
			is_taken |= port_forward_takes(&network->forwards[j], socket);
		if (!is_taken)
			continue;
		socket->holder = holder_of(socket->inode);
		sockets.items[n++] = *socket;
	}
	sockets.n = n;
	*ret_sockets = sockets;
	return 0;
}

/* A question about a network, with the host as it is now. */
struct question {
	struct network_request request;
	const struct network **active;
	struct host_sockets sockets;
};

static void question_done(struct question *question)
{
	free(question->active);
	host_sockets_done(&question->sockets);
}

/* `network` is what the entry is to be, or is. */
static int ask(struct manager *manager, const struct network_entry *entry,
	       const struct network *network, struct question *ret_question, struct error *err)
{
	const struct registry *registry = &manager->registry;
	struct network_request *request = &ret_question->request;
	int r;

	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = watch_read_ip(manager->watch, err);
	if (r < 0)
		return r;
	ret_question->active = calloc(registry->n_networks + 1, sizeof(*ret_question->active));
	if (!ret_question->active)
		return error_oom(err);
	*request = (struct network_request){
		.network = network,
		.facts = watch_facts(manager->watch),
		.active = ret_question->active,
		.firewall = nft_ruleset_is_needed(network) || network->open_firewall,
		.dnsmasq = dnsmasq_is_needed(network),
	};
	for (size_t i = 0; i < registry->n_networks; i++)
		if (registry->networks[i] != entry && network_entry_is_up(registry->networks[i]))
			ret_question->active[request->n_active++] = registry->networks[i]->started;
	return 0;
}

/* The same, of one that is to take from the host what it has not yet. */
static int ask_to_take(struct manager *manager, const struct network_entry *entry,
		       const struct network *network, bool force, struct question *ret_question,
		       struct error *err)
{
	int r = ask(manager, entry, network, ret_question, err);

	if (r == 0)
		r = find_sockets(network, &ret_question->sockets, err);
	if (r < 0)
		return r;
	ret_question->request.former = entry->started;
	ret_question->request.sockets = &ret_question->sockets;
	ret_question->request.force = force;
	return 0;
}

/* What was chosen for the bridge belongs to the started network from now on. */
static int keep_choice(struct network *network, const struct network_resolution *resolution,
		       struct error *err)
{
	char *name;

	if (!network_is_managed(network))
		return 0;
	name = strdup(resolution->bridge);
	if (!name)
		return error_oom(err);
	free(network->bridge.name);
	network->bridge.name = name;
	network->mac = resolution->mac;
	network->has_mac = true;
	return 0;
}

static void log_lines(int level, const char *before, const char *lines)
{
	for (const char *line = lines; line && *line;) {
		int length = (int)strcspn(line, "\n");

		log_write(level, NULL, "%s%.*s", before, length, line);
		line += length + (line[length] == '\n');
	}
}

/* The log has what a start may cost the whole host, whoever asked for it, before it is done. */
static int warn(const struct network *network, const char *warnings, struct error *err)
{
	AUTO_FREE char *before = text_format("network '%s': ", network->name);

	if (!before)
		return error_oom(err);
	log_lines(LOG_WARNING, before, warnings);
	return 0;
}

int networks_look_at_filters(const struct network *network, char **ret_text, struct error *err)
{
	AUTO(host_filters_done) struct host_filters filters = { 0 };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_ERROR struct error none = ERROR_INIT;

	/* A kernel without nftables has no such filters. */
	if (network_is_managed(network) &&
	    host_filters_read(network->bridge.name, &network->uuid, &filters, &none) < 0)
		log_debug("%s", error_text(&none));
	if (network_is_managed(network))
		foreign_filter_tell(&filters, network, network->bridge.name, &text);
	return text_take(&text, ret_text) < 0 ? error_oom(err) : 0;
}

/*
 * A start. Its last step is the dnsmasq, which takes its time: meanwhile everything else is
 * served, and the network counts as started for all but its guests. When it serves the start
 * is over; when it does not, all of the plan is taken back.
 */
struct network_start {
	network_started_callback callback;
	void *userdata;
	struct network_resolution resolution;
	struct apply_result result;
	char *summary;
};

static void start_free(struct network_start *start)
{
	if (!start)
		return;
	network_resolution_done(&start->resolution);
	apply_result_done(&start->result);
	free(start->summary);
	free(start);
}
DEFINE_FREEP(struct network_start, start_free);

static void tell_start(const struct network_start *start, const struct network_entry *entry,
		       const struct error *error)
{
	if (start->callback)
		start->callback(start->userdata, entry, start->summary, error);
	else if (error)
		log_error("%s", error_text(error));
}

static void take_back(struct network_entry *entry, struct network_start *start)
{
	struct manager *manager = entry->runtime->manager;
	struct service service = { manager, entry, entry->started };
	const struct apply_services services = services_of(&service);

	apply_undo(&manager->apply, &start->resolution.plan, &services, &start->result);
	store_remove_started(&manager->store, entry->name);
	network_free(take_ptr(entry->started));
}

/* When all is done: whom others' filters let pass then. */
static void tell_filters(const struct network_entry *entry, struct network_start *start)
{
	AUTO_FREE char *filters = NULL, *summary = NULL;

	if (!network_is_managed(entry->started) ||
	    networks_look_at_filters(entry->started, &filters, NULL) < 0)
		return;
	(void)warn(entry->started, filters, NULL);
	summary = text_format("%s%s", start->summary ?: "", filters);
	if (!summary)
		return;
	free(start->summary);
	start->summary = take_ptr(summary);
}

static void start_over(struct network_entry *entry, const struct error *error)
{
	AUTO(start_freep) struct network_start *start = take_ptr(entry->runtime->start);
	struct manager *manager = entry->runtime->manager;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (error) {
		error_copy(&err, error);
		error_prefix(&err, "network '%s': ", entry->name);
		take_back(entry, start);
		tell_start(start, entry, &err);
		return;
	}
	if (start->resolution.summary)
		log_lines(LOG_INFO, "", start->resolution.summary);
	tell_filters(entry, start);
	entry->runtime->n_failures = 0;
	networks_tell(manager, "network-started", entry->name, "started");
	watch_note_all(manager->watch);
	tell_start(start, entry, NULL);
}

static int decide_start(struct manager *manager, const struct network_entry *entry,
			struct network *started, bool force, struct network_start *start,
			struct error *err)
{
	AUTO(question_done) struct question question = { 0 };
	int r;

	r = ask_to_take(manager, entry, started, force, &question, err);
	if (r == 0)
		r = network_resolve_start(&question.request, &start->resolution, err);
	if (r == 0)
		r = keep_choice(started, &start->resolution, err);
	if (r == 0)
		r = warn(started, start->resolution.warnings, err);
	if (r < 0)
		return r;
	start->summary = text_format("%s%s", start->resolution.summary,
				     start->resolution.warnings ?: "");
	return start->summary ? 0 : error_oom(err);
}

static int bring_up(struct manager *manager, struct network_entry *entry, struct network *started,
		    bool force, struct network_start *start, struct error *err)
{
	int r = 0;

	if (network_has_plan(started))
		r = decide_start(manager, entry, started, force, start, err);
	/* The record comes before the first step: a crash leaves something that is found again. */
	if (r == 0)
		r = store_write_started(&manager->store, started, NULL, err);
	if (r < 0 || !network_has_plan(started))
		return r;
	r = run_plan(manager, entry, started, &start->resolution.plan, &start->result, err);
	if (r < 0)
		store_remove_started(&manager->store, started->name);
	return r;
}

/* The started network is a copy: it and the definition may come to differ. */
static int copy_definition(struct manager *manager, const struct network_entry *entry,
			   const struct network_start_options *options,
			   struct network **ret_started, struct error *err)
{
	AUTO_FREE char *path = store_definition_path(&manager->store, entry->name);
	AUTO(network_freep) struct network *started = NULL;
	int r;

	if (!path)
		return error_oom(err);
	r = network_copy(entry->definition, &started, err);
	if (r == 0)
		r = network_check_served(started, err);
	if (r < 0) {
		error_place(err, path);
		return r;
	}
	started->open_firewall |= options->open_firewall;
	*ret_started = take_ptr(started);
	return 0;
}

int networks_start(struct manager *manager, struct network_entry *entry,
		   const struct network_start_options *options, network_started_callback callback,
		   void *userdata, struct error *err)
{
	AUTO(start_freep) struct network_start *start = calloc(1, sizeof(*start));
	AUTO(network_freep) struct network *started = NULL;
	int r;

	if (!start)
		return error_oom(err);
	start->callback = callback;
	start->userdata = userdata;
	r = copy_definition(manager, entry, options, &started, err);
	if (r == 0)
		r = bring_up(manager, entry, started, options->force, start, err);
	if (r < 0)
		return r;
	entry->started = take_ptr(started);
	entry->runtime->start = take_ptr(start);
	entry->runtime->start_over = start_over;
	if (!network_dnsmasq_is_starting(entry))
		start_over(entry, NULL);
	return 0;
}

static int take_down(struct manager *manager, struct network_entry *entry, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	AUTO(question_done) struct question question = { 0 };
	int r;

	if (!network_entry_is_up(entry))
		return 0;
	r = ask(manager, entry, entry->started, &question, err);
	if (r == 0)
		r = network_resolve_stop(&question.request, &resolution, err);
	return r < 0 ? r : run_plan_for_good(manager, entry, &resolution.plan, err);
}

int networks_stop(struct manager *manager, struct network_entry *entry, struct error *err)
{
	int r = take_down(manager, entry, err);

	if (r < 0)
		return r;
	store_remove_started(&manager->store, entry->name);
	network_free(take_ptr(entry->started));
	entry->runtime->seen = (struct bridge_seen){ 0 };
	free(take_ptr(entry->runtime->problem));
	networks_tell(manager, "network-stopped", entry->name, "stopped");
	return 0;
}

/* Starts, updates or ends it, as the network needs it. */
static int refresh_dnsmasq(struct manager *manager, struct network_entry *entry,
			   const struct network *running, struct error *err)
{
	struct service service = { manager, entry, running };

	return do_dnsmasq(&service, dnsmasq_is_needed(running), err);
}

static int refresh_limits(struct manager *manager, struct network_entry *entry,
			  const struct network *former, const struct network *running,
			  struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	AUTO(question_done) struct question question = { 0 };
	int r;

	if (bandwidth_equal(&former->bandwidth, &running->bandwidth))
		return 0;
	r = ask(manager, entry, running, &question, err);
	question.request.former = former;
	if (r == 0)
		r = network_resolve_limits(&question.request, &resolution, err);
	return r < 0 ? r : run_plan(manager, entry, running, &resolution.plan, &result, err);
}

/* What the new one takes from the host, if anything, is said in the log. */
static int check_forwards(struct manager *manager, const struct network_entry *entry,
			  const struct network *running, bool force, struct error *err)
{
	AUTO_FREE char *before = text_format("network '%s': ", entry->name), *said = NULL;
	AUTO(question_done) struct question question = { 0 };
	AUTO_TEXT struct text text = TEXT_INIT;
	int r;

	r = ask_to_take(manager, entry, running, force, &question, err);
	if (r == 0)
		r = takeover_check_forwards(&question.request, &text, err);
	if (r < 0)
		return r;
	if (!before || text_take(&text, &said) < 0)
		return error_oom(err);
	log_lines(LOG_WARNING, before, said);
	return 0;
}

int networks_refresh(struct manager *manager, struct network_entry *entry,
		     const struct network *running, bool force, struct error *err)
{
	int r;

	if (!network_entry_is_up(entry))
		return 0;
	r = check_forwards(manager, entry, running, force, err);
	if (r < 0) {
		error_prefix(err, "network '%s': ", entry->name);
		return r;
	}
	r = refresh_limits(manager, entry, entry->started, running, err);
	if (r < 0)
		return r;
	r = refresh_dnsmasq(manager, entry, running, err);
	if (r == 0)
		r = firewall_write(manager->life->firewall, running, entry, err);
	if (r < 0) {
		error_prefix(err, "network '%s': ", entry->name);
		(void)refresh_dnsmasq(manager, entry, entry->started, NULL);
		(void)refresh_limits(manager, entry, running, entry->started, NULL);
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
	AUTO(question_done) struct question question = { 0 };
	int r;

	r = ask(manager, entry, entry->started, &question, err);
	question.request.rewrite = rewrite;
	question.request.relimit = entry->runtime->relimit;
	if (r == 0)
		r = network_resolve_repair(&question.request, &resolution, err);
	if (r < 0 || plan_is_empty(&resolution.plan))
		return r;
	r = run_plan_for_good(manager, entry, &resolution.plan, err);
	if (r == 0 && !rewrite)
		tell_repaired(manager, entry, &resolution.plan);
	return r;
}

/*
 * `rewrite`: filter and dnsmasq are not known to be right. An attempt that fails changes links
 * itself, which calls for another one: so not for ever.
 */
static void networks_repair(struct manager *manager, struct network_entry *entry, bool rewrite)
{
	const struct event event = { .name = "network-failed", .network = entry->name };
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	if (!network_entry_is_up(entry) || entry->runtime->n_failures >= REPAIRS_MAX)
		return;
	free(take_ptr(entry->runtime->problem));
	r = repair(manager, entry, rewrite, &err);
	/* It was decided on what is no longer so; the next pass knows better. */
	if (r == -ENODEV && watch_refresh(manager->watch, NULL) == 0 &&
	    watch_has_changes(manager->watch))
		return;
	if (r < 0) {
		entry->runtime->n_failures++;
		entry->runtime->problem = strdup(error_text(&err));
		events_tell(&manager->events, &event, "%s%s", error_text(&err),
			    entry->runtime->n_failures < REPAIRS_MAX
				    ? ""
				    : " (given up: vif network stop and start it)");
	} else {
		entry->runtime->n_failures = 0;
	}
	entry->runtime->relimit = false;
	(void)watch_refresh(manager->watch, NULL);
	entry->runtime->seen = look_at_bridge(manager, entry);
}

/* A port that comes or goes is told as a change of the bridge, too: that needs no comparison. */
void networks_look(struct manager *manager, struct network_entry *entry,
		   const struct network_changes *changes)
{
	struct bridge_seen now;
	bool lost;

	if (!network_entry_is_up(entry))
		return;
	now = look_at_bridge(manager, entry);
	lost = network_is_managed(entry->started) && !now.ifindex;
	entry->runtime->relimit = changes->links && limits_lost(manager, entry->started);
	if (changes->addresses || lost || !is_as_seen(&now, &entry->runtime->seen) ||
	    entry->runtime->relimit)
		networks_repair(manager, entry, false);
	if (changes->links)
		floors_look(manager, entry->started);
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

static bool is_wanted(void *userdata, const char *network)
{
	const struct manager *manager = userdata;
	const struct network_entry *entry = registry_network(&manager->registry, network);

	return entry && network_entry_is_up(entry) && dnsmasq_is_needed(entry->started);
}

void networks_name_servers_changed(struct manager *manager)
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
	networks_repair(manager, entry, true);
	if (network_entry_is_up(entry))
		floors_look(manager, entry->started);
}

void networks_recover(struct manager *manager, bool all_known)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (all_known) {
		dnsmasq_sweep(manager->store.dnsmasq_dir, is_wanted, manager);
		(void)release_orphans(manager, is_orphan, "bridge", "network", NULL);
	}
	for (size_t i = 0; i < manager->registry.n_networks; i++)
		recover_one(manager, manager->registry.networks[i]);
	if (networks_any_up(manager))
		firewall_open_others(manager->life->firewall);
	else if (firewall_write(manager->life->firewall, NULL, NULL, &err) < 0)
		log_warning("%s", error_text(&err));
}

void networks_end_starts(struct manager *manager)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	error_set(&err, -ECANCELED, ERROR_SYSTEM, "vifd has ended before the network was started");
	for (size_t i = 0; i < manager->registry.n_networks; i++) {
		struct network_entry *entry = manager->registry.networks[i];
		AUTO(start_freep) struct network_start *start = take_ptr(entry->runtime->start);

		if (start)
			tell_start(start, entry, &err);
	}
}

void networks_leave(struct manager *manager)
{
	while (manager->registry.n_networks > 0)
		network_entry_remove(manager->registry.networks[0]);
}
