/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/life.h"
#include "life/network-dnsmasq.h"
#include "life/network-task.h"
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

/* Where nothing of the network waits for it, it is a repair's, or vifd's own start. */
static void on_settled(void *userdata, struct dnsmasq *dnsmasq, const struct error *error)
{
	struct network_entry *entry = userdata;
	const struct event event = { .name = "network-failed", .network = entry->name };

	if (!network_task_go_on(entry, error) && error)
		events_tell(&entry->runtime->manager->events, &event, "network %s: %s", entry->name,
			    error_text(error));
}

static int have_dnsmasq(struct network_entry *entry, struct error *err)
{
	struct network_runtime *runtime = entry->runtime;
	const struct dnsmasq_options options = {
		.event = runtime->manager->event,
		.folder = runtime->manager->store.dnsmasq_dir,
		.servers = resolver_servers(runtime->manager->life->resolver),
		.settled = on_settled,
		.ended = on_ended,
		.userdata = entry,
	};

	return runtime->dnsmasq ? 0 : dnsmasq_new(&options, entry->name, &runtime->dnsmasq, err);
}

int network_dnsmasq_serve(struct network_entry *entry, const struct network *network,
			  struct error *err)
{
	int r = have_dnsmasq(entry, err);

	return r < 0 ? r
		     : dnsmasq_serve(entry->runtime->dnsmasq, network, network->bridge.name, err);
}

int network_dnsmasq_end(struct network_entry *entry, struct error *err)
{
	int r = have_dnsmasq(entry, err);

	if (r == 0)
		dnsmasq_end(entry->runtime->dnsmasq);
	return r;
}
