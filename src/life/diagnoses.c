/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/side.h"
#include "host/host-filters.h"
#include "kernel/link-counts.h"
#include "life/addresses.h"
#include "life/diagnoses.h"
#include "life/far-ends.h"
#include "life/life.h"
#include "life/network-runtime.h"
#include "life/port-runtime.h"
#include "resolve/resolve.h"
#include "services/process.h"
#include "util/array.h"
#include "util/clock.h"

enum {
	LOOK_USEC = 100000,
	WATCH_MAX_USEC = 3000000,
};

/* One who asked, and whose ports alone he may know of. */
struct asking {
	diagnosis_callback callback;
	void *userdata;
	uid_t uid;
	bool reads_own; /* those of `uid` */
};

/* What has passed a port's devices so far. An ifindex of 0: there is none, or nobody knows. */
struct sample {
	int device, side, base;
	struct link_counts of_device, of_side, of_base;
	struct guard_counts guard;
	bool guarded;
};

struct watched {
	struct diagnoses *diagnoses;
	struct uuid uuid;
	struct sample first;
	uint64_t begun_usec;
	sd_event_source *timer;
	struct asking *askers;
	size_t n_askers;
};

struct diagnoses {
	struct manager *manager;
	struct watched **watched;
	size_t n_watched;
};

/* --- what passes ------------------------------------------------------------------------- */

static bool count(struct manager *manager, const struct host_link *link,
		  struct link_counts *ret_counts)
{
	return link &&
	       link_counts_get(manager->apply.netlink, link->ifindex, ret_counts, NULL) == 0;
}

/* Of all that leads on together. */
static bool count_uplinks(struct manager *manager, const struct host_link *base,
			  struct link_counts *sum)
{
	const struct facts *facts = watch_facts(manager->watch);
	const struct host_link *uplink = NULL;
	bool any = false;

	while (base && (uplink = diagnose_next_uplink(facts, base, uplink))) {
		struct link_counts counts;

		if (!count(manager, uplink, &counts))
			return false;
		sum->in += counts.in;
		sum->out += counts.out;
		any = true;
	}
	return any;
}

static void take_sample(struct manager *manager, const struct port *port, struct sample *sample)
{
	const struct facts *facts = watch_facts(manager->watch);
	const struct host_link *device = guest_side_find(facts, &port->uuid);
	const struct host_link *side = diagnose_side(facts, port);
	const struct host_link *base = resolve_base(port, facts);

	*sample = (struct sample){ 0 };
	if (count(manager, device, &sample->of_device))
		sample->device = device->ifindex;
	if (side != device && count(manager, side, &sample->of_side))
		sample->side = side->ifindex;
	if (count_uplinks(manager, base, &sample->of_base))
		sample->base = base->ifindex;
	sample->guarded = device &&
			  apply_read_guard(&manager->apply, device->ifindex, &sample->guard) == 0;
}

