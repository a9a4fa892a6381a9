/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of one plug: read the interface, look at the host, resolve, write
 * the record, apply the plan, write again that it holds, watch the owner.
 *
 * The record is there before the first step, so that after a crash at any
 * point the next start finds either a connected port or one to clean up.
 */
#include <string.h>

#include "backends/side.h"
#include "kernel/held.h"
#include "life/guest.h"
#include "life/network-task.h"
#include "life/port-runtime.h"
#include "life/settle.h"
#include "methods/access-plug.h"
#include "methods/describe.h"
#include "methods/find.h"
#include "methods/methods.h"
#include "methods/plug-request.h"
#include "services/process.h"

/* A macvtap has no owner: its node in /dev is root's. */
static int check_owner(const struct plug_options *options, enum port_type type, struct error *err)
{
	if (!options->has_owner || options->owner == 0 || !options->by_name ||
	    !guest_side_stands(type))
		return 0;
	return error_set(err, -ENOTSUP, ERROR_NOT_SUPPORTED,
			 "a direct port's macvtap is opened by its node in /dev, which is root's "
			 "(type=live can have another owner)");
}

static int resolve_now(const struct caller *caller, struct manager *manager,
		       const struct interface *interface, const char *source,
		       const struct plug_options *options, struct resolve_request *ret_request,
		       struct resolution *ret_resolution, struct error *err)
{
	int r;

	r = plug_request(caller, manager, interface, options, ret_request, err);
	if (r == 0)
		r = access_check_interface(caller, manager, interface, NULL, err);
	if (r == 0)
		r = access_check_number(caller, manager, err);
	if (r == 0)
		r = resolve_plug(ret_request, ret_resolution, err);
	if (r == 0)
		r = check_owner(options, ret_resolution->type, err);
	if (r < 0)
		error_place(err, source);
	return r;
}

/* What is done for a process (its descriptors, its QMP socket) is done on the word of its user. */
static int check_process(const struct caller *caller, pid_t pid, struct error *err)
{
	if (pid == 0 || caller->kind == CALLER_ROOT || process_is_of(pid, caller->uid))
		return 0;
	return error_set(err, -EPERM, ERROR_PERMISSION,
			 "process %d is not yours: ports for processes of others are plugged by "
			 "root",
			 (int)pid);
}

/* Only virtio-net tells its VMM what address its guest gives to it, and QEMU tells it by QMP. */
static int check_trust(const struct interface *interface, const struct plug_options *options,
		       const struct actual *actual, struct error *err)
{
	const char *model = interface_model(interface);

	if (actual->trust_rx_filters != TRISTATE_YES || !host_side_of(actual)->on_interface)
		return 0;
	if (strncmp(model, "virtio", strlen("virtio")) != 0)
		return error_set(
			err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			"trustGuestRxFilters='yes' needs model virtio: no %s tells its VMM "
			"what address its guest gives to it",
			model);
	if (!options->qmp)
		return error_set(
			err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			"trustGuestRxFilters='yes' needs a VMM that tells by QMP what "
			"address its guest takes, and no QMP socket of it is known (vif plug "
			"--qmp; vif run makes one for QEMU)");
	return 0;
}

/* The port as it is meant to be, not yet connected. Takes the interface and the actual. */
static int port_prepare(const struct caller *caller, struct interface **interface,
			struct resolution *resolution, const struct resolve_request *request,
			const struct plug_options *options, struct port **ret_port,
			struct error *err)
{
	AUTO(port_freep) struct port *port = port_new();

	if (!port)
		return error_oom(err);
	port->uuid = request->uuid;
	port->state = PORT_CONNECTING;
	port->by_name = options->by_name;
	port->vhost = resolution->vhost;
	port->type = resolution->type;
	port->side = resolution->side;
	port->owner.pid = options->pid;
	port->owner.uid = caller->uid;
	port->owner.device_uid = request->device_uid;
	port->interface = take_ptr(*interface);
	port->actual = resolution->actual;
	resolution->actual = (struct actual){ 0 };
	port->name = strdup(resolution->ifname);
	if (options->guest)
		port->owner.guest = strdup(options->guest);
	if (options->qmp)
		port->qmp = strdup(options->qmp);
	if (!port->name || (options->guest && !port->owner.guest) || (options->qmp && !port->qmp))
		return error_oom(err);
	*ret_port = take_ptr(port);
	return 0;
}

/* Applies the plan under the protection of the record; on failure neither stays. */
static int port_connect(struct manager *manager, struct port *port,
			const struct resolution *resolution, struct apply_result *ret_result,
			struct error *err)
{
	int r;

	r = store_write_port(&manager->store, port, NULL, err);
	if (r < 0)
		return r;
	r = apply_run(&manager->apply, &resolution->plan, NULL, NULL, ret_result, err);
	if (r < 0) {
		store_remove_port(&manager->store, port->name);
		return r;
	}
	port->state = resolution->state;
	if (resolution->reason)
		port->reason = strdup(resolution->reason);
	r = store_write_port_state(&manager->store, port, err);
	if (r < 0) {
		apply_undo(&manager->apply, &resolution->plan, NULL, ret_result);
		store_remove_port(&manager->store, port->name);
	}
	return r;
}

