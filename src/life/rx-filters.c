/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port is plugged before its VMM runs: so where its socket is not there yet, its folder is
 * watched. A socket has its name some microseconds before it takes connections (bind and
 * listen): only there the time decides when to try again, a few times.
 *
 * What has failed is tried again when the port is looked at for another reason.
 */
#include <libgen.h>
#include <string.h>
#include <sys/inotify.h>

#include "backends/side.h"
#include "life/life.h"
#include "life/port-runtime.h"
#include "life/rx-filters.h"
#include "services/vmm-session.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/parse.h"
#include "vmm/nic.h"
#include "vmm/rx-filter.h"

enum {
	AGAIN_USEC = 10000,
	TRIES = 100,
	PAUSE_USEC = 50000, /* a guest may change it as often as it likes */
};

struct rx_filter {
	struct port_entry *entry;
	char *id;                    /* of its NIC at the VMM */
	struct vmm_session *session; /* NULL: not connected yet */
	struct qmp_listener listener;
	sd_event_source *folder; /* it waits for the socket there; or NULL */
	sd_event_source *again;
	uint64_t asked_usec; /* when it was asked last */
	unsigned n_tries;
	bool asking;
	bool given_up; /* this VMM has no such thing */
};

static void disconnect(struct rx_filter *filter)
{
	if (!filter->session)
		return;
	qmp_unlisten(vmm_session_qmp(filter->session), &filter->listener);
	qmp_forget(vmm_session_qmp(filter->session), filter);
	vmm_session_leave(take_ptr(filter->session));
	filter->asking = false;
}

static void rx_filter_free(struct rx_filter *filter)
{
	if (!filter)
		return;
	disconnect(filter);
	sd_event_source_disable_unref(filter->folder);
	sd_event_source_disable_unref(filter->again);
	free(filter->id);
	free(filter);
}
DEFINE_FREEP(struct rx_filter, rx_filter_free);

void rx_filter_end(struct port_entry *entry)
{
	rx_filter_free(take_ptr(entry->runtime->rx_filter));
}

static void tell(struct rx_filter *filter, const char *cause)
{
	const struct port_entry *entry = filter->entry;
	struct manager *manager = entry->runtime->manager;
	const struct event event = {
		.name = "port-rx-filter",
		.port = entry->port->name,
		.owner = entry->port->owner.uid,
		.network = entry->port->interface->network,
		.cause = cause,
	};

	events_tell(&manager->events, &event, "port %s: %s", event.port, cause);
}

/* Whose the address is already: another's, whose frames the guest would get. NULL: nobody's. */
static const char *find_holder(const struct port_entry *entry, const struct mac *mac)
{
	const struct manager *manager = entry->runtime->manager;
	const struct facts *facts = watch_facts(manager->watch);
	const struct registry *registry = &manager->registry;
	const struct host_link *base = facts_get(facts, entry->base);

	if (base && mac_equal(&base->mac, mac) && !actual_is_exclusive(&entry->port->actual))
		return base->name;
	for (size_t i = 0; i < registry->n_ports; i++) {
		const struct port_entry *other = registry->ports[i];

		if (other != entry && other->base == entry->base &&
		    mac_equal(port_mac(other->port), mac))
			return other->port->name;
	}
	return NULL;
}

/* 0, or why the guest must not have it. */
static int check_mac(const struct port_entry *entry, const struct mac *mac, struct error *err)
{
	char text[MAC_TEXT_SIZE];
	const char *holder;

	mac_format(mac, text);
	if (mac_is_multicast(mac) || mac_is_zero(mac))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "its guest's address %s is none that a NIC can have", text);
	holder = find_holder(entry, mac);
	if (holder)
		return error_set(err, -EADDRINUSE, ERROR_IN_USE,
				 "its guest took the address %s, which %s has: it is not followed",
				 text, holder);
	return 0;
}

/* The pass after this makes the port so. */
static void take_mac(struct rx_filter *filter, const struct mac *mac)
{
	struct port_entry *entry = filter->entry;
	AUTO_ERROR struct error reason = ERROR_INIT;
	AUTO_FREE char *cause = NULL;
	char text[MAC_TEXT_SIZE];

	if (mac_equal(port_mac(entry->port), mac))
		return;
	if (check_mac(entry, mac, &reason) < 0) {
		tell(filter, error_text(&reason));
		return;
	}
	entry->port->guest_mac = *mac;
	entry->port->has_guest_mac = !mac_equal(mac, &entry->port->interface->mac);
	entry->runtime->rewire = true;
	port_entry_write(entry->runtime->manager, entry);
	watch_note_port(entry->runtime->manager->watch, &entry->port->uuid);
	mac_format(mac, text);
	cause = text_format("its guest has the address %s now, and so has the port", text);
	tell(filter, cause ?: "its guest has another address now");
}

static void on_answer(void *userdata, const json_t *answer, const struct error *error)
{
	struct rx_filter *filter = userdata;
	AUTO_ERROR struct error reason = ERROR_INIT;
	struct mac mac;

	filter->asking = false;
	if (!error && vmm_rx_filter_mac(answer, &mac, &reason) == 0) {
		take_mac(filter, &mac);
		return;
	}
	if (error && !qmp_is_refusal(error))
		return; /* on_failure() is called too */
	filter->given_up = true;
	log_warning("port %s: its guest's address cannot be followed: %s",
		    filter->entry->port->name, error_text(error ?: &reason));
}

