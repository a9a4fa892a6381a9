/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "life/limits.h"
#include "life/network-question.h"
#include "life/network-repair.h"
#include "life/network-steps.h"
#include "plan/plan.h"
#include "resolve/beside.h"
#include "resolve/network.h"

enum {
	REPAIRS_MAX = 3,
};

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
	AUTO(network_question_done) struct network_question question = { 0 };
	int r;

	r = network_ask(manager, entry, entry->started, &question, err);
	question.request.rewrite = rewrite;
	question.request.relimit = entry->runtime->relimit;
	if (r == 0)
		r = network_resolve_repair(&question.request, &resolution, err);
	if (r < 0 || plan_is_empty(&resolution.plan))
		return r;
	r = network_run_plan_for_good(entry, &resolution.plan, err);
	if (r == 0 && !rewrite)
		tell_repaired(manager, entry, &resolution.plan);
	return r;
}

/* An attempt that fails changes links itself, which calls for another one: so not for ever. */
void network_repair(struct manager *manager, struct network_entry *entry, bool rewrite)
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
void network_look(struct manager *manager, struct network_entry *entry,
		  const struct network_changes *changes)
{
	struct bridge_seen now;
	bool lost;

	if (!network_entry_is_up(entry) || network_is_hidden(entry))
		return;
	now = look_at_bridge(manager, entry);
	lost = network_is_managed(entry->started) && !now.ifindex;
	entry->runtime->relimit = changes->links && limits_lost(manager, entry->started);
	if (changes->addresses || lost || !is_as_seen(&now, &entry->runtime->seen) ||
	    entry->runtime->relimit)
		network_repair(manager, entry, false);
	if (changes->links)
		floors_look(manager, entry->started);
}
