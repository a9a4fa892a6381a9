/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/life.h"
#include "life/network-dnsmasq.h"
#include "services/dnsmasq.h"
#include "services/resolver.h"

static void on_ended(void *userdata, struct dnsmasq *dnsmasq, const struct error *error)
{
	const struct network_entry *entry = userdata;
	const struct events *events = &entry->runtime->manager->events;
	const struct event event = {
		.name = error ? "network-failed" : "network-repaired",
		.network = entry->name,
		.cause = "its dnsmasq ended",
	};

	if (error)
		events_tell(events, &event, "network %s: %s", entry->name, error_text(error));
	else
		events_tell(events, &event, "network %s: dnsmasq had ended, and runs again",
			    entry->name);
}

/* Where no start of the network waits for it, it is a repair's, or vifd's own start. */
static void on_started(void *userdata, struct dnsmasq *dnsmasq, const struct error *error)
{
	struct network_entry *entry = userdata;
	struct network_runtime *runtime = entry->runtime;
	const struct event event = { .name = "network-failed", .network = entry->name };

	if (runtime->start)
		runtime->start_over(entry, error);
	else if (error)
		events_tell(&runtime->manager->events, &event, "network %s: %s", entry->name,
			    error_text(error));
}

int network_dnsmasq_serve(struct network_entry *entry, const struct network *network,
			  struct error *err)
{
	struct network_runtime *runtime = entry->runtime;
	const struct dnsmasq_options options = {
		.event = runtime->manager->event,
		.folder = runtime->manager->store.dnsmasq_dir,
		.servers = resolver_servers(runtime->manager->life->resolver),
		.ended = on_ended,
		.started = on_started,
		.userdata = entry,
	};

	if (runtime->dnsmasq)
		return dnsmasq_update(runtime->dnsmasq, network, err);
	return dnsmasq_adopt(&options, network, network->bridge.name, &runtime->dnsmasq, err);
}

void network_dnsmasq_stop(struct network_entry *entry)
{
	struct network_runtime *runtime = entry->runtime;

	/* Where the network could not be repaired, nobody has adopted it. */
	if (!runtime->dnsmasq)
		dnsmasq_end(runtime->manager->store.dnsmasq_dir, entry->name);
	dnsmasq_stop(take_ptr(runtime->dnsmasq));
}

bool network_dnsmasq_is_starting(const struct network_entry *entry)
{
	return entry->runtime->dnsmasq && dnsmasq_is_starting(entry->runtime->dnsmasq);
}
