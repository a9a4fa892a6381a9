/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>

#include "kernel/tun.h"
#include "life/port-runtime.h"
#include "util/log.h"

static void port_runtime_free(struct port_runtime *runtime)
{
	sd_event_source_disable_unref(runtime->owner_exit);
	closep(&runtime->pidfd);
	for (size_t i = 0; i < runtime->n_fds; i++)
		closep(&runtime->fds[i]);
	free(runtime->fds);
	free(runtime);
}

struct port_entry *port_entry_add(struct manager *manager, struct port *port)
{
	AUTO_FREE struct port_runtime *runtime = calloc(1, sizeof(*runtime));
	struct port_entry *entry;

	if (!runtime) {
		port_free(port);
		return NULL;
	}
	entry = registry_add_port(&manager->registry, port);
	if (!entry)
		return NULL;
	runtime->manager = manager;
	runtime->pidfd = -1;
	entry->runtime = take_ptr(runtime);
	return entry;
}

void port_entry_remove(struct manager *manager, struct port_entry *entry)
{
	port_runtime_free(take_ptr(entry->runtime));
	registry_remove_port(&manager->registry, entry);
}

void port_entry_write(struct manager *manager, const struct port_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (store_write_port(&manager->store, entry->port, NULL, &err) < 0)
		log_warning("%s", error_text(&err));
}

void port_entry_write_state(struct manager *manager, const struct port_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (store_write_port_state(&manager->store, entry->port, &err) < 0)
		log_warning("%s", error_text(&err));
}

void port_entry_remember(struct port_entry *entry)
{
	struct port_runtime *runtime = entry->runtime;

	if (runtime->n_fds > 0)
		(void)tun_get_settings(runtime->fds, (unsigned)runtime->n_fds, &runtime->settings,
				       NULL);
}

void port_entry_hold(struct port_entry *entry, const int *fds, size_t n_fds)
{
	struct port_runtime *runtime = entry->runtime;
	int *held = calloc(n_fds, sizeof(*held));

	for (size_t i = 0; held && i < n_fds; i++) {
		held[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (held[i] >= 0)
			continue;
		log_warning("cannot hold the tap of port %s: %m", entry->port->name);
		while (i-- > 0)
			close(held[i]);
		free(held);
		return;
	}
	runtime->fds = held;
	runtime->n_fds = held ? n_fds : 0;
	port_entry_remember(entry);
}

const struct port *port_find_twin(const struct manager *manager, const struct port_entry *entry)
{
	for (size_t i = 0; i < manager->registry.n_ports; i++) {
		const struct port_entry *other = manager->registry.ports[i];

		if (other != entry && other->base == entry->base &&
		    mac_equal(&other->port->interface->mac, &entry->port->interface->mac))
			return other->port;
	}
	return NULL;
}