static uint64_t rise(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

/* What the guest sends comes in by its tap; a macvtap it goes out by. */
static void set_counts(const struct sample *before, const struct sample *now, bool stands,
		       struct way_counts *counts)
{
	uint64_t in = rise(before->of_device.in, now->of_device.in);
	uint64_t out = rise(before->of_device.out, now->of_device.out);

	counts->device = now->device && before->device == now->device;
	counts->side = now->side && before->side == now->side;
	counts->base = now->base && before->base == now->base;
	counts->sent = stands ? out : in;
	counts->got = stands ? in : out;
	if (!stands)
		counts->lost = rise(before->of_device.out_dropped, now->of_device.out_dropped);
	counts->side_sent = rise(before->of_side.out, now->of_side.out);
	counts->left = rise(before->of_base.out, now->of_base.out);
	counts->came = rise(before->of_base.in, now->of_base.in);
}

static void set_drops(const struct sample *before, const struct sample *now,
		      struct diagnose_request *request)
{
	request->guarded = now->guarded;
	for (unsigned rule = 0; now->guarded && before->guarded && guard_rule_name(rule); rule++) {
		uint64_t frames = rise(before->guard.dropped[rule], now->guard.dropped[rule]);

		if (frames && request->n_drops < ARRAY_SIZE(request->drops))
			request->drops[request->n_drops++] =
				(struct way_drop){ guard_rule_name(rule), frames };
	}
}

/* --- what is known ----------------------------------------------------------------------- */

/* The network of the port, if it is one that vifd makes. */
static const struct network_entry *find_network(struct manager *manager, const struct port *port)
{
	struct network_entry *entry = NULL;

	if (port->interface->network)
		entry = registry_network(&manager->registry, port->interface->network);
	return entry && entry->started && network_is_managed(entry->started) ? entry : NULL;
}

static enum tristate find_lease(const struct manager *manager, const struct network *network,
				const struct port *port)
{
	AUTO(dhcp_leases_done) struct dhcp_leases leases = { 0 };
	bool serves = false;

	for (size_t i = 0; i < network->n_ips; i++)
		serves |= network->ips[i].dhcp;
	if (!serves || network_leases_read(manager, network->name, &leases, NULL) < 0)
		return TRISTATE_UNSET;
	for (size_t i = 0; i < leases.n; i++)
		if (leases.items[i].has_mac && mac_equal(&leases.items[i].mac, port_mac(port)))
			return TRISTATE_YES;
	return TRISTATE_NO;
}

static void set_known(struct manager *manager, const struct port_entry *entry,
		      struct diagnose_request *request)
{
	const struct network_entry *network = find_network(manager, entry->port);
	const struct facts *facts = watch_facts(manager->watch);
	const struct host_link *base = resolve_base(entry->port, facts);
	const struct host_link *uplink = base ? diagnose_next_uplink(facts, base, NULL) : NULL;

	request->port = entry->port;
	request->facts = facts;
	if (network) {
		request->network = network->started;
		request->problem = network_problem(network);
		request->leased = find_lease(manager, network->started, entry->port);
	}
	if (uplink)
		request->far_end = far_ends_find(manager->life->far_ends, uplink->ifindex);
	request->twin = port_find_twin(manager, entry);
	request->base_has_mac = entry->runtime->mac_taken;
	request->vmm_stopped = entry->port->owner.pid > 0 &&
			       process_is_stopped(entry->port->owner.pid);
}

/* Without the answer the filters are not known. */
static bool read_filters(const struct diagnose_request *request, struct host_filters *filters)
{
	const struct host_link *base = resolve_base(request->port, request->facts);
	const struct network *network = request->network;

	return base &&
	       host_filters_read(base->name, network ? &network->uuid : NULL, filters, NULL) == 0;
}

/* --- watching ---------------------------------------------------------------------------- */

static void watched_free(struct watched *watched)
{
	if (!watched)
		return;
	sd_event_source_disable_unref(watched->timer);
	free(watched->askers);
	free(watched);
}
DEFINE_FREEP(struct watched, watched_free);

static void remove_watched(struct watched *watched)
{
	struct diagnoses *diagnoses = watched->diagnoses;

	for (size_t i = 0; i < diagnoses->n_watched; i++)
		if (diagnoses->watched[i] == watched) {
			array_remove(diagnoses->watched, &diagnoses->n_watched,
				     sizeof(struct watched *), i);
			return;
		}
}

static void answer(struct watched *watched, const struct diagnose_request *request,
		   const struct error *error)
{
	for (size_t i = 0; i < watched->n_askers; i++) {
		const struct asking *asker = &watched->askers[i];
		AUTO(diagnosis_done) struct diagnosis diagnosis = { 0 };
		struct diagnose_request own = request ? *request : (struct diagnose_request){ 0 };
		AUTO_ERROR struct error err = ERROR_INIT;
		int r = error ? error->code : 0;

		own.reader = asker->reads_own ? &asker->uid : NULL;
		if (r == 0)
			r = diagnose(&own, &diagnosis, &err);
		asker->callback(asker->userdata, own.port, r < 0 ? NULL : &diagnosis,
				error
					?: r < 0 ? &err
						 : NULL);
	}
}

/* Have the guest's frames been seen everywhere on their way? */
static bool has_seen_enough(const struct diagnose_request *request)
{
	const struct way_counts *counts = &request->counts;

	return counts->device && counts->sent > 0 && (!counts->side || counts->side_sent > 0) &&
	       (!counts->base || counts->left > 0) &&
	       (!request->guarded || request->watched_usec >= WATCH_MAX_USEC / 3);
}

/* Is there a cause that is known without watching? */
static bool is_clear(const struct diagnose_request *request)
{
	AUTO(diagnosis_done) struct diagnosis diagnosis = { 0 };

	return diagnose(request, &diagnosis, NULL) == 0 && diagnosis_cause(&diagnosis);
}

/* Takes a look at what has passed since the first. True where nothing more is to be waited for. */
static bool look_again(struct watched *watched, const struct port *port,
		       struct diagnose_request *request)
{
	bool first = watched->begun_usec == 0;
	struct sample now;

	take_sample(watched->diagnoses->manager, port, &now);
	if (first) {
		watched->first = now;
		watched->begun_usec = clock_usec();
	} else {
		request->watched_usec = clock_usec() - watched->begun_usec;
	}
	set_counts(&watched->first, &now, guest_side_stands(port->type), &request->counts);
	set_drops(&watched->first, &now, request);
	return first || request->watched_usec >= WATCH_MAX_USEC || has_seen_enough(request);
}

/* True where all is told. At first only what is clear without watching is. */
static bool look(struct watched *watched)
{
	struct manager *manager = watched->diagnoses->manager;
	const struct port_entry *entry = registry_port_by_uuid(&manager->registry, &watched->uuid);
	AUTO(host_filters_done) struct host_filters filters = { 0 };
	struct diagnose_request request = { 0 };
	AUTO_ERROR struct error err = ERROR_INIT;
	int r;

	if (!entry) {
		(void)error_set(&err, -ENOENT, ERROR_NO_SUCH_PORT,
				"the port has been unplugged meanwhile");
		answer(watched, NULL, &err);
		return true;
	}
	r = watch_refresh(manager->watch, &err);
	if (r == 0 && !look_again(watched, entry->port, &request))
		return false;
	if (r == 0)
		r = watch_read_ip(manager->watch, &err);
	if (r < 0) {
		answer(watched, NULL, &err);
		return true;
	}
	set_known(manager, entry, &request);
	if (read_filters(&request, &filters))
		request.filters = &filters;
	if (request.watched_usec == 0 && !is_clear(&request))
		return false;
	answer(watched, &request, NULL);
	return true;
}

static int arm(struct watched *watched)
{
	return sd_event_source_set_time_relative(watched->timer, LOOK_USEC) < 0 ||
			       sd_event_source_set_enabled(watched->timer, SD_EVENT_ONESHOT) < 0
		       ? -ENOMEM
		       : 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct watched *watched = userdata;
	AUTO_ERROR struct error err = ERROR_INIT;

	(void)source;
	(void)usec;
	if (!look(watched)) {
		if (arm(watched) == 0)
			return 0;
		(void)error_oom(&err);
		answer(watched, NULL, &err);
	}
	remove_watched(watched);
	watched_free(watched);
	return 0;
}

static int add_asker(struct watched *watched, const uid_t *reader, diagnosis_callback callback,
		     void *userdata, struct error *err)
{
	struct asking *asker = array_add(&watched->askers, &watched->n_askers, sizeof(*asker));

	if (!asker)
		return error_oom(err);
	*asker = (struct asking){ callback, userdata, reader ? *reader : 0, reader };
	return 0;
}

static struct watched *find_watched(const struct diagnoses *diagnoses, const struct uuid *uuid)
{
	for (size_t i = 0; i < diagnoses->n_watched; i++)
		if (uuid_equal(&diagnoses->watched[i]->uuid, uuid))
			return diagnoses->watched[i];
	return NULL;
}

int diagnoses_begin(struct diagnoses *diagnoses, const struct port_entry *entry,
		    const uid_t *reader, diagnosis_callback callback, void *userdata,
		    struct error *err)
{
	struct watched *running = find_watched(diagnoses, &entry->port->uuid), **slot;
	AUTO(watched_freep) struct watched *watched = NULL;
	int r;

	if (running)
		return add_asker(running, reader, callback, userdata, err);
	watched = calloc(1, sizeof(*watched));
	if (!watched)
		return error_oom(err);
	watched->diagnoses = diagnoses;
	watched->uuid = entry->port->uuid;
	r = add_asker(watched, reader, callback, userdata, err);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(diagnoses->manager->event, &watched->timer, CLOCK_MONOTONIC,
				       0, 0, on_look, watched);
	if (r < 0)
		return error_system(err, r, "cannot watch port %s", entry->port->name);
	slot = array_add(&diagnoses->watched, &diagnoses->n_watched, sizeof(struct watched *));
	if (!slot)
		return error_oom(err);
	*slot = take_ptr(watched);
	return 0;
}

int diagnoses_new(struct manager *manager, struct diagnoses **ret_diagnoses, struct error *err)
{
	struct diagnoses *diagnoses = calloc(1, sizeof(*diagnoses));

	if (!diagnoses)
		return error_oom(err);
	diagnoses->manager = manager;
	*ret_diagnoses = diagnoses;
	return 0;
}

void diagnoses_free(struct diagnoses *diagnoses)
{
	AUTO_ERROR struct error err = ERROR_INIT;

	if (!diagnoses)
		return;
	(void)error_set(&err, -ECANCELED, ERROR_SYSTEM, "vifd ends");
	for (size_t i = 0; i < diagnoses->n_watched; i++) {
		answer(diagnoses->watched[i], NULL, &err);
		watched_free(diagnoses->watched[i]);
	}
	free(diagnoses->watched);
	free(diagnoses);
}
