/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Definitions of networks: new ones, and those that replace another, perhaps
 * of a network that runs. Then what only new ports ask for reaches the running
 * network at once (model/network-diff.h); the rest has to wait for its next
 * start, and the answer says which is which.
 */
#include <string.h>

#include "formats/network-xml.h"
#include "life/network-change.h"
#include "life/network-tell.h"
#include "methods/find.h"
#include "methods/follow.h"
#include "methods/methods.h"
#include "resolve/network-default.h"
#include "util/parse.h"
#include "util/strings.h"

static int network_exists(struct error *err, const char *source, const struct network *network,
			  const struct network *other)
{
	char uuid[UUID_TEXT_SIZE];

	uuid_format(&other->uuid, uuid);
	if (!strcmp(other->name, network->name))
		return error_set(err, -EEXIST, ERROR_NETWORK_EXISTS,
				 "%s: network '%s' is already defined with another uuid, %s",
				 source, network->name, uuid);
	return error_set(err, -EEXIST, ERROR_NETWORK_EXISTS,
			 "%s: uuid %s is already that of network '%s'", source, uuid, other->name);
}

/*
 * A definition without uuid means the network of that name; one with a uuid
 * must be the same network in both respects.
 */
static int identify(struct manager *manager, struct network *network, const char *source,
		    struct error *err)
{
	struct network_entry *same_name = registry_network(&manager->registry, network->name);
	const struct network *old = same_name ? network_entry_current(same_name) : NULL;
	struct network_entry *same_uuid;
	int r;

	if (!network->has_uuid) {
		if (old && old->has_uuid) {
			network->uuid = old->uuid;
		} else {
			r = uuid_generate(&network->uuid);
			if (r < 0)
				return error_system(err, r, "cannot make a uuid");
		}
		network->has_uuid = true;
		return 0;
	}
	if (old && !uuid_equal(&old->uuid, &network->uuid))
		return network_exists(err, source, network, old);
	same_uuid = registry_network_by_uuid(&manager->registry, &network->uuid);
	if (same_uuid && same_uuid != same_name)
		return network_exists(err, source, network, network_entry_current(same_uuid));
	return 0;
}

/* The running network with what of the definition it can have now; NULL if it can have nothing. */
static int running_with(const struct network_entry *entry, const struct network *definition,
			unsigned parts, struct network **ret_running, struct error *err)
{
	AUTO(network_freep) struct network *running = NULL, *source = NULL;
	int r;

	r = network_copy(entry->started, &running, err);
	if (r == 0)
		r = network_copy(definition, &source, err);
	if (r < 0)
		return r;
	network_take_parts(running, source, parts);
	r = network_validate(running, err);
	if (r == 0)
		r = network_check_served(running, err);
	if (r == 0)
		*ret_running = take_ptr(running);
	return r;
}

/*
 * What of the definition is for now, and the running network that has it. Parts
 * that make no network together with the others as they run are for later too.
 */
static int prepare_running(struct manager *manager, const struct network_entry *entry,
			   const struct network *definition, struct network_diff *ret_diff,
			   struct network **ret_running, struct error *err)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	r = network_diff(entry->started, definition, manager->registry.records,
			 manager->registry.n_ports, ret_diff, err);
	if (r < 0 || !ret_diff->now)
		return r;
	r = running_with(entry, definition, ret_diff->now, ret_running, &reason);
	if (r == -ENOMEM)
		return error_oom(err);
	if (r < 0) {
		ret_diff->later |= ret_diff->now;
		ret_diff->now = 0;
	}
	return 0;
}

/* Is the definition, letter by letter, the one that is there? */
static int definition_is_same(const struct network_entry *entry, const struct network *definition,
			      bool *ret_same, struct error *err)
{
	AUTO_FREE char *old = NULL, *new = NULL;
	int r;

	*ret_same = false;
	if (!entry->definition)
		return 0;
	r = network_to_xml(entry->definition, &old, err);
	if (r == 0)
		r = network_to_xml(definition, &new, err);
	if (r == 0)
		*ret_same = !strcmp(old, new);
	return r;
}

static char **part_names(unsigned parts)
{
	AUTO(strings_freep) char **names = strings_new(NETWORK_PART_COUNT);
	size_t n = 0;

	for (unsigned i = 0; names && i < NETWORK_PART_COUNT; i++) {
		if (!(parts & 1U << i))
			continue;
		names[n] = strdup(network_part_name(i));
		if (!names[n++])
			return NULL;
	}
	return take_ptr(names);
}

static int describe_changes(const struct network_diff *diff, struct changes_record *record,
			    struct error *err)
{
	record->in_use = diff->in_use;
	if (!diff->now && !diff->later)
		return 0;
	record->now = part_names(diff->now);
	record->later = part_names(diff->later);
	return record->now && record->later ? 0 : error_oom(err);
}

/* Who asked, and what the answer will be. */
struct asker {
	struct manager *manager;
	struct define_answer answer;
	bool updates; /* what runs, too */
	define_callback callback;
	void *userdata;
};

static void asker_free(struct asker *asker)
{
	if (!asker)
		return;
	define_answer_done(&asker->answer);
	free(asker);
}
DEFINE_FREEP(struct asker, asker_free);

static void on_changed(void *userdata, struct network_entry *entry, const struct error *error)
{
	AUTO(asker_freep) struct asker *asker = userdata;

	if (error) {
		asker->callback(asker->userdata, NULL, error);
		return;
	}
	networks_tell(asker->manager, "network-defined", entry->name, "defined");
	if (asker->updates) {
		networks_tell(asker->manager, "network-updated", entry->name, "updated");
		ports_follow(asker->manager, entry->name);
		watch_note_all(asker->manager->watch);
	}
	asker->callback(asker->userdata, &asker->answer, NULL);
}

