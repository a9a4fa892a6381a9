/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/side.h"
#include "life/announcer.h"
#include "life/concern.h"
#include "life/deafness.h"
#include "life/guards.h"
#include "life/hand-over.h"
#include "life/life.h"
#include "life/network-repair.h"
#include "life/port-runtime.h"
#include "life/ports.h"
#include "life/rates.h"
#include "life/release.h"
#include "life/request.h"
#include "life/rx-filters.h"
#include "life/settle.h"
#include "util/clock.h"
#include "util/log.h"

enum {
	/* An attempt that fails moves facts of its own: so not for ever. */
	STALE_MAX = 3,
};

/* The macvtap is there again, its guest has still the old one: as long as that takes it waits. */
static int hand_over(struct manager *manager, struct port_entry *entry,
		     struct resolution *resolution, struct apply_result *result, struct error *err)
{
	entry->runtime->reopen = true;
	resolution->state = PORT_WAITING;
	resolution->reason = strdup("its VMM is being given the new macvtap");
	return resolution->reason ? hand_over_queues(manager, entry, resolution->mtu, result, err)
				  : error_oom(err);
}

/* A hand-over that is over says whether the guest has the macvtap that is there. */
static int take_hand_over(struct port_entry *entry, struct error *err)
{
	int r = hand_over_take_result(entry, err);

	if (r > 0) {
		entry->runtime->reopen = false;
		rx_filter_ask(entry);
	}
	return r < 0 ? r : 0;
}

/* Where asked for, the guest's link is down while it is cut off or the host has no carrier. */
static bool is_cut_off(struct manager *manager, const struct port *port)
{
	const struct host_link *base;

	if (!port->interface->follow_link)
		return false;
	base = resolve_base(port, watch_facts(manager->watch));
	return port->state != PORT_CONNECTED || (base && !base->carrier);
}

void ports_tell_link(struct manager *manager, struct port_entry *entry)
{
	const struct port *port = entry->port;
	bool down = port->interface->link == LINK_STATE_DOWN || is_cut_off(manager, port);

	if (port->qmp && down != entry->runtime->link_down && !hand_over_is_running(entry))
		hand_over_link(manager, entry, !down);
}

static int apply_repair(struct manager *manager, struct port_entry *entry,
			struct resolution *resolution, struct error *err)
{
	AUTO_APPLY_RESULT struct apply_result result = APPLY_RESULT_INIT;
	const struct apply_held held = {
		.fds = entry->runtime->fds,
		.n_fds = entry->runtime->n_fds,
		.settings = entry->runtime->settings,
	};
	int r;

	if (plan_is_empty(&resolution->plan))
		return 0;
	if (resolution->effect.silences)
		log_warning("port %s: another program gave the host IP addresses on its devices; "
			    "they are taken off (vif doctor)",
			    entry->port->name);
	r = apply_run(&manager->apply, &resolution->plan, &held, NULL, &result, err);
	if (r == 0 && guest_side_stands(entry->port->type) && result.n_fds > 0)
		r = hand_over(manager, entry, resolution, &result, err);
	return r;
}

/* Why the port is connected only now; NULL where it had been all the time. */
static const char *cause_of(const struct port_entry *entry, const struct resolution *resolution)
{
	if (resolution->state != PORT_CONNECTED)
		return NULL;
	if (entry->port->state != PORT_CONNECTED)
		return "what it stands on is there";
	return resolution->effect.connects && !entry->runtime->rewire ? "a device of it was gone"
								      : NULL;
}

/*
 * While an interface is being deleted the kernel tells of it in several
 * messages, and refuses what is asked of it after the first. Where it says
 * that something is not there, the message that says so too is on its way.
 */
static bool facts_have_moved(struct manager *manager)
{
	return watch_refresh(manager->watch, NULL) == 0 && watch_has_changes(manager->watch);
}

