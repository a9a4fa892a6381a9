/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/network-runtime.h"
#include "services/dnsmasq.h"

struct network_entry *network_entry_add(struct manager *manager, const char *name)
{
	AUTO_FREE struct network_runtime *runtime = calloc(1, sizeof(*runtime));
	struct network_entry *entry;

	if (!runtime)
		return NULL;
	entry = registry_add_network(&manager->registry, name);
	if (!entry)
		return NULL;
	runtime->manager = manager;
	entry->runtime = take_ptr(runtime);
	return entry;
}

bool network_is_hidden(const struct network_entry *entry)
{
	return entry->runtime->task && entry->runtime->task->hides;
}

bool network_is_active(const struct network_entry *entry)
{
	return entry->started && !network_is_hidden(entry);
}

bool network_is_settling(const struct network_entry *entry)
{
	return entry->runtime->dnsmasq && dnsmasq_is_busy(entry->runtime->dnsmasq);
}

const char *network_problem(const struct network_entry *entry)
{
	const struct network_runtime *runtime = entry->runtime;

	if (!entry->started)
		return NULL;
	if (runtime->problem)
		return runtime->problem;
	return runtime->dnsmasq ? dnsmasq_problem(runtime->dnsmasq) : NULL;
}

void network_entry_remove(struct network_entry *entry)
{
	AUTO_FREE struct network_runtime *runtime = take_ptr(entry->runtime);

	dnsmasq_leave(runtime->dnsmasq);
	free(runtime->problem);
	registry_remove_network(&runtime->manager->registry, entry);
}
