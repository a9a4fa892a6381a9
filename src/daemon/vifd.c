/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether vifd is idle is asked at one place, after each round of the event
 * loop in which anything happened: so nobody who ends something has to say so.
 */
#include <string.h>

#include "bus/bus.h"
#include "daemon/vifd.h"
#include "life/announcer.h"
#include "life/deafness.h"
#include "life/diagnoses.h"
#include "life/elsewhere.h"
#include "life/far-ends.h"
#include "life/firewall.h"
#include "life/guards.h"
#include "life/life.h"
#include "life/memberships.h"
#include "life/network-task.h"
#include "life/networks.h"
#include "life/ports.h"
#include "life/recover.h"
#include "life/release.h"
#include "methods/doctor.h"
#include "services/firewalld.h"
#include "services/host-name.h"
#include "services/resolver.h"
#include "services/vmm-session.h"
#include "util/log.h"

static const char resolv_conf[] = "/etc/resolv.conf";

struct vifd {
	struct manager manager;
	struct life life;
	struct doctor *doctor;
	struct bus *bus;
	uint64_t idle_usec;
	sd_event_source *after_round;
	sd_event_source *idle_timer; /* NULL: not idle */
};

static bool vifd_is_idle(const struct vifd *vifd)
{
	const struct manager *manager = &vifd->manager;

	return manager->registry.n_ports == 0 && !networks_any_up(manager) &&
	       releases_are_idle(vifd->life.releases) && doctor_is_idle(vifd->doctor) &&
	       far_ends_are_idle(vifd->life.far_ends) && bus_n_connections(vifd->bus) == 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct vifd *vifd = userdata;

	if (vifd_is_idle(vifd))
		sd_event_exit(vifd->manager.event, 0);
	return 0;
}

/* Arms or stops the timer; one that runs goes on. */
static void check_idle(struct vifd *vifd)
{
	if (!vifd_is_idle(vifd)) {
		vifd->idle_timer = sd_event_source_disable_unref(vifd->idle_timer);
		return;
	}
	if (!vifd->idle_timer &&
	    sd_event_add_time_relative(vifd->manager.event, &vifd->idle_timer, CLOCK_MONOTONIC,
				       vifd->idle_usec, 0, on_idle, vifd) < 0)
		log_warning("cannot set the idle timer");
}

static int on_round(sd_event_source *source, void *userdata)
{
	check_idle(userdata);
	return 0;
}

static int watch_idleness(struct vifd *vifd, struct error *err)
{
	int r;

	if (vifd->idle_usec == 0)
		return 0;
	r = sd_event_add_post(vifd->manager.event, &vifd->after_round, on_round, vifd);
	if (r < 0)
		return error_system(err, r, "cannot watch for idleness");
	check_idle(vifd);
	return 0;
}

static void on_links_changed(void *userdata)
{
	ports_reconcile(userdata);
}

static int manager_init(struct manager *manager, sd_event *event,
			const struct vifd_options *options, struct error *err)
{
	int r;

	manager->event = sd_event_ref(event);
	manager->apply = APPLY_INIT;
	r = config_read(options->config_dir, &manager->config, err);
	if (r == 0)
		r = access_file_new(options->config_dir, &manager->access, err);
	if (r == 0)
		r = store_init(&manager->store, options->runtime_dir, options->config_dir, err);
	if (r == 0) {
		manager->store.data_dir = strdup(options->data_dir);
		r = manager->store.data_dir ? 0 : error_oom(err);
	}
	if (r == 0)
		r = apply_open(&manager->apply, manager->store.runtime_dir, err);
	if (r == 0)
		r = watch_new(event, on_links_changed, manager, &manager->watch, err);
	manager->apply.names = (struct port_filter_names){ filters_find, &manager->registry.filters,
							   groups_find, &manager->registry.groups };
	return r;
}

static void on_names_changed(void *userdata)
{
	networks_names_changed(userdata);
}

/* On failure the parts that are there stay, to be freed with the others. */
static int life_init(struct life *life, struct manager *manager, struct error *err)
{
	int r;

	manager->life = life;
	r = elsewhere_new(&manager->store, &life->elsewhere, err);
	if (r == 0)
		r = deafness_new(&life->deafness, err);
	if (r == 0)
		r = announcer_new(manager, &life->announcer, err);
	if (r == 0)
		r = firewall_new(manager, &life->firewall, err);
	if (r == 0)
		r = firewalld_new(manager->event, &life->firewalld, err);
	if (r == 0)
		r = releases_new(manager, &life->releases, err);
	if (r == 0)
		r = far_ends_new(manager, &life->far_ends, err);
	if (r == 0)
		r = diagnoses_new(manager, &life->diagnoses, err);
	if (r == 0)
		r = guards_new(manager, &life->guards, err);
	if (r == 0)
		r = memberships_new(manager, &life->memberships, err);
	if (r == 0)
		r = resolver_new(manager->event, resolv_conf, on_names_changed, manager,
				 &life->resolver, err);
	if (r == 0)
		r = host_name_new(manager->event, on_names_changed, manager, &life->host_name, err);
	if (r == 0)
		r = vmm_sessions_new(manager->event, &life->sessions, err);
	return r;
}

static int bus_init(struct vifd *vifd, struct error *err)
{
	struct manager *manager = &vifd->manager;
	const struct bus_options options = {
		.event = manager->event,
		.runtime_dir = manager->store.runtime_dir,
		.events = &manager->events,
		.manager = manager,
		.doctor = vifd->doctor,
	};

	return bus_new(&options, &vifd->bus, err);
}

int vifd_new(sd_event *event, const struct vifd_options *options, struct vifd **ret_vifd,
	     struct error *err)
{
	AUTO(vifd_freep) struct vifd *vifd = calloc(1, sizeof(*vifd));
	int r;

	if (!vifd)
		return error_oom(err);
	vifd->idle_usec = options->idle_usec;
	r = manager_init(&vifd->manager, event, options, err);
	if (r == 0)
		r = life_init(&vifd->life, &vifd->manager, err);
	if (r == 0)
		r = doctor_new(event, vifd->manager.watch, &vifd->doctor, err);
	if (r == 0)
		r = bus_init(vifd, err);
	if (r == 0)
		r = recover(&vifd->manager, err);
	if (r == 0)
		r = watch_idleness(vifd, err);
	if (r < 0)
		return r;
	*ret_vifd = take_ptr(vifd);
	return 0;
}

/* Threads end first: what they did may still have to be written down and told. */
void vifd_free(struct vifd *vifd)
{
	struct manager *manager;
	struct life *life;

	if (!vifd)
		return;
	manager = &vifd->manager;
	life = &vifd->life;
	releases_free(life->releases);
	doctor_free(vifd->doctor);
	diagnoses_free(life->diagnoses);
	far_ends_free(life->far_ends);
	network_tasks_cancel(manager);
	bus_free(vifd->bus);
	release_leave(manager);
	networks_leave(manager);
	vmm_sessions_free(life->sessions);
	host_name_free(life->host_name);
	resolver_free(life->resolver);
	firewalld_free(life->firewalld);
	firewall_free(life->firewall);
	elsewhere_free(life->elsewhere);
	deafness_free(life->deafness);
	guards_free(life->guards);
	memberships_free(life->memberships);
	announcer_free(life->announcer);
	watch_free(manager->watch);
	apply_close(&manager->apply);
	registry_done(&manager->registry);
	store_done(&manager->store);
	access_file_free(manager->access);
	sd_event_source_disable_unref(vifd->after_round);
	sd_event_source_disable_unref(vifd->idle_timer);
	sd_event_unref(manager->event);
	free(vifd);
}