/* The entry of a network that is known already. */
static int redefine(struct network_entry *entry, struct network **definition, bool force,
		    struct asker *asker, struct error *err)
{
	AUTO(network_freep) struct network *running = NULL;
	struct define_answer *answer = &asker->answer;
	bool same;
	int r;

	r = definition_is_same(entry, *definition, &same, err);
	if (r == 0 && entry->started)
		r = prepare_running(asker->manager, entry, *definition, &answer->diff, &running,
				    err);
	if (r == 0)
		r = describe_changes(&answer->diff, &answer->changes, err);
	if (r < 0)
		return r;
	answer->outcome = same                 ? "unchanged"
			  : !entry->definition ? "defined"
			  : entry->started     ? "replaced-active"
					       : "replaced";
	asker->updates = running;
	if (!same || running)
		return network_change(entry, definition, &running, force, on_changed, asker, err);
	asker->callback(asker->userdata, answer, NULL);
	asker_free(asker);
	return 0;
}

static int define(struct network **definition, struct asker *asker, struct error *err)
{
	struct network_entry *entry;
	struct network *none = NULL;
	int r;

	entry = network_entry_add(asker->manager, (*definition)->name);
	if (!entry)
		return error_oom(err);
	r = network_change(entry, definition, &none, false, on_changed, asker, err);
	if (r < 0)
		network_entry_remove(entry);
	return r;
}

/* What root has given stays with a definition, whoever writes it anew. */
static int check_opening(const struct caller *caller, const struct network_entry *entry,
			 const struct network *network, const char *source, struct error *err)
{
	int r;

	if (!network->open_firewall || caller->kind == CALLER_ROOT ||
	    (entry && entry->definition && entry->definition->open_firewall))
		return 0;
	r = error_set(
		err, -EPERM, ERROR_PERMISSION,
		"line %u: <vif:firewall open='yes'> opens the packet filter of this host, and is "
		"root's to define",
		network->open_firewall_line);
	error_place(err, source);
	return r;
}

static int define_document(const struct caller *caller, struct manager *manager, const char *xml,
			   const char *source, bool force, define_callback callback, void *userdata,
			   struct error *err)
{
	AUTO(network_freep) struct network *network = NULL;
	AUTO(asker_freep) struct asker *asker = calloc(1, sizeof(*asker));
	struct network_entry *entry;
	int r;

	if (!asker)
		return error_oom(err);
	*asker = (struct asker){
		.manager = manager,
		.answer = { .outcome = "defined" },
		.callback = callback,
		.userdata = userdata,
	};
	r = network_from_xml(xml, strlen(xml), source, &network, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_DEFINE_NETWORK, network->name, err);
	if (r == 0)
		r = identify(manager, network, source, err);
	if (r < 0)
		return r;
	asker->answer.name = strdup(network->name);
	if (!asker->answer.name)
		return error_oom(err);
	entry = registry_network(&manager->registry, network->name);
	r = entry ? check_settled(entry, err) : 0;
	if (r == 0)
		r = check_opening(caller, entry, network, source, err);
	if (r < 0)
		return r;
	r = entry ? redefine(entry, &network, force, asker, err) : define(&network, asker, err);
	if (r == 0)
		(void)take_ptr(asker);
	return r;
}

int method_define_network(const struct caller *caller, struct manager *manager, const char *xml,
			  const char *source, bool force, define_callback callback, void *userdata,
			  struct error *err)
{
	int r;

	r = access_check(caller, METHOD_DEFINE_NETWORK, err);
	return r < 0 ? r
		     : define_document(caller, manager, xml, source, caller_forces(caller, force),
				       callback, userdata, err);
}

/* All that are defined or started, in an array for the caller to free. */
static const struct network **list_networks(const struct registry *registry, size_t *ret_n)
{
	const struct network **networks = calloc(2 * registry->n_networks + 1, sizeof(*networks));
	size_t n = 0;

	for (size_t i = 0; networks && i < registry->n_networks; i++) {
		const struct network_entry *entry = registry->networks[i];

		if (entry->definition)
			networks[n++] = entry->definition;
		if (entry->started)
			networks[n++] = entry->started;
	}
	*ret_n = n;
	return networks;
}

int method_define_default(const struct caller *caller, struct manager *manager,
			  define_callback callback, void *userdata, struct error *err)
{
	AUTO_FREE const struct network **networks = NULL;
	AUTO_FREE char *xml = NULL;
	size_t n;
	int r;

	r = access_check(caller, METHOD_DEFINE_DEFAULT_NETWORK, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_DEFINE_DEFAULT_NETWORK, "default", err);
	if (r < 0)
		return r;
	if (registry_network(&manager->registry, "default"))
		return error_set(err, -EEXIST, ERROR_NETWORK_EXISTS,
				 "network 'default' is already defined");
	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = watch_read_ip(manager->watch, err);
	if (r < 0)
		return r;
	networks = list_networks(&manager->registry, &n);
	if (!networks)
		return error_oom(err);
	r = network_default_xml(watch_facts(manager->watch), networks, n, &xml, err);
	return r < 0 ? r
		     : define_document(caller, manager, xml, "default", false, callback, userdata,
				       err);
}

void define_answer_done(struct define_answer *answer)
{
	free(answer->name);
	network_diff_done(&answer->diff);
	changes_record_done(&answer->changes);
	*answer = (struct define_answer){ 0 };
}
