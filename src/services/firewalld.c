/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection to the system bus, made when the first interface is to be in a zone. It waits for
 * the bus's socket where that is not there (sd_bus_set_watch_bind()), and is made anew when it
 * ends.
 *
 *	connected	the bus says so: all interfaces are told
 *	firewalld has come, or has reloaded		all interfaces are told
 *	an interface is new and the bus is connected	it is told
 *
 * Without a bus nobody is kept waiting: then firewalld does not run.
 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "services/firewalld.h"
#include "util/array.h"
#include "util/log.h"
#include "util/text.h"

static const char destination[] = "org.fedoraproject.FirewallD1";
static const char path[] = "/org/fedoraproject/FirewallD1";
static const char interface[] = "org.fedoraproject.FirewallD1.zone";

#define SOCKET_PATH "/run/dbus/system_bus_socket"

enum {
	ANSWER_USEC = 3000000, /* a reload takes it less than one */
	REOPEN_USEC = 1000000, /* a bus that ends at once is not asked without end */
};

struct place {
	struct firewalld *firewalld;
	char *ifname;
	char *zones[FIREWALLD_ZONES_MAX];
	size_t at; /* the zone that is asked for */
	bool required;
	firewalld_callback callback; /* before its first answer */
	void *userdata;
	sd_bus_slot *question; /* under way; or NULL */
	sd_event_source *timer;
};

struct firewalld {
	sd_event *event;
	sd_bus *bus; /* NULL: nobody has asked yet, or it could not be made */
	sd_event_source *reopen;
	bool connected;
	struct place **places;
	size_t n_places;
};

static void place_free(struct place *place)
{
	if (!place)
		return;
	sd_bus_slot_unref(place->question);
	sd_event_source_disable_unref(place->timer);
	for (size_t i = 0; i < FIREWALLD_ZONES_MAX; i++)
		free(place->zones[i]);
	free(place->ifname);
	free(place);
}
DEFINE_FREEP(struct place, place_free);

/* --- what firewalld says ---------------------------------------------------------- */

/* The place may be gone afterwards. */
static void tell(struct place *place, const char *note, const struct error *error)
{
	firewalld_callback callback = place->callback;

	place->callback = NULL;
	place->timer = sd_event_source_disable_unref(place->timer);
	if (callback)
		callback(place->userdata, note, error);
	else if (error)
		log_warning("%s", error_text(error));
}

/* Where a zone was asked for by name it is good to know that it is not so. */
static void tell_absent(struct place *place, const char *why)
{
	AUTO_FREE char *note = NULL;

	if (place->required)
		note = text_format("%s: %s is in its zone '%s' as soon as it is there", why,
				   place->ifname, place->zones[0]);
	tell(place, note, NULL);
}

static bool is_absent(const sd_bus_error *error)
{
	static const char *const names[] = {
		SD_BUS_ERROR_SERVICE_UNKNOWN,
		SD_BUS_ERROR_NAME_HAS_NO_OWNER,
		SD_BUS_ERROR_NO_REPLY,
		SD_BUS_ERROR_DISCONNECTED,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (sd_bus_error_has_name(error, names[i]))
			return true;
	return false;
}

static void ask(struct place *place);

/* There is no such zone: the next one, if any. */
static void try_next(struct place *place)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (place->at + 1 < FIREWALLD_ZONES_MAX && place->zones[place->at + 1]) {
		place->at++;
		ask(place);
		return;
	}
	if (!place->required) {
		tell(place, NULL, NULL);
		return;
	}
	error_set(&err, -ENOENT, ERROR_INVALID_ARGUMENT,
		  "firewalld has no zone '%s' for %s (firewall-cmd --get-zones)",
		  place->zones[place->at], place->ifname);
	tell(place, NULL, &err);
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(message);
	AUTO_ERROR struct error err = ERROR_INIT;
	struct place *place = userdata;

	place->question = sd_bus_slot_unref(place->question);
	if (!error) {
		tell(place, NULL, NULL);
	} else if (is_absent(error)) {
		tell_absent(place, "firewalld does not run");
	} else if (error->message && !strncmp(error->message, "INVALID_ZONE", 12)) {
		try_next(place);
	} else {
		error_set(&err, -EIO, ERROR_SYSTEM, "firewalld does not take %s into zone '%s': %s",
			  place->ifname, place->zones[place->at], error->message ?: error->name);
		tell(place, NULL, &err);
	}
	return 1;
}

