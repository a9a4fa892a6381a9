/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Both have a part that takes its time, the dnsmasq: a start's last step, but for firewalld's
 * answer, which is waited for then, a stop's first.
 * Meanwhile everything else is served, and the network is there for all but its guests. When it is
 * over the start has succeeded, or all of its plan is taken back; the stop takes off the rest.
 */
#include <string.h>

#include "formats/dnsmasq-conf.h"
#include "formats/network-xml.h"
#include "host/apply.h"
#include "host/host-filters.h"
#include "life/deafness.h"
#include "life/network-dnsmasq.h"
#include "life/network-question.h"
#include "life/network-start.h"
#include "life/network-steps.h"
#include "life/network-task.h"
#include "life/network-tell.h"
#include "life/zones.h"
#include "resolve/foreign-filter.h"
#include "resolve/network.h"
#include "util/log.h"

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
	network->mtu = resolution->mtu;
	network->has_mac = true;
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

/* --- a start --- */

struct network_start {
	struct network_task task;
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
	const struct store *store = &entry->runtime->manager->store;

	zones_leave(entry->runtime->manager, entry->started);
	network_undo_plan(entry, entry->started, &start->resolution.plan, &start->result);
	store_remove_started(store, entry->name);
	network_free(take_ptr(entry->started));
}

/* What is known only when it is done; a warning. */
static void tell_besides(const struct network *network, struct network_start *start,
			 const char *lines)
{
	char *summary = text_format("%s%s", start->summary ?: "", lines);

	(void)network_warn(network, lines, NULL);
	if (!summary)
		return;
	free(start->summary);
	start->summary = summary;
}

/* Whom others' filters let pass then. */
static void tell_filters(const struct network_entry *entry, struct network_start *start)
{
	AUTO_FREE char *filters = NULL;

	if (network_is_managed(entry->started) &&
	    networks_look_at_filters(entry->started, &filters, NULL) == 0)
		tell_besides(entry->started, start, filters);
}

static void start_end(struct network_entry *entry, struct network_task *task,
		      const struct error *error)
{
	AUTO(start_freep) struct network_start *start = (struct network_start *)task;
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
		network_log_lines(LOG_INFO, "", start->resolution.summary);
	tell_filters(entry, start);
	entry->runtime->n_failures = 0;
	networks_tell(manager, "network-started", entry->name, "started");
	watch_note_all(manager->watch);
	tell_start(start, entry, NULL);
}

/* Where the start is over already, by a dnsmasq that has come to something else, the log has it. */
static void on_zone(void *userdata, const char *note, const struct error *error)
{
	struct network_entry *entry = userdata;
	struct network_task *task = entry->runtime->task;
	AUTO_FREE char *line = note ? text_format("%s\n", note) : NULL;

	if (!task || task->over != start_end) {
		if (error)
			log_warning("network '%s': %s", entry->name, error_text(error));
		return;
	}
	if (line)
		tell_besides(entry->started, (struct network_start *)task, line);
	(void)network_task_go_on(entry, error);
}

/* Now it serves. */
static void start_over(struct network_entry *entry, struct network_task *task,
		       const struct error *error)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (error) {
		start_end(entry, task, error);
		return;
	}
	task->over = start_end;
	entry->runtime->task = task;
	if (zones_enter(entry->runtime->manager, entry->started, on_zone, entry, &err) < 0)
		on_zone(entry, NULL, &err);
}

static void start_cancel(struct network_entry *entry, struct network_task *task,
			 const struct error *error)
{
	AUTO(start_freep) struct network_start *start = (struct network_start *)task;

	tell_start(start, entry, error);
}

static int decide_start(struct manager *manager, const struct network_entry *entry,
			struct network *started, bool force, struct network_start *start,
			struct error *err)
{
	AUTO(network_question_done) struct network_question question = { 0 };
	int r;

	r = network_ask_to_take(manager, entry, started, force, &question, err);
	if (r == 0)
		r = network_resolve_start(&question.request, &start->resolution, err);
	if (r == 0)
		r = keep_choice(started, &start->resolution, err);
	if (r == 0)
		r = network_warn(started, start->resolution.warnings, err);
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
	r = network_run_plan(entry, started, &start->resolution.plan, &start->result, err);
	if (r < 0)
		store_remove_started(&manager->store, started->name);
	else if (start->resolution.forwards_ipv6)
		deafness_note_told(manager);
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
	start->task = (struct network_task){
		.being = "started",
		.hides = true,
		.over = start_over,
		.cancel = start_cancel,
	};
	start->callback = callback;
	start->userdata = userdata;
	r = copy_definition(manager, entry, options, &started, err);
	if (r == 0)
		r = bring_up(manager, entry, started, options->force, start, err);
	if (r < 0)
		return r;
	entry->started = take_ptr(started);
	network_task_wait(entry, &take_ptr(start)->task);
	return 0;
}

/* --- a stop --- */

struct network_stop {
	struct network_task task;
	network_stopped_callback callback;
	void *userdata;
};

static int take_down(struct network_entry *entry, struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	AUTO(network_question_done) struct network_question question = { 0 };
	struct manager *manager = entry->runtime->manager;
	int r;

	if (!network_entry_is_up(entry))
		return 0;
	r = network_ask(manager, entry, entry->started, &question, err);
	if (r == 0)
		r = network_resolve_stop(&question.request, &resolution, err);
	return r < 0 ? r : network_run_plan_for_good(entry, &resolution.plan, err);
}

/* It is still started. */
static void serve_again(struct network_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (network_entry_is_up(entry) && dnsmasq_is_needed(entry->started) &&
	    network_dnsmasq_serve(entry, entry->started, &err) < 0)
		log_warning("network '%s': %s", entry->name, error_text(&err));
	watch_note_all(entry->runtime->manager->watch);
}

/* Whatever the dnsmasq came to, it is not asked for any more. */
static void stop_over(struct network_entry *entry, struct network_task *task,
		      const struct error *error)
{
	AUTO_FREE struct network_stop *stop = (struct network_stop *)task;
	struct manager *manager = entry->runtime->manager;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (take_down(entry, &err) < 0) {
		serve_again(entry);
		stop->callback(stop->userdata, entry, &err);
		return;
	}
	zones_leave(manager, entry->started);
	store_remove_started(&manager->store, entry->name);
	network_free(take_ptr(entry->started));
	entry->runtime->seen = (struct bridge_seen){ 0 };
	free(take_ptr(entry->runtime->problem));
	networks_tell(manager, "network-stopped", entry->name, "stopped");
	stop->callback(stop->userdata, entry, NULL);
}

/* The next vifd finds the record of a network that is started, and goes on with that. */
static void stop_cancel(struct network_entry *entry, struct network_task *task,
			const struct error *error)
{
	AUTO_FREE struct network_stop *stop = (struct network_stop *)task;

	stop->callback(stop->userdata, entry, error);
}

int networks_stop(struct network_entry *entry, network_stopped_callback callback, void *userdata,
		  struct error *err)
{
	AUTO_FREE struct network_stop *stop = malloc(sizeof(*stop));
	int r = 0;

	if (!stop)
		return error_oom(err);
	*stop = (struct network_stop){
		.task = { .being = "stopped",
			  .hides = true,
			  .over = stop_over,
			  .cancel = stop_cancel },
		.callback = callback,
		.userdata = userdata,
	};
	if (network_entry_is_up(entry) && dnsmasq_is_needed(entry->started))
		r = network_dnsmasq_end(entry, err);
	if (r < 0)
		return r;
	network_task_wait(entry, &take_ptr(stop)->task);
	return 0;
}
