/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>

#include "backends/side.h"
#include "host/removal.h"
#include "kernel/netlink.h"
#include "life/hand-over.h"
#include "life/rx-filters.h"
#include "life/life.h"
#include "life/memberships.h"
#include "life/port-runtime.h"
#include "life/release.h"
#include "resolve/resolve.h"
#include "services/worker.h"
#include "util/array.h"
#include "util/log.h"
#include "util/parse.h"

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
	int *fds; /* closed after the links are gone: before, each would wait for the kernel */
	size_t n_fds;
	struct release_item *items;
	size_t n_items;
	struct waiter *waiters;
	struct error error; /* the job's result */
};

struct releases {
	struct manager *manager;
	struct worker *worker;
	struct netlink *netlink;         /* the worker's while a batch runs */
	struct release_batch *running;   /* or NULL */
	struct release_batch *gathering; /* what the next job removes; or NULL */
	bool ending;                     /* nothing is begun any more */
};

static void batch_free(struct release_batch *batch)
{
	if (!batch)
		return;
	while (batch->waiters)
		waiter_leave(batch->waiters);
	for (size_t i = 0; i < batch->n_items; i++)
		free(batch->items[i].cause);
	free(batch->items);
	free(batch->links);
	free(batch->fds);
	error_done(&batch->error);
	free(batch);
}
DEFINE_FREEP(struct release_batch, batch_free);

static void batch_run(struct job *job)
{
	struct release_batch *batch = (struct release_batch *)job;

	removal_run(batch->netlink, batch->links, batch->n_links, &batch->error);
	for (size_t i = 0; i < batch->n_fds; i++)
		close(batch->fds[i]);
	batch->n_fds = 0;
}

static void tell_gone(struct manager *manager, const char *name, uid_t owner, const char *network,
		      const char *cause)
{
	const struct event event = {
		.name = "port-gone",
		.port = name,
		.owner = owner,
		.network = network,
		.cause = cause ? cause : "it was released",
	};

	events_tell(&manager->events, &event, "port %s is gone: %s", name, event.cause);
	/* What it held may be what another port waits for. */
	watch_note_all(manager->watch);
}

/* The monitor's socket of a guest of `vif run`, which QEMU leaves behind when it is killed. */
static void remove_socket(const struct manager *manager, const struct port *port)
{
	AUTO_FREE char *own = text_format("%s/qmp/%d.sock", manager->store.runtime_dir,
					  (int)port->owner.pid);

	if (own && streq(port->qmp, own) && port->owner.pid && kill(port->owner.pid, 0) < 0)
		(void)unlink(own);
}

/* What the port's guard knows; frames that still come are dropped. */
static void forget_guard(struct manager *manager, const struct port *port)
{
	const struct host_link *link = guest_side_find(watch_facts(manager->watch), &port->uuid);

	apply_forget_guard(&manager->apply, &port->uuid, link ? link->ifindex : 0);
}

/* It is in the queue of the network's bridge, and does not go with a device of the port's. */
static void give_floor_back(struct manager *manager, const struct port *port)
{
	const struct host_link *bridge;

	if (port->actual.bandwidth.class_id == 0 || !port->actual.bridge)
		return;
	bridge = facts_find(watch_facts(manager->watch), port->actual.bridge);
	if (bridge)
		apply_clear_floor(&manager->apply, bridge->ifindex, bridge->name,
				  port->actual.bandwidth.class_id);
}

static void let_go(struct port_entry *entry, void *userdata)
{
	struct manager *manager = userdata;

	hand_over_end(entry);
	rx_filter_end(entry);
	port_entry_remove(manager, entry);
	memberships_note(manager->life->memberships);
}

static void item_finish(struct manager *manager, const struct release_item *item,
			const struct error *error)
{
	struct port_entry *entry = registry_port_by_uuid(&manager->registry, &item->uuid);
	AUTO_FREE char *name = NULL, *network = NULL;
	uid_t owner;

	if (!entry)
		return;
	owner = entry->port->owner.uid;
	if (error) {
		entry->port->state = PORT_FAILED;
		free(entry->port->reason);
		entry->port->reason = strdup(error_text(error));
		port_entry_write_state(manager, entry);
	} else {
		name = strdup(entry->port->name);
		if (entry->port->interface->network)
			network = strdup(entry->port->interface->network);
		remove_socket(manager, entry->port);
		store_remove_port(&manager->store, entry->port->name);
		let_go(entry, manager);
	}
	if (name)
		tell_gone(manager, name, owner, network, item->cause);
	if (item->callback)
		item->callback(item->userdata, error);
}

static void batch_submit(struct releases *releases)
{
	struct release_batch *batch = releases->gathering;

	if (!batch || releases->running || releases->ending)
		return;
	releases->gathering = NULL;
	releases->running = batch;
	batch->netlink = releases->netlink;
	worker_submit(releases->worker, &batch->job);
}

static void batch_done(struct job *job, void *userdata)
{
	AUTO(batch_freep) struct release_batch *batch = (struct release_batch *)job;
	struct releases *releases = userdata;
	const struct error *error = batch->error.code ? &batch->error : NULL;

	if (error)
		log_error("cannot remove devices: %s", error_text(error));
	releases->running = NULL;
	for (size_t i = 0; i < batch->n_items; i++)
		item_finish(releases->manager, &batch->items[i], error);
	batch_submit(releases);
	if (!releases->ending)
		waiters_tell(&batch->waiters);
}