/* Not where firewalld is not there: it is not to be started by a question. */
static int request_new(const struct firewalld *firewalld, const char *method, const char *zone,
		       const char *ifname, sd_bus_message **ret_message)
{
	int r = sd_bus_message_new_method_call(firewalld->bus, ret_message, destination, path,
					       interface, method);

	if (r >= 0)
		r = sd_bus_message_set_auto_start(*ret_message, false);
	if (r >= 0)
		r = sd_bus_message_append(*ret_message, "ss", zone, ifname);
	return r;
}

static void ask(struct place *place)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	place->question = sd_bus_slot_unref(place->question);
	r = request_new(place->firewalld, "changeZoneOfInterface", place->zones[place->at],
			place->ifname, &message);
	if (r >= 0)
		r = sd_bus_call_async(place->firewalld->bus, &place->question, message, on_answer,
				      place, 0);
	if (r >= 0)
		return;
	error_system(&err, r, "cannot ask firewalld for the zone of %s", place->ifname);
	tell(place, NULL, &err);
}

/* --- the bus ---------------------------------------------------------------------- */

/* An answer may end places, and the last takes the place of none that was not asked yet. */
static void ask_all(struct firewalld *firewalld)
{
	for (size_t i = firewalld->n_places; i-- > 0;) {
		if (i >= firewalld->n_places)
			continue;
		firewalld->places[i]->at = 0;
		ask(firewalld->places[i]);
	}
}

static int on_connected(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
	struct firewalld *firewalld = userdata;

	firewalld->connected = true;
	ask_all(firewalld);
	return 0;
}

static int on_reloaded(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
	ask_all(userdata);
	return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
	const char *name, *former, *owner;

	if (sd_bus_message_read(message, "sss", &name, &former, &owner) >= 0 && *owner)
		ask_all(userdata);
	return 0;
}

static void open_bus(struct firewalld *firewalld);

static int on_reopen(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct firewalld *firewalld = userdata;

	firewalld->reopen = sd_event_source_disable_unref(firewalld->reopen);
	open_bus(firewalld);
	return 0;
}

static void close_bus(struct firewalld *firewalld)
{
	firewalld->connected = false;
	for (size_t i = 0; i < firewalld->n_places; i++)
		firewalld->places[i]->question = sd_bus_slot_unref(firewalld->places[i]->question);
	if (firewalld->bus)
		sd_bus_detach_event(firewalld->bus);
	firewalld->bus = sd_bus_close_unref(firewalld->bus);
}

/* Who still waits for an answer has his timer. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
	struct firewalld *firewalld = userdata;

	firewalld->connected = false;
	if (!firewalld->reopen &&
	    sd_event_add_time_relative(firewalld->event, &firewalld->reopen, CLOCK_MONOTONIC,
				       REOPEN_USEC, 0, on_reopen, firewalld) < 0)
		log_warning("cannot wait for the system bus");
	return 0;
}

static int listen_to(struct firewalld *firewalld)
{
	static const struct {
		const char *match;
		sd_bus_message_handler_t handler;
	} signals[] = {
		{ "type='signal',sender='org.freedesktop.DBus',"
		  "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
		  "arg0='org.fedoraproject.FirewallD1'",
		  on_owner_changed },
		{ "type='signal',sender='org.fedoraproject.FirewallD1',"
		  "interface='org.fedoraproject.FirewallD1',member='Reloaded'",
		  on_reloaded },
	};
	sd_bus *bus = firewalld->bus;
	int r;

	r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local", NULL,
				      "org.freedesktop.DBus.Local", "Connected", on_connected, NULL,
				      firewalld);
	if (r >= 0)
		r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local", NULL,
					      "org.freedesktop.DBus.Local", "Disconnected",
					      on_disconnected, NULL, firewalld);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(signals); i++)
		r = sd_bus_add_match_async(bus, NULL, signals[i].match, signals[i].handler, NULL,
					   firewalld);
	return r;
}

static const char *bus_address(void)
{
	return getenv("DBUS_SYSTEM_BUS_ADDRESS") ?: "unix:path=" SOCKET_PATH;
}

static void open_bus(struct firewalld *firewalld)
{
	int r;

	close_bus(firewalld);
	r = sd_bus_new(&firewalld->bus);
	if (r >= 0)
		r = sd_bus_set_address(firewalld->bus, bus_address());
	if (r >= 0)
		r = sd_bus_set_bus_client(firewalld->bus, true);
	if (r >= 0)
		r = sd_bus_set_watch_bind(firewalld->bus, true);
	if (r >= 0)
		r = sd_bus_set_connected_signal(firewalld->bus, true);
	if (r >= 0)
		r = sd_bus_start(firewalld->bus);
	if (r >= 0)
		r = listen_to(firewalld);
	if (r >= 0)
		r = sd_bus_attach_event(firewalld->bus, firewalld->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		return;
	close_bus(firewalld);
	log_warning("firewalld is not told of zones: no connection to the system bus: %s",
		    strerror(-r));
}

/* --- places ----------------------------------------------------------------------- */