/* Who puts its frames into VLANs, the bridge or the guard, has changed. */
static bool filtering_changed(const struct manager *manager, const struct port_entry *entry)
{
	const struct host_link *base = resolve_base(entry->port, watch_facts(manager->watch));

	return entry->port->actual.vlan.n_tags > 0 &&
	       entry->runtime->on_filter != (base && base->filters_vlans);
}

void ports_reconcile_one(struct manager *manager, struct port_entry *entry)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	struct resolve_request request;
	uint64_t started_usec = clock_usec();
	const char *cause;
	bool moved;
	int r;

	if (entry->port->state == PORT_REMOVING)
		return;
	r = take_hand_over(entry, &err);
	if (r < 0) {
		settle_failed(manager, entry, error_text(&err));
		return;
	}
	entry->runtime->rewire |= guards_lost(manager->life->guards, entry);
	entry->runtime->rewire |= rates_lost(manager, entry);
	entry->runtime->rewire |= filtering_changed(manager, entry);
	request = port_request(manager, entry->port->interface, entry);
	r = resolve_repair(&request, &resolution, &err);
	if (r == -ESTALE) {
		release_ended(manager, entry, "its tap was closed");
		return;
	}
	if (r == 0)
		r = apply_repair(manager, entry, &resolution, &err);
	if (r < 0 && entry->runtime->n_stale < STALE_MAX &&
	    (r == -ENODEV || facts_have_moved(manager))) {
		/* It was decided on what is no longer so; the next pass knows better. */
		entry->runtime->n_stale++;
		manager->life->look_again = true;
		return;
	}
	entry->runtime->n_stale = 0;
	if (r < 0) {
		settle_failed(manager, entry, error_text(&err));
		return;
	}
	if (resolution.state == PORT_CONNECTED && hand_over_is_running(entry))
		return;
	cause = cause_of(entry, &resolution);
	if (cause && entry->port->state == PORT_CONNECTED)
		entry->cut_usec = started_usec;
	moved = settle_port(manager, entry, &resolution, cause);
	settle_mac(manager, entry);
	ports_tell_link(manager, entry);
	rx_filter_follow(entry);
	/* The next port's choice has to know of this one's. */
	if (moved)
		(void)watch_refresh(manager->watch, NULL);
}

static void look_at(struct port_entry *entry, void *userdata)
{
	const struct concern *concern = userdata;

	if (concern_has_tap(concern, entry))
		port_entry_remember(entry);
	if (concern_has(concern, entry))
		ports_reconcile_one(entry->runtime->manager, entry);
}

/* Before the ports: a bridge that was made anew is there for them in the same pass. */
static void look_at_networks(struct manager *manager, const struct concern *concern)
{
	const struct network_changes changes = {
		.addresses = watch_take_address_changed(manager->watch),
		.links = !concern_is_own(concern),
	};

	for (size_t i = 0; i < manager->registry.n_networks; i++)
		network_look(manager, manager->registry.networks[i], &changes);
}

static void look_at_own(struct manager *manager, struct concern *concern)
{
	const struct uuid_set *own = &concern->own;

	for (size_t i = 0; i < own->n; i++) {
		struct port_entry *entry = registry_port_by_uuid(&manager->registry,
								 &own->items[i]);

		if (entry && (i == 0 || !uuid_equal(&own->items[i], &own->items[i - 1])))
			look_at(entry, concern);
	}
}

/* Most passes are about one plug's devices: their cost does not grow with the number of ports. */
static void look_at_ports(struct manager *manager, struct concern *concern)
{
	bool look_again = manager->life->look_again;

	manager->life->look_again = false;
	if (concern_is_own(concern) && !look_again)
		look_at_own(manager, concern);
	else
		registry_each_port(&manager->registry, look_at, concern);
}

void ports_reconcile(struct manager *manager)
{
	AUTO(concern_done) struct concern concern;

	concern_init(&concern, manager->watch);
	look_at_networks(manager, &concern);
	look_at_ports(manager, &concern);
	announcer_run(manager->life->announcer);
	/* Last, for no guest waits for it. */
	if (watch_take_ipv6_begun(manager->watch) || !concern_is_own(&concern))
		deafness_look(manager);
}
