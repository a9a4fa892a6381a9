/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bus: D-Bus, peer to peer on a Unix socket.
 *
 * Only an adapter: it reads arguments, says who calls (access.h), calls methods.h
 * and writes answers.
 * Each client has a connection of its own, with the object /io/github/vifd on
 * it; there is no bus daemon in between. Events go to every connection that
 * subscribed.
 */
#pragma once

#include <systemd/sd-event.h>

#include "state/events.h"
#include "util/error.h"

struct bus;
struct doctor;
struct manager;

/* All is borrowed for as long as the bus is there, the folder's name for the time of the call. */
struct bus_options {
	sd_event *event;
	const char *runtime_dir;
	struct events *events;
	struct manager *manager; /* what methods work with */
	struct doctor *doctor;
};

/*
 * Takes the socket from the service manager, or makes it at RUNTIME/bus. From
 * then on clients are served.
 */
int bus_new(const struct bus_options *options, struct bus **ret_bus, struct error *err);
void bus_free(struct bus *bus);
DEFINE_FREEP(struct bus, bus_free);

size_t bus_n_connections(const struct bus *bus);