int firewalld_new(sd_event *event, struct firewalld **ret_firewalld, struct error *err)
{
	struct firewalld *firewalld = calloc(1, sizeof(*firewalld));

	if (!firewalld)
		return error_oom(err);
	firewalld->event = sd_event_ref(event);
	*ret_firewalld = firewalld;
	return 0;
}

void firewalld_free(struct firewalld *firewalld)
{
	if (!firewalld)
		return;
	close_bus(firewalld);
	for (size_t i = 0; i < firewalld->n_places; i++)
		place_free(firewalld->places[i]);
	free(firewalld->places);
	sd_event_source_disable_unref(firewalld->reopen);
	sd_event_unref(firewalld->event);
	free(firewalld);
}

static void forget(struct firewalld *firewalld, const char *ifname)
{
	for (size_t i = 0; i < firewalld->n_places; i++) {
		struct place *place = firewalld->places[i];

		if (strcmp(place->ifname, ifname) != 0)
			continue;
		array_remove(firewalld->places, &firewalld->n_places, sizeof(struct place *), i);
		place_free(place);
		return;
	}
}

static int place_new(struct firewalld *firewalld, const struct firewalld_place *wanted,
		     struct place **ret_place)
{
	AUTO(place_freep) struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -ENOMEM;
	place->firewalld = firewalld;
	place->required = wanted->required;
	place->ifname = strdup(wanted->ifname);
	if (!place->ifname)
		return -ENOMEM;
	for (size_t i = 0; i < FIREWALLD_ZONES_MAX && wanted->zones[i]; i++) {
		place->zones[i] = strdup(wanted->zones[i]);
		if (!place->zones[i])
			return -ENOMEM;
	}
	*ret_place = take_ptr(place);
	return 0;
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct place *place = userdata;

	tell_absent(place, "firewalld has not answered yet");
	return 0;
}

/* Is the bus there, or to be there in a moment? */
static bool is_on_its_way(const struct firewalld *firewalld)
{
	return firewalld->bus && (firewalld->connected || getenv("DBUS_SYSTEM_BUS_ADDRESS") ||
				  access(SOCKET_PATH, F_OK) == 0);
}

int firewalld_enter(struct firewalld *firewalld, const struct firewalld_place *place,
		    firewalld_callback callback, void *userdata, struct error *err)
{
	AUTO(place_freep) struct place *made = NULL;
	struct place **slot, *entered;
	int r;

	forget(firewalld, place->ifname);
	if (!firewalld->bus && !firewalld->reopen)
		open_bus(firewalld);
	if (place_new(firewalld, place, &made) < 0)
		return error_oom(err);
	r = sd_event_add_time_relative(firewalld->event, &made->timer, CLOCK_MONOTONIC, ANSWER_USEC,
				       0, on_late, made);
	if (r < 0)
		return error_system(err, r, "cannot wait for firewalld");
	slot = array_add(&firewalld->places, &firewalld->n_places, sizeof(*slot));
	if (!slot)
		return error_oom(err);
	made->callback = callback;
	made->userdata = userdata;
	*slot = entered = take_ptr(made);
	if (firewalld->connected)
		ask(entered);
	else if (!is_on_its_way(firewalld))
		tell_absent(entered, "firewalld does not run");
	return 0;
}

void firewalld_leave(struct firewalld *firewalld, const char *ifname)
{
	AUTO(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r;

	forget(firewalld, ifname);
	if (!firewalld->connected)
		return;
	/* In whichever zone it is: the empty name means that. */
	r = request_new(firewalld, "removeInterface", "", ifname, &message);
	if (r >= 0)
		r = sd_bus_message_set_expect_reply(message, false);
	if (r >= 0)
		r = sd_bus_send(firewalld->bus, message, NULL);
	if (r < 0)
		log_warning("cannot tell firewalld that %s is in no zone any more: %s", ifname,
			    strerror(-r));
}
