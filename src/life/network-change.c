/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The new copies take the places of the old ones at once, so that whatever happens while a dnsmasq
 * is replaced sees the one network that is wanted: plugs, repairs, a packet filter that
 * another network has written anew. The old ones are kept until it serves, and come back
 * if it does not. The definition's file is written first: it goes to a disk, and is the more likely
 * to fail. The record of the started network comes last: a vifd that is killed before is followed
 * by one that makes the host what it was.
 */
#include "formats/dnsmasq-conf.h"
#include "life/firewall.h"
#include "life/life.h"
#include "life/network-change.h"
#include "life/network-dnsmasq.h"
#include "life/network-question.h"
#include "life/network-steps.h"
#include "life/network-task.h"
#include "life/network-tell.h"
#include "resolve/network.h"
#include "resolve/takeover.h"
#include "util/log.h"

struct network_change {
	struct network_task task;
	network_changed_callback callback;
	void *userdata;
	/* Those that are not to come back are NULL. */
	bool defines, runs, unforces;
	struct network *definition, *started; /* as they were */
	struct file_before file;              /* of the definition */
};

static void change_free(struct network_change *change)
{
	if (!change)
		return;
	network_free(change->definition);
	network_free(change->started);
	file_before_done(&change->file);
	free(change);
}
DEFINE_FREEP(struct network_change, change_free);

static void swap(struct network **a, struct network **b)
{
	struct network *other = *a;

	*a = *b;
	*b = other;
}

/* What the new one takes from the host, if anything, is said in the log. */
static int check_forwards(struct network_entry *entry, const struct network *running, bool force,
			  struct error *err)
{
	AUTO(network_question_done) struct network_question question = { 0 };
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *said = NULL;
	int r;

	r = network_ask_to_take(entry->runtime->manager, entry, running, force, &question, err);
	if (r == 0)
		r = takeover_check_forwards(&question.request, &text, err);
	if (r < 0)
		return r;
	if (text_take(&text, &said) < 0)
		return error_oom(err);
	return network_warn(running, said, err);
}

/* Filter and dnsmasq as the started network asks for them. */
static int refresh(struct network_entry *entry, struct error *err)
{
	int r = firewall_write(entry->runtime->manager->life->firewall, NULL, NULL, err);

	if (r < 0)
		return r;
	return dnsmasq_is_needed(entry->started) ? network_dnsmasq_serve(entry, entry->started, err)
						 : network_dnsmasq_end(entry, err);
}

static int refresh_links(struct network_entry *entry, const struct network *former,
			 struct error *err)
{
	AUTO(network_resolution_done) struct network_resolution resolution = { 0 };
	AUTO(network_question_done) struct network_question question = { 0 };
	const struct network *running = entry->started;
	int r;

	if (bandwidth_equal(&former->bandwidth, &running->bandwidth) &&
	    tunnel_remotes_equal(&former->tunnel, &running->tunnel))
		return 0;
	r = network_ask(entry->runtime->manager, entry, running, &question, err);
	question.request.former = former;
	if (r == 0)
		r = network_resolve_change(&question.request, &resolution, err);
	return r < 0 ? r : network_run_plan_for_good(entry, &resolution.plan, err);
}

/*
 * What root has accepted with the old definition is not accepted with a new one, unless that is
 * said again; the word goes before the definition comes.
 */
static int unforce(struct network_entry *entry, struct network_change *change, struct error *err)
{
	int r;

	if (!entry->autostart_force)
		return 0;
	r = store_set_autostart(&entry->runtime->manager->store, entry->name, true, false, err);
	if (r < 0)
		return r;
	entry->autostart_force = false;
	change->unforces = true;
	return 0;
}

static void force_again(struct network_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	entry->autostart_force = true;
	if (store_set_autostart(&entry->runtime->manager->store, entry->name, true, true, &err) < 0)
		log_warning("%s", error_text(&err));
}

static void put_back_definition(struct network_entry *entry, struct network_change *change)
{
	if (change->defines) {
		swap(&entry->definition, &change->definition);
		file_put_back(&change->file);
	}
	if (change->unforces)
		force_again(entry);
}

/* The old ones come back. The new ones are in the change then. */
static void put_back(struct network_entry *entry, struct network_change *change)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	put_back_definition(entry, change);
	if (!change->runs)
		return;
	swap(&entry->started, &change->started);
	if (!network_entry_is_up(entry))
		return;
	if (refresh_links(entry, change->started, &err) < 0 || refresh(entry, &err) < 0)
		log_warning("network '%s': %s", entry->name, error_text(&err));
}

static void change_over(struct network_entry *entry, struct network_task *task,
			const struct error *error)
{
	AUTO(change_freep) struct network_change *change = (struct network_change *)task;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (error) {
		error_copy(&err, error);
		error_prefix(&err, "network '%s': ", entry->name);
	} else if (change->runs) {
		store_write_started(&entry->runtime->manager->store, entry->started, NULL, &err);
	}
	if (err.code)
		put_back(entry, change);
	else if (change->unforces)
		log_warning(
			"network '%s' is not started with --force at boot any more: its definition "
			"is another one, and that was changed without it",
			entry->name);
	change->callback(change->userdata, entry, err.code ? &err : NULL);
}

/* The record says what was, and the next vifd makes it so. */
static void change_cancel(struct network_entry *entry, struct network_task *task,
			  const struct error *error)
{
	AUTO(change_freep) struct network_change *change = (struct network_change *)task;

	put_back_definition(entry, change);
	change->callback(change->userdata, entry, error);
}

/* What runs is told. */
static int run(struct network_entry *entry, struct network_change *change, struct network **started,
	       bool force, struct error *err)
{
	int r = 0;

	if (network_entry_is_up(entry))
		r = check_forwards(entry, *started, force, err);
	if (r == 0) {
		change->started = take_ptr(*started);
		change->runs = true;
		swap(&entry->started, &change->started);
		if (network_entry_is_up(entry))
			r = refresh_links(entry, change->started, err);
		if (r < 0)
			return r;
		if (network_entry_is_up(entry))
			r = refresh(entry, err);
	}
	if (r < 0)
		error_prefix(err, "network '%s': ", entry->name);
	return r;
}

int network_change(struct network_entry *entry, struct network **definition,
		   struct network **started, bool force, network_changed_callback callback,
		   void *userdata, struct error *err)
{
	AUTO(change_freep) struct network_change *change = calloc(1, sizeof(*change));
	int r = 0;

	if (!change)
		return error_oom(err);
	change->task = (struct network_task){
		.being = "changed",
		.over = change_over,
		.cancel = change_cancel,
	};
	change->callback = callback;
	change->userdata = userdata;
	if (*definition && !force)
		r = unforce(entry, change, err);
	if (r == 0 && *definition)
		r = store_write_definition(&entry->runtime->manager->store, *definition,
					   &change->file, err);
	if (r < 0) {
		put_back_definition(entry, change);
		return r;
	}
	if (*definition) {
		change->definition = take_ptr(*definition);
		change->defines = true;
		swap(&entry->definition, &change->definition);
	}
	if (*started)
		r = run(entry, change, started, force, err);
	if (r < 0) {
		put_back(entry, change);
		return r;
	}
	if (change->runs)
		network_task_wait(entry, &take_ptr(change)->task);
	else
		change_over(entry, &take_ptr(change)->task, NULL);
	return 0;
}
