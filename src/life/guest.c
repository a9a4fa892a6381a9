/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <string.h>

#include "life/guest.h"
#include "life/port-runtime.h"
#include "life/release.h"
#include "resolve/resolve.h"
#include "services/process.h"
#include "util/log.h"

int guest_open(pid_t pid, struct guest *ret_guest, struct error *err)
{
	if (pid == 0)
		return 0;
	return process_open(pid, &ret_guest->pidfd, &ret_guest->start_time, err);
}

static void guest_ended(struct port_entry *entry)
{
	struct manager *manager = entry->runtime->manager;
	AUTO_ERROR struct error err = ERROR_INIT;

	sd_event_source_set_enabled(entry->runtime->owner_exit, SD_EVENT_OFF);
	/* Its taps have gone with it: what they tell comes first. */
	if (watch_refresh(manager->watch, &err) < 0)
		log_error("%s", error_text(&err));
	if (entry->port->state != PORT_REMOVING)
		release_ended(manager, entry, "its guest ended");
}

static int guest_on_exit(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	guest_ended(userdata);
	return 0;
}

static void look_at(struct port_entry *entry, void *userdata)
{
	struct pollfd exit = { .fd = entry->runtime->pidfd, .events = POLLIN };

	if (exit.fd >= 0 && entry->port->state != PORT_REMOVING && poll(&exit, 1, 0) > 0)
		guest_ended(entry);
}

void guests_look(struct manager *manager)
{
	registry_each_port(&manager->registry, look_at, NULL);
}

void guest_watch(struct port_entry *entry, struct guest *guest)
{
	struct port_runtime *runtime = entry->runtime;
	int r;

	if (guest->pidfd < 0)
		return;
	r = sd_event_add_io(runtime->manager->event, &runtime->owner_exit, guest->pidfd, EPOLLIN,
			    guest_on_exit, entry);
	if (r < 0)
		log_error("cannot watch the guest of port %s: %s", entry->port->name, strerror(-r));
	runtime->pidfd = take_fd(&guest->pidfd);
}

int guest_reopen(const struct owner *owner, struct guest *ret_guest, struct error *err)
{
	AUTO(guest_done) struct guest guest = GUEST_INIT;
	int r = guest_open(owner->pid, &guest, err);

	if (r < 0)
		return r;
	if (guest.start_time != owner->start_time)
		return error_set(err, -ESRCH, ERROR_INVALID_ARGUMENT,
				 "process %d is another one now", (int)owner->pid);
	*ret_guest = guest;
	guest.pidfd = -1;
	return 0;
}

void guest_done(struct guest *guest)
{
	closep(&guest->pidfd);
}
