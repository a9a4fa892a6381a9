/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "life/network-start.h"
#include "life/network-tell.h"
#include "methods/find.h"
#include "methods/methods.h"
#include "util/strings.h"

/* An entry is there as long as one of its copies is. */
static void forget_if_empty(struct network_entry *entry)
{
	if (!entry->definition && !entry->started)
		network_entry_remove(entry);
}

static int check_unused(struct manager *manager, const struct network_entry *entry,
			const char *verb, struct error *err)
{
	size_t n = registry_count_ports(&manager->registry, entry->name);

	if (n == 0)
		return 0;
	return error_set(err, -EBUSY, ERROR_IN_USE,
			 "cannot %s network '%s': %zu port%s use%s it (vif list)", verb,
			 entry->name, n, n == 1 ? "" : "s", n == 1 ? "s" : "");
}

int method_undefine_network(const struct caller *caller, struct manager *manager, const char *name,
			    struct error *err)
{
	struct network_entry *entry;
	int r;

	r = access_check(caller, METHOD_UNDEFINE_NETWORK, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_UNDEFINE_NETWORK, name, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	if (r == 0)
		r = check_settled(entry, err);
	if (r == 0)
		r = check_unused(manager, entry, "undefine", err);
	if (r < 0)
		return r;
	if (entry->started)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "cannot undefine network '%s': it is active (vif network stop %s)",
				 name, name);
	r = store_remove_definition(&manager->store, name, err);
	if (r < 0)
		return r;
	network_free(take_ptr(entry->definition));
	networks_tell(manager, "network-undefined", name, "undefined");
	forget_if_empty(entry);
	return 0;
}

/* Who asked for a start. */
struct start_asker {
	started_callback callback;
	void *userdata;
};

static void on_started(void *userdata, const struct network_entry *entry, const char *summary,
		       const struct error *error)
{
	AUTO(started_record_done)
	struct started_record started = {
		.name = entry->name,
		.summary = summary ? strings_of_lines(summary) : NULL,
	};
	AUTO_FREE struct start_asker *asker = userdata;

	asker->callback(asker->userdata, error ? NULL : &started, error);
}

static int start(struct manager *manager, struct network_entry *entry,
		 const struct network_start_options *options, started_callback callback,
		 void *userdata, struct error *err)
{
	AUTO_FREE struct start_asker *asker = malloc(sizeof(*asker));
	int r;

	if (!asker)
		return error_oom(err);
	*asker = (struct start_asker){ callback, userdata };
	r = networks_start(manager, entry, options, on_started, asker, err);
	if (r == 0)
		(void)take_ptr(asker);
	return r;
}

/* What is opened is the host's: not for its members to give away. */
static int check_opening(const struct caller *caller, const struct network_entry *entry,
			 struct error *err)
{
	if (caller->kind != CALLER_ROOT)
		return error_set(err, -EPERM, ERROR_PERMISSION,
				 "the packet filter of this host is opened by root alone: network "
				 "'%s' is started without --open-firewall",
				 entry->name);
	if (!network_is_managed(entry->definition))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' is on what the host has: no packet filter is opened "
				 "for it",
				 entry->name);
	return 0;
}

int method_start_network(const struct caller *caller, struct manager *manager, const char *name,
			 const struct network_start_options *options, started_callback callback,
			 void *userdata, struct error *err)
{
	struct network_entry *entry;
	int r;

	r = access_check(caller, METHOD_START_NETWORK, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_START_NETWORK, name, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	if (r == 0)
		r = check_settled(entry, err);
	if (r < 0)
		return r;
	if (entry->started)
		return error_set(err, -EALREADY, ERROR_IN_USE, "network '%s' is already active",
				 name);
	if (options->open_firewall)
		r = check_opening(caller, entry, err);
	if (r < 0)
		return r;
	return start(manager, entry,
		     &(struct network_start_options){ caller_forces(caller, options->force),
						      options->open_firewall },
		     callback, userdata, err);
}

/* Who asked for a stop. */
struct stop_asker {
	done_callback callback;
	void *userdata;
};

static void on_stopped(void *userdata, struct network_entry *entry, const struct error *error)
{
	AUTO_FREE struct stop_asker *asker = userdata;

	if (!error)
		forget_if_empty(entry);
	asker->callback(asker->userdata, error);
}

int method_stop_network(const struct caller *caller, struct manager *manager, const char *name,
			done_callback callback, void *userdata, struct error *err)
{
	AUTO_FREE struct stop_asker *asker = malloc(sizeof(*asker));
	struct network_entry *entry;
	int r;

	if (!asker)
		return error_oom(err);
	*asker = (struct stop_asker){ callback, userdata };
	r = access_check(caller, METHOD_STOP_NETWORK, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_STOP_NETWORK, name, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	if (r == 0)
		r = check_settled(entry, err);
	if (r < 0)
		return r;
	if (!entry->started)
		return error_set(err, -EALREADY, ERROR_NETWORK_INACTIVE,
				 "network '%s' is not active", name);
	r = check_unused(manager, entry, "stop", err);
	if (r == 0)
		r = networks_stop(entry, on_stopped, asker, err);
	if (r == 0)
		(void)take_ptr(asker);
	return r;
}

int method_set_network_autostart(const struct caller *caller, struct manager *manager,
				 const char *name, bool autostart, bool force, struct error *err)
{
	struct network_entry *entry;
	int r;

	r = access_check(caller, METHOD_SET_NETWORK_AUTOSTART, err);
	if (r == 0)
		r = access_check_network(caller, METHOD_SET_NETWORK_AUTOSTART, name, err);
	if (r == 0)
		r = find_network(caller, manager, name, &entry, err);
	if (r < 0)
		return r;
	if (!entry->definition)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "network '%s' has no definition that could be started at boot",
				 name);
	force = autostart && caller_forces(caller, force);
	r = store_set_autostart(&manager->store, name, autostart, force, err);
	if (r < 0)
		return r;
	entry->autostart = autostart;
	entry->autostart_force = force;
	return 0;
}