/* The search for a free name goes on behind the last one, so that names are not reused soon. */
static void remember_index(struct manager *manager, const char *ifname)
{
	unsigned index;

	if (sscanf(ifname, "vif%u", &index) == 1)
		manager->registry.next_index = index + 1;
}

/*
 * The device's own facts (its MTU) are in the answer. The kernel has told them, but not its tag
 * while it is down.
 */
static void look_at_device(struct manager *manager, int ifindex)
{
	const struct host_link *link;

	(void)watch_refresh(manager->watch, NULL);
	link = facts_get(watch_facts(manager->watch), ifindex);
	if (ifindex && (!link || link->n_altnames == 0))
		watch_look(manager->watch, ifindex);
}

/* The port is there: it is registered, its guest watched, and it is told. */
static void port_begin(struct manager *manager, struct port_entry *entry, struct guest *guest,
		       struct resolution *resolution, const struct apply_result *result)
{
	remember_index(manager, resolution->ifname);
	if (!guest_side_stands(entry->port->type) && !entry->port->by_name)
		port_entry_hold(entry, result->fds, result->n_fds);
	guest_watch(entry, guest);
	look_at_device(manager, result->ifindex);
	settle_plugged(manager, entry, resolution);
}

int method_plug(const struct caller *caller, struct manager *manager, const char *xml,
		const char *source, const struct plug_options *options,
		struct plug_answer *ret_answer, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = NULL;
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO(port_freep) struct port *port = NULL;
	AUTO(guest_done) struct guest guest = GUEST_INIT;
	struct apply_result result = APPLY_RESULT_INIT;
	struct resolve_request request = { 0 };
	struct port_entry *entry;
	int r;

	r = access_check(caller, METHOD_PLUG, err);
	if (r == 0)
		r = plug_interface(xml, source, options, &interface, err);
	if (r == 0)
		r = guest_open(options->pid, &guest, err);
	if (r == 0)
		r = check_process(caller, options->pid, err);
	if (r == 0)
		r = resolve_now(caller, manager, interface, source, options, &request, &resolution,
				err);
	if (r == 0)
		r = check_trust(interface, options, &resolution.actual, err);
	if (r == 0)
		r = port_prepare(caller, &interface, &resolution, &request, options, &port, err);
	if (r < 0)
		return r;
	port->owner.start_time = guest.start_time;
	r = port_connect(manager, port, &resolution, &result, err);
	if (r < 0)
		return r;
	entry = port_entry_add(manager, take_ptr(port));
	if (!entry) {
		/* The record stays and the next start repairs: nothing is lost but this answer. */
		apply_result_done(&result);
		return error_oom(err);
	}
	port_begin(manager, entry, &guest, &resolution, &result);
	*ret_answer = (struct plug_answer){ .result = result };
	describe_port(manager, entry, NULL, &ret_answer->port);
	return 0;
}

int method_take_descriptors(const struct caller *caller, struct error *err)
{
	return access_check(caller, METHOD_TAKE_DESCRIPTORS, err);
}

void plug_answer_done(struct plug_answer *answer)
{
	port_record_done(&answer->port);
	apply_result_done(&answer->result);
}

/*
 * Somebody has the tap open whom its loss would hurt: its guest, or where that
 * is not known, anybody. A tap has carrier while one of its queues is open
 * (drivers/net/tun.c); for a port given by fd one of them is vifd's own.
 */
static bool tap_is_held(const struct manager *manager, const struct port *port)
{
	const struct host_link *link = guest_side_find(watch_facts(manager->watch), &port->uuid);

	if (!link || strcmp(link->kind, "tun") != 0)
		return false;
	if (port->owner.pid)
		return held_by_process(port->owner.pid, link->name);
	return port->by_name && link->carrier;
}

static int check_held(const struct manager *manager, const struct port *port, bool force,
		      struct error *err)
{
	if (force || !tap_is_held(manager, port))
		return 0;
	return error_set(err, -EBUSY, ERROR_IN_USE,
			 "a process holds the tap of port %s open; end the guest or remove its NIC "
			 "first, or say --force",
			 port->name);
}

bool method_wait(struct manager *manager, bool unsettled, struct waiter *waiter)
{
	if (unsettled)
		return network_tasks_await(manager, waiter);
	guests_look(manager);
	return release_wait(manager, waiter);
}

int method_unplug(const struct caller *caller, struct manager *manager, const char *port,
		  bool force, release_callback callback, void *userdata, struct error *err)
{
	AUTO_FREE struct link_ref *links = NULL;
	struct port_entry *entry = NULL;
	size_t n_links = 0;
	int r;

	r = access_check(caller, METHOD_UNPLUG, err);
	if (r == 0)
		r = find_port(caller, manager, port, &entry, err);
	if (r == 0)
		r = access_check_port(caller, METHOD_UNPLUG, entry->port, err);
	if (r == 0)
		r = check_stays(entry, err);
	if (r == 0)
		r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = check_held(manager, entry->port, force, err);
	if (r == 0)
		r = resolve_unplug(entry->port, watch_facts(manager->watch), &links, &n_links, err);
	if (r < 0)
		return r;
	release_port(manager, entry, links, n_links, "it was unplugged", callback, userdata);
	return 0;
}