static void ask(struct rx_filter *filter)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (filter->asking || filter->given_up || !filter->session)
		return;
	filter->asking = true;
	filter->asked_usec = clock_usec();
	if (vmm_rx_filter_query(vmm_session_qmp(filter->session), filter->id, on_answer, filter,
				&err) == 0)
		return;
	filter->asking = false;
	log_warning("port %s: its guest's address cannot be followed: %s",
		    filter->entry->port->name, error_text(&err));
}

static void run_again(struct rx_filter *filter, uint64_t usec)
{
	sd_event_source_set_time_relative(filter->again, usec);
	sd_event_source_set_enabled(filter->again, SD_EVENT_ONESHOT);
}

static void on_qmp_event(void *userdata, const char *name, const json_t *data)
{
	struct rx_filter *filter = userdata;

	uint64_t now = clock_usec(), due = filter->asked_usec + PAUSE_USEC;

	if (vmm_rx_filter_has_changed(name, data, filter->id))
		run_again(filter, due > now ? due - now : 0);
}

static void on_failure(void *userdata, const struct error *error)
{
	struct rx_filter *filter = userdata;

	(void)error;
	disconnect(filter);
}

/* -ENOENT, -ECONNREFUSED: nobody is there yet. */
static int connect_to(struct rx_filter *filter, struct error *err)
{
	const struct port *port = filter->entry->port;
	const struct vmm_owner owner = { .pid = port->owner.pid, .uid = port->owner.uid };
	struct manager *manager = filter->entry->runtime->manager;
	int r;

	r = vmm_session_take(manager->life->sessions, port->qmp, &owner, &filter->session, err);
	if (r < 0)
		return r;
	filter->folder = sd_event_source_disable_unref(filter->folder);
	filter->listener = (struct qmp_listener){
		.on_event = on_qmp_event,
		.on_failure = on_failure,
		.userdata = filter,
	};
	qmp_listen(vmm_session_qmp(filter->session), &filter->listener);
	ask(filter);
	return 0;
}

static void connect_or_wait(struct rx_filter *filter);

static int on_folder(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct rx_filter *filter = userdata;
	const char *qmp = filter->entry->port->qmp, *slash = strrchr(qmp, '/');

	(void)source;
	if (event->len > 0 && streq(event->name, slash ? slash + 1 : qmp))
		connect_or_wait(filter);
	return 0;
}

/* The kernel tells of what comes there from now on; what came before, the next attempt finds. */
static int watch_folder(struct rx_filter *filter)
{
	sd_event *event = filter->entry->runtime->manager->event;
	AUTO_FREE char *path = strdup(filter->entry->port->qmp);

	if (filter->folder)
		return 0;
	return path ? sd_event_add_inotify(event, &filter->folder, dirname(path),
					   IN_CREATE | IN_MOVED_TO | IN_ONLYDIR, on_folder, filter)
		    : -ENOMEM;
}

static void connect_or_wait(struct rx_filter *filter)
{
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	if (filter->session || filter->given_up)
		return;
	r = connect_to(filter, &err);
	if (r == -ECONNREFUSED && filter->n_tries++ < TRIES) {
		run_again(filter, AGAIN_USEC);
		return;
	}
	if (r == -ENOENT && watch_folder(filter) >= 0) {
		error_done(&err);
		r = connect_to(filter, &err);
	}
	if (r < 0 && r != -ENOENT && r != -ECONNREFUSED)
		log_warning("port %s: its guest's address cannot be followed: %s",
			    filter->entry->port->name, error_text(&err));
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct rx_filter *filter = userdata;

	(void)source, (void)usec;
	if (filter->session)
		ask(filter);
	else
		connect_or_wait(filter);
	return 0;
}

static int rx_filter_new(struct port_entry *entry, struct rx_filter **ret_filter, struct error *err)
{
	AUTO(rx_filter_freep) struct rx_filter *filter = calloc(1, sizeof(*filter));
	const struct vmm_nic nic = {
		.name = entry->port->name,
		.alias = entry->port->interface->alias,
	};
	int r;

	if (!filter)
		return error_oom(err);
	filter->entry = entry;
	r = vmm_nic_id(&nic, &filter->id, err);
	if (r < 0)
		return r;
	r = sd_event_add_time(entry->runtime->manager->event, &filter->again, CLOCK_MONOTONIC, 0, 1,
			      on_again, filter);
	if (r >= 0)
		r = sd_event_source_set_enabled(filter->again, SD_EVENT_OFF);
	if (r < 0)
		return error_system(err, r, "cannot make a timer");
	*ret_filter = take_ptr(filter);
	return 0;
}

/* The guest's address of before is not its port's any more. */
static void forget_mac(struct port_entry *entry)
{
	if (!entry->port->has_guest_mac)
		return;
	entry->port->has_guest_mac = false;
	entry->runtime->rewire = true;
	port_entry_write(entry->runtime->manager, entry);
	watch_note_port(entry->runtime->manager->watch, &entry->port->uuid);
}

void rx_filter_follow(struct port_entry *entry)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (entry->port->actual.trust_rx_filters != TRISTATE_YES || !entry->port->qmp) {
		rx_filter_end(entry);
		forget_mac(entry);
		return;
	}
	if (!entry->runtime->rx_filter &&
	    rx_filter_new(entry, &entry->runtime->rx_filter, &err) < 0) {
		log_warning("port %s: its guest's address cannot be followed: %s",
			    entry->port->name, error_text(&err));
		return;
	}
	connect_or_wait(entry->runtime->rx_filter);
}

void rx_filter_ask(struct port_entry *entry)
{
	if (entry->runtime->rx_filter)
		ask(entry->runtime->rx_filter);
}