bool release_wait(struct manager *manager, struct waiter *waiter)
{
	struct releases *releases = manager->life->releases;
	struct release_batch *last = releases->running;

	/* What gathers has a batch before it. */
	if (!last)
		return false;
	if (releases->gathering && releases->gathering->n_items > 0)
		last = releases->gathering;
	waiter_join(&last->waiters, waiter);
	return true;
}

/* The batch that gathers now; NULL when out of memory. */
static struct release_batch *batch_get(struct releases *releases)
{
	if (!releases->gathering) {
		releases->gathering = calloc(1, sizeof(*releases->gathering));
		if (releases->gathering)
			releases->gathering->job = (struct job){ batch_run, batch_done, NULL };
	}
	return releases->gathering;
}

/* Moves the fds that vifd holds of the port's tap. */
static int batch_add_fds(struct release_batch *batch, struct port_runtime *runtime)
{
	for (size_t i = 0; i < runtime->n_fds; i++) {
		int *slot = array_add(&batch->fds, &batch->n_fds, sizeof(*slot));

		if (!slot)
			return -ENOMEM;
		*slot = take_fd(&runtime->fds[i]);
	}
	free(take_ptr(runtime->fds));
	runtime->n_fds = 0;
	return 0;
}

static int batch_add_links(struct release_batch *batch, const struct link_ref *links,
			   size_t n_links)
{
	for (size_t i = 0; i < n_links; i++) {
		struct link_ref *link;

		link = array_add(&batch->links, &batch->n_links, sizeof(*link));
		if (!link)
			return -ENOMEM;
		*link = links[i];
	}
	return 0;
}

void release_port(struct manager *manager, struct port_entry *entry, const struct link_ref *links,
		  size_t n_links, const char *cause, release_callback callback, void *userdata)
{
	struct release_item item = {
		.uuid = entry->port->uuid,
		.callback = callback,
		.userdata = userdata,
	};
	struct release_batch *batch;
	struct release_item *slot;

	forget_guard(manager, entry->port);
	give_floor_back(manager, entry->port);
	if (n_links == 0 && entry->runtime->n_fds == 0) {
		item.cause = (char *)cause;
		item_finish(manager, &item, NULL);
		return;
	}
	entry->port->state = PORT_REMOVING;
	port_entry_write_state(manager, entry);
	batch = batch_get(manager->life->releases);
	slot = batch ? array_add(&batch->items, &batch->n_items, sizeof(*slot)) : NULL;
	if (!slot || batch_add_links(batch, links, n_links) < 0 ||
	    batch_add_fds(batch, entry->runtime) < 0) {
		AUTO_ERROR struct error oom = ERROR_INIT;

		if (slot)
			batch->n_items--;
		error_oom(&oom);
		item_finish(manager, &item, &oom);
		return;
	}
	item.cause = strdup(cause);
	*slot = item;
	batch_submit(manager->life->releases);
}

void release_ended(struct manager *manager, struct port_entry *entry, const char *cause)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	AUTO_FREE struct link_ref *links = NULL;
	size_t n_links;

	if (resolve_unplug(entry->port, watch_facts(manager->watch), &links, &n_links, &err) < 0)
		log_error("%s", error_text(&err));
	else
		release_port(manager, entry, links, n_links, cause, NULL, NULL);
}

int release_orphans(struct manager *manager,
		    bool (*is_orphan)(const struct manager *manager, const struct host_link *link,
				      const char *altname),
		    const char *device, const char *owner, struct error *err)
{
	const struct facts *facts = watch_facts(manager->watch);
	struct release_batch *batch = batch_get(manager->life->releases);

	if (!batch)
		return error_oom(err);
	for (size_t i = 0; i < facts->n_links; i++) {
		const struct host_link *link = &facts->links[i];
		size_t name = 0;
		struct link_ref ref;

		while (name < link->n_altnames && !is_orphan(manager, link, link->altnames[name]))
			name++;
		if (name == link->n_altnames)
			continue;
		link_ref_set(&ref, link->name, link->ifindex);
		if (batch_add_links(batch, &ref, 1) < 0)
			return error_oom(err);
		log_info("removing %s %s, which belongs to no %s", device, link->name, owner);
	}
	if (batch->n_links > 0)
		batch_submit(manager->life->releases);
	return 0;
}

void release_leave(struct manager *manager)
{
	registry_each_port(&manager->registry, let_go, manager);
}

int releases_new(struct manager *manager, struct releases **ret_releases, struct error *err)
{
	AUTO(releases_freep) struct releases *releases = calloc(1, sizeof(*releases));
	int r;

	if (!releases)
		return error_oom(err);
	releases->manager = manager;
	r = netlink_open(NETLINK_ROUTE, &releases->netlink, err);
	if (r == 0)
		r = worker_new(manager->event, releases, &releases->worker, err);
	if (r < 0)
		return r;
	*ret_releases = take_ptr(releases);
	return 0;
}

bool releases_are_idle(const struct releases *releases)
{
	return worker_is_idle(releases->worker);
}

void releases_free(struct releases *releases)
{
	if (!releases)
		return;
	releases->ending = true;
	worker_free(releases->worker);
	netlink_close(releases->netlink);
	batch_free(releases->gathering);
	free(releases);
}
