/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A change of one part of a network, while it runs.
 *
 * Nothing is counted and nothing is stored of use, so a change cannot make
 * vifd forget who has what: a port has its actual, whatever its network says now.
 * What ports use is taken from the network only where that is asked for by
 * force, and those ports stay as they are even then.
 */
#include <string.h>

#include "formats/network-xml.h"
#include "life/network-change.h"
#include "methods/find.h"
#include "methods/follow.h"
#include "methods/methods.h"
#include "model/network-use.h"
#include "util/parse.h"

/* What a copy becomes by the update. */
static int update_copy(const struct network *network, const struct network_update *update,
		       struct network **ret_updated, char **ret_key, struct error *err)
{
	AUTO(network_freep) struct network *copy = NULL;
	AUTO_FREE char *key = NULL;
	int r;

	r = network_copy(network, &copy, err);
	if (r == 0)
		r = network_update(copy, update, &key, err);
	if (r < 0)
		return r;
	*ret_updated = take_ptr(copy);
	free(*ret_key);
	*ret_key = take_ptr(key);
	return 0;
}

static size_t entry_users(const struct network *network, const char *dev,
			  const struct port *const *ports, size_t n_ports, struct text *text)
{
	for (size_t i = 0; i < network->n_pool; i++)
		if (streq(network->pool[i].dev, dev))
			return pool_entry_users(ports, n_ports, network->name, &network->pool[i],
						text);
	return 0;
}

/* Who uses what would be taken away; NULL where nobody does. The caller's. */
static int find_users(struct manager *manager, const struct network *running,
		      const struct network_update *update, const char *key, char **ret_users,
		      struct error *err)
{
	const struct port *const *ports = manager->registry.records;
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *users = NULL;
	size_t n_ports = manager->registry.n_ports, n = 0;

	if (update->command == UPDATE_DELETE && update->section == UPDATE_FORWARD_INTERFACE)
		n = entry_users(running, key, ports, n_ports, &text);
	else if (update->command == UPDATE_DELETE && update->section == UPDATE_PORTGROUP)
		n = portgroup_users(ports, n_ports, running->name, key, &text);
	if (text_take(&text, &users) < 0)
		return error_oom(err);
	if (n > 0)
		*ret_users = take_ptr(users);
	return 0;
}

static int update_running(struct manager *manager, const struct network_entry *entry,
			  const struct network_update *update, bool force,
			  struct network **ret_updated, struct update_answer *answer,
			  struct error *err)
{
	int r;

	r = update_copy(entry->started, update, ret_updated, &answer->key, err);
	if (r == 0)
		r = network_check_served(*ret_updated, err);
	if (r == 0)
		r = find_users(manager, entry->started, update, answer->key, &answer->users, err);
	if (r < 0 || !answer->users || force)
		return r;
	return error_set(err, -EBUSY, ERROR_IN_USE,
			 "cannot take %s%s from network '%s': it is used by %s; --force takes it, "
			 "and they stay as they are",
			 update->section == UPDATE_PORTGROUP ? "portgroup " : "", answer->key,
			 entry->name, answer->users);
}

/* Where the change is to be made. */
static int choose_copies(const struct network_entry *entry, const struct update_options *options,
			 struct update_answer *answer, struct error *err)
{
	bool both = !options->live && !options->config;

	if (options->live && !entry->started)
		return error_set(err, -ENETDOWN, ERROR_NETWORK_INACTIVE,
				 "network '%s' is not active", entry->name);
	if (options->config && !entry->definition)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' is active only: it has no definition", entry->name);
	answer->live = options->live || (both && entry->started);
	answer->config = options->config || (both && entry->definition);
	return 0;
}

/* Who asked, and what the answer will be. */
struct asker {
	struct manager *manager;
	enum update_command command;
	enum update_section section;
	char *source;
	struct update_answer answer;
	update_callback callback;
	void *userdata;
};

static void asker_free(struct asker *asker)
{
	if (!asker)
		return;
	free(asker->source);
	update_answer_done(&asker->answer);
	free(asker);
}
DEFINE_FREEP(struct asker, asker_free);

static void tell_updated(const struct asker *asker, const char *name)
{
	const struct event event = { .name = "network-updated", .network = name };

	events_tell(&asker->manager->events, &event, "network %s is updated: %s %s, %s", name,
		    update_command_name(asker->command), update_section_name(asker->section),
		    asker->answer.key);
}

static void on_changed(void *userdata, struct network_entry *entry, const struct error *error)
{
	AUTO(asker_freep) struct asker *asker = userdata;
	struct update_answer *answer = &asker->answer;
	AUTO_ERROR struct error err = ERROR_INIT;

	if (error) {
		error_copy(&err, error);
		error_place(&err, asker->source);
		asker->callback(asker->userdata, NULL, &err);
		return;
	}
	tell_updated(asker, entry->name);
	if (answer->live) {
		ports_follow(asker->manager, entry->name);
		watch_note_all(asker->manager->watch);
	}
	answer->record = (struct update_record){
		.name = entry->name,
		.key = answer->key,
		.live = answer->live,
		.config = answer->config,
		.in_use = answer->users,
	};
	asker->callback(asker->userdata, answer, NULL);
}

static int asker_new(struct manager *manager, const struct network_update *update,
		     update_callback callback, void *userdata, struct asker **ret_asker,
		     struct error *err)
{
	AUTO(asker_freep) struct asker *asker = calloc(1, sizeof(*asker));

	if (!asker)
		return error_oom(err);
	asker->manager = manager;
	asker->command = update->command;
	asker->section = update->section;
	asker->callback = callback;
	asker->userdata = userdata;
	asker->source = strdup(update->source);
	if (!asker->source)
		return error_oom(err);
	*ret_asker = take_ptr(asker);
	return 0;
}

/* As asked, and whoever asks is told. */
static int change(struct network_entry *entry, const struct network_update *update,
		  const struct update_options *options, bool force, struct asker *asker,
		  struct error *err)
{
	AUTO(network_freep) struct network *definition = NULL, *running = NULL;
	struct update_answer *answer = &asker->answer;
	int r;

	r = choose_copies(entry, options, answer, err);
	if (r < 0)
		return r;
	if (answer->config)
		r = update_copy(entry->definition, update, &definition, &answer->key, err);
	if (r == 0 && answer->live)
		r = update_running(asker->manager, entry, update, options->force, &running, answer,
				   err);
	if (r == 0)
		r = network_change(entry, &definition, &running, force, on_changed, asker, err);
	if (r < 0)
		error_place(err, update->source);
	return r;
}

int method_update_network(const struct caller *caller, struct manager *manager, const char *name,
			  const struct network_update *update, const struct update_options *options,
			  update_callback callback, void *userdata, struct error *err)
{
	AUTO(asker_freep) struct asker *asker = NULL;
	struct network_entry *entry;
	int r;

	r = access_check(caller, METHOD_UPDATE_NETWORK, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_UPDATE_NETWORK, name, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	if (r == 0)
		r = check_settled(entry, err);
	if (r == 0)
		r = asker_new(manager, update, callback, userdata, &asker, err);
	if (r == 0)
		r = change(entry, update, options, caller_forces(caller, options->force), asker,
			   err);
	if (r == 0)
		(void)take_ptr(asker);
	return r;
}

void update_answer_done(struct update_answer *answer)
{
	free(answer->key);
	free(answer->users);
	*answer = (struct update_answer){ 0 };
}
