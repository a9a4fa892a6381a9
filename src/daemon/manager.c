/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/announcer.h"
#include "daemon/bus.h"
#include "daemon/line.h"
#include "daemon/manager.h"
#include "daemon/networks.h"
#include "daemon/reconcile.h"
#include "daemon/release.h"
#include "kernel/netlink.h"
#include "util/log.h"

static void add_definition(struct network *network, void *userdata)
{
	struct manager *manager = userdata;
	struct network_entry *entry = registry_add_network(&manager->registry, network->name);

	if (!entry) {
		network_free(network);
		return;
	}
	/* A file that was put there by hand need not have one, but a bridge's tag is made of it. */
	if (!network->has_uuid)
		network->uuid = uuid_of_name(network->name);
	network->has_uuid = true;
	entry->definition = network;
	entry->autostart = store_get_autostart(&manager->store, network->name);
}

static void add_started(struct network *network, void *userdata)
{
	struct manager *manager = userdata;
	struct network_entry *entry = registry_network(&manager->registry, network->name);

	if (!entry)
		entry = registry_add_network(&manager->registry, network->name);
	if (!entry)
		network_free(network);
	else
		entry->started = network;
}

static void add_port(struct port *port, void *userdata)
{
	struct manager *manager = userdata;

	(void)registry_add_port(&manager->registry, port);
}

static void on_links_changed(void *userdata)
{
	reconcile(userdata);
}

int manager_new(sd_event *event, const struct manager_options *options,
		struct manager **ret_manager, struct error *err)
{
	AUTO(manager_freep) struct manager *manager = calloc(1, sizeof(*manager));
	int r;

	if (!manager)
		return error_oom(err);
	manager->event = sd_event_ref(event);
	manager->apply = APPLY_INIT;
	manager->idle_usec = options->idle_usec;
	r = config_read(options->config_dir, &manager->config, err);
	if (r == 0)
		r = store_init(&manager->store, options->runtime_dir, options->config_dir, err);
	if (r == 0)
		r = apply_open(&manager->apply, manager->store.runtime_dir, err);
	if (r == 0)
		r = announcer_new(manager, &manager->announcer, err);
	if (r == 0)
		r = netlink_open(NETLINK_ROUTE, &manager->release_netlink, err);
	if (r == 0)
		r = watch_new(event, on_links_changed, manager, &manager->watch, err);
	if (r == 0)
		r = worker_new(event, manager, &manager->worker, err);
	if (r < 0)
		return r;
	r = networks_watch(manager, err);
	if (r < 0)
		return r;
	store_load_definitions(&manager->store, add_definition, manager);
	manager->started_unread = store_load_started(&manager->store, add_started, manager) > 0;
	store_load_ports(&manager->store, add_port, manager);
	*ret_manager = take_ptr(manager);
	return 0;
}

/* The worker ends first: what it did may still have to be written down and told. */
void manager_free(struct manager *manager)
{
	if (!manager)
		return;
	worker_free(manager->worker);
	networks_leave(manager);
	bus_free(manager->bus);
	release_drop(manager);
	watch_free(manager->watch);
	netlink_close(manager->release_netlink);
	apply_close(&manager->apply);
	announcer_free(manager->announcer);
	sd_event_source_disable_unref(manager->idle_timer);
	registry_done(&manager->registry);
	lines_free(manager);
	store_done(&manager->store);
	sd_event_unref(manager->event);
	free(manager);
}

static void log_event(const struct event *event, const char *text)
{
	AUTO_FREE char *name = NULL, *port = NULL, *network = NULL, *outage = NULL;
	const char *fields[5] = { NULL };
	size_t n = 0;

	if (asprintf(&name, "VIF_EVENT=%s", event->name) >= 0)
		fields[n++] = name;
	if (event->port && asprintf(&port, "VIF_PORT=%s", event->port) >= 0)
		fields[n++] = port;
	if (event->network && asprintf(&network, "VIF_NETWORK=%s", event->network) >= 0)
		fields[n++] = network;
	if (event->outage_usec &&
	    asprintf(&outage, "VIF_OUTAGE_USEC=%" PRIu64, event->outage_usec) >= 0)
		fields[n++] = outage;
	log_write(LOG_INFO, fields, "%s", text);
}

void manager_event(struct manager *manager, const struct event *event, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0) {
		text = NULL;
		return;
	}
	log_event(event, text);
	if (manager->bus)
		bus_broadcast(manager->bus, event, text);
}

void manager_write_port(struct manager *manager, const struct port_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (store_write_port(&manager->store, entry->port, &err) < 0)
		log_warning("%s", error_text(&err));
}

static bool manager_is_idle(const struct manager *manager)
{
	return manager->registry.n_ports == 0 && !networks_any_up(manager) &&
	       worker_is_idle(manager->worker) &&
	       (!manager->bus || bus_n_connections(manager->bus) == 0);
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *manager = userdata;

	if (manager_is_idle(manager))
		sd_event_exit(manager->event, 0);
	return 0;
}

void manager_check_idle(struct manager *manager)
{
	manager->idle_timer = sd_event_source_disable_unref(manager->idle_timer);
	if (manager->idle_usec == 0 || !manager_is_idle(manager))
		return;
	if (sd_event_add_time_relative(manager->event, &manager->idle_timer, CLOCK_MONOTONIC,
				       manager->idle_usec, 0, on_idle, manager) < 0)
		log_warning("cannot set the idle timer");
}
