/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "apply/removal.h"
#include "daemon/release.h"
#include "util/array.h"
#include "util/log.h"

/* One port that is on its way out; uuid finds it again afterwards. */
struct release_item {
	struct uuid uuid;
	char *cause;
	release_callback callback;
	void *userdata;
};

struct release_batch {
	struct job job;
	struct netlink *netlink;
	struct link_ref *links;
	size_t n_links;
	struct release_item *items;
	size_t n_items;
	struct error error; /* the job's result */
};

static void batch_free(struct release_batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->n_items; i++)
		free(batch->items[i].cause);
	free(batch->items);
	free(batch->links);
	error_done(&batch->error);
	free(batch);
}
DEFINE_FREEP(struct release_batch, batch_free);

static void batch_run(struct job *job)
{
	struct release_batch *batch = (struct release_batch *)job;

	removal_run(batch->netlink, batch->links, batch->n_links, &batch->error);
}

static void item_finish(struct manager *manager, const struct release_item *item,
			const struct error *error)
{
	struct port_entry *entry = registry_port_by_uuid(&manager->registry, &item->uuid);
	AUTO_FREE char *name = NULL, *network = NULL;

	if (!entry)
		return;
	if (error) {
		entry->port->state = PORT_FAILED;
		free(entry->port->error);
		entry->port->error = strdup(error_text(error));
		(void)store_write_port(&manager->store, entry->port, NULL);
	} else {
		name = strdup(entry->port->name);
		if (entry->port->interface->network)
			network = strdup(entry->port->interface->network);
		store_remove_port(&manager->store, entry->port->name);
		registry_remove_port(&manager->registry, entry);
	}
	if (name)
		manager_event(manager, "port-gone", name, network, "port %s is gone: %s", name,
			      item->cause ? item->cause : "it was released");
	if (item->callback)
		item->callback(item->userdata, error);
}

static void batch_submit(struct manager *manager);

static void batch_done(struct job *job, void *userdata)
{
	AUTO(batch_freep) struct release_batch *batch = (struct release_batch *)job;
	struct manager *manager = userdata;
	const struct error *error = batch->error.code ? &batch->error : NULL;

	if (error)
		log_error("cannot remove devices: %s", error_text(error));
	manager->release_running = false;
	for (size_t i = 0; i < batch->n_items; i++)
		item_finish(manager, &batch->items[i], error);
	batch_submit(manager);
	manager_check_idle(manager);
}

static void batch_submit(struct manager *manager)
{
	struct release_batch *batch = manager->releases;

	if (!batch || manager->release_running)
		return;
	manager->releases = NULL;
	manager->release_running = true;
	batch->netlink = manager->release_netlink;
	worker_submit(manager->worker, &batch->job);
}

/* The batch that gathers now. */
static struct release_batch *batch_get(struct manager *manager)
{
	if (!manager->releases) {
		manager->releases = calloc(1, sizeof(*manager->releases));
		if (manager->releases)
			manager->releases->job = (struct job){ batch_run, batch_done, NULL };
	}
	return manager->releases;
}

static int batch_add_links(struct release_batch *batch, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		struct link_ref *link;

		link = array_add(&batch->links, &batch->n_links, sizeof(*link));
		if (!link)
			return -ENOMEM;
		*link = plan->steps[i].action.link;
	}
	return 0;
}

void release_port(struct manager *manager, struct port_entry *entry, const struct plan *device,
		  const char *cause, release_callback callback, void *userdata)
{
	struct release_item item = {
		.uuid = entry->port->uuid,
		.callback = callback,
		.userdata = userdata,
	};
	AUTO_ERROR struct error err = ERROR_INIT;
	struct release_batch *batch;
	struct release_item *slot;

	if (device->n_steps == 0) {
		item.cause = (char *)cause;
		item_finish(manager, &item, NULL);
		manager_check_idle(manager);
		return;
	}
	entry->port->state = PORT_REMOVING;
	if (store_write_port(&manager->store, entry->port, &err) < 0)
		log_warning("%s", error_text(&err));
	batch = batch_get(manager);
	slot = batch ? array_add(&batch->items, &batch->n_items, sizeof(*slot)) : NULL;
	if (!slot || batch_add_links(batch, device) < 0) {
		AUTO_ERROR struct error oom = ERROR_INIT;

		if (slot)
			batch->n_items--;
		error_oom(&oom);
		item_finish(manager, &item, &oom);
		return;
	}
	item.cause = strdup(cause);
	*slot = item;
	batch_submit(manager);
}

void release_links(struct manager *manager, const struct link_ref *links, size_t n_links)
{
	struct release_batch *batch = batch_get(manager);

	for (size_t i = 0; batch && i < n_links; i++) {
		struct link_ref *link = array_add(&batch->links, &batch->n_links, sizeof(*link));

		if (link)
			*link = links[i];
	}
	batch_submit(manager);
}

void release_drop(struct manager *manager)
{
	batch_free(take_ptr(manager->releases));
}
