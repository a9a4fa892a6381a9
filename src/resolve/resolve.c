/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One decision, asked in three ways.
 *
 * decide() compares what a port is to be with the facts. Its answer has the
 * guest's side in any case, and the host's side if the backend can have it
 * now; else the port waits. A new port (resolve_plug) may wait only where that
 * was asked for; one that exists (resolve_repair) waits whatever the reason,
 * for what can be done without it has a guest; one that is moved
 * (resolve_retarget) stays where it is instead.
 */
#include <string.h>

#include "backends/backend.h"
#include "resolve/actual.h"
#include "resolve/name.h"
#include "resolve/resolve.h"

static enum port_type port_type_decide(const struct resolve_request *request)
{
	if (request->port)
		return request->port->type;
	if (request->interface->port_type != PORT_TYPE_UNSET)
		return request->interface->port_type;
	if (request->network && request->network->port_type != PORT_TYPE_UNSET)
		return request->network->port_type;
	return PORT_TYPE_LIVE;
}

static struct backend_request backend_request_of(const struct resolve_request *request,
						 const struct resolution *resolution)
{
	return (struct backend_request){
		.interface = request->interface,
		.actual = &resolution->actual,
		.facts = request->facts,
		.ports = request->ports,
		.n_ports = request->n_ports,
		.ifname = resolution->ifname,
		.uuid = &request->uuid,
		.side = resolution->side,
		.by_name = request->by_name,
		.held = request->held,
		.rewire = request->rewire,
		.repairs = request->port && request->interface == request->port->interface,
		.moves = request->port && request->interface != request->port->interface,
		.reopen = request->reopen,
	};
}

/*
 * vhost-net serves virtio only, and a VMM that opens its device by name opens
 * /dev/vhost-net itself too.
 */
static int vhost_decide(const struct resolve_request *request, bool *ret_vhost, struct error *err)
{
	const struct interface *interface = request->interface;
	bool virtio = !strncmp(interface_model(interface), "virtio", strlen("virtio"));

	if (interface->driver == DRIVER_VHOST && !request->facts->vhost_net)
		return error_set(err, -ENODEV, ERROR_SYSTEM,
				 "driver name='vhost' needs /dev/vhost-net, which this host does "
				 "not have");
	*ret_vhost = request->facts->vhost_net && virtio && !request->by_name &&
		     interface->driver != DRIVER_QEMU;
	return 0;
}

static int plan_vhost(const struct interface *interface, struct plan *plan)
{
	struct plan_step *step = plan_add(plan, ACTION_OPEN_VHOST);

	if (!step)
		return -ENOMEM;
	step->action.queues = interface_queues(interface);
	step->undo.kind = ACTION_CLOSE_FDS;
	return 0;
}

static void summarize(const struct resolve_request *request, const struct resolution *resolution,
		      struct text *summary)
{
	const struct interface *interface = request->interface;
	char mac[MAC_TEXT_SIZE];

	mac_format(&interface->mac, mac);
	text_add(summary, "%s: %s, for guest address %s\n", resolution->ifname,
		 resolution->description, mac);
	if (resolution->state == PORT_WAITING)
		text_add(summary, "it waits: %s\n", resolution->reason);
	if (interface->driver == DRIVER_UNSET && !resolution->vhost && !request->by_name &&
	    interface_has_vnet_hdr(interface))
		text_add(summary, "without vhost-net: frames go through the VMM's process\n");
	if (interface->link == LINK_STATE_DOWN)
		text_add(summary, "its link is down as asked: no traffic until it is set up\n");
}

/* The port has to wait, for the reason that the error gives. Empties the error. */
static int wait_for(struct resolution *resolution, struct error *reason, struct error *err)
{
	resolution->state = PORT_WAITING;
	resolution->reason = strdup(error_text(reason));
	error_done(reason);
	return resolution->reason ? 0 : error_oom(err);
}

static int describe(const struct backend *backend, struct resolution *resolution, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;

	if (resolution->actual.type == INTERFACE_DIRECT && !resolution->actual.dev)
		text_add(&text, "a tap for an interface of its network");
	else
		backend->describe(&resolution->actual, &text);
	return text_take(&text, &resolution->description) < 0 ? error_oom(err) : 0;
}

/* The steps, for a resolution whose state, actual, side and name are decided. */
static int plan_make(const struct backend *backend, const struct backend_request *request,
		     struct resolution *resolution, struct error *err)
{
	struct plan *plan = &resolution->plan;
	bool waits = resolution->state == PORT_WAITING;
	int r = 0;

	if (backend->guest)
		r = backend->guest(request, plan);
	if (r == 0 && !waits)
		r = backend->host(request, plan);
	if (r == 0 && (!waits || backend->guest))
		r = backend->finish(request, waits, plan);
	return r < 0 ? error_oom(err) : 0;
}

/* A device that was renamed is known by its new name from now on. */
static int actual_follow(const struct backend *backend, const struct backend_request *request,
			 struct actual *actual, struct error *err)
{
	const struct host_link *base = backend->base(request);
	char **name = actual->type == INTERFACE_DIRECT ? &actual->dev : &actual->bridge;
	char *copy;

	if (!base || (*name && facts_find(request->facts, *name) == base))
		return 0;
	copy = strdup(base->name);
	if (!copy)
		return error_oom(err);
	free(*name);
	*name = copy;
	return 0;
}

/*
 * Fills state, reason, description, mtu and plan. `may_wait` says whether the
 * error of the check is a reason to wait, or fails the whole.
 */
static int decide(const struct resolve_request *request,
		  bool (*may_wait)(const struct resolve_request *, const struct error *),
		  struct resolution *resolution, struct error *err)
{
	const struct backend *backend = backend_get(resolution->actual.type, resolution->type);
	struct backend_request backend_request = backend_request_of(request, resolution);
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	if (resolution->state != PORT_WAITING) {
		resolution->state = PORT_CONNECTED;
		r = backend->check(&backend_request, &reason);
		if (r < 0 && !may_wait(request, &reason)) {
			error_move(err, &reason);
			return r;
		}
		if (r < 0 && wait_for(resolution, &reason, err) < 0)
			return -ENOMEM;
	}
	r = actual_follow(backend, &backend_request, &resolution->actual, err);
	if (r == 0)
		r = plan_make(backend, &backend_request, resolution, err);
	if (r == 0)
		r = describe(backend, resolution, err);
	resolution->mtu = backend_mtu(backend, &backend_request);
	return r;
}

/* What a new port may wait for: something that does not exist yet, if it was said that it may. */
static bool plug_may_wait(const struct resolve_request *request, const struct error *reason)
{
	return request->interface->optional && reason->kind == ERROR_NO_SUCH_DEVICE;
}

static bool repair_may_wait(const struct resolve_request *request, const struct error *reason)
{
	return reason->code != -ENOMEM;
}

/* A port that is moved stays where it is instead. */
static bool retarget_may_wait(const struct resolve_request *request, const struct error *reason)
{
	(void)request;
	(void)reason;
	return false;
}

/* A direct port that waits has nothing to give to its VMM at the start. */
static int check_direct_wait(const struct resolve_request *request,
			     const struct resolution *resolution, struct error *err)
{
	if (resolution->type != PORT_TYPE_DIRECT || resolution->state != PORT_WAITING ||
	    request->by_name || request->can_replug)
		return 0;
	return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
			 "%s; a direct port cannot wait for it, as its VMM is given the macvtap at "
			 "its start (type=live can)",
			 resolution->reason);
}

/* The actual of a port that is new or is given another source. */
static int resolve_actual(const struct resolve_request *request,
			  bool (*may_wait)(const struct resolve_request *, const struct error *),
			  struct resolution *resolution, struct text *summary, struct error *err)
{
	struct backend_request base = backend_request_of(request, resolution);
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	r = actual_resolve(request, &base, resolution->type, summary, &resolution->actual, &reason);
	if (r == 0)
		return 0;
	if (!may_wait(request, &reason) || !actual_undecided(request, &resolution->actual)) {
		error_move(err, &reason);
		return r;
	}
	return wait_for(resolution, &reason, err);
}

static int finish_resolution(const struct resolve_request *request, struct resolution *resolution,
			     struct text *summary, struct error *err)
{
	summarize(request, resolution, summary);
	return text_take(summary, &resolution->summary) < 0 ? error_oom(err) : 0;
}

static void resolution_give(struct resolution *from, struct resolution *ret_resolution)
{
	*ret_resolution = *from;
	*from = (struct resolution){ 0 };
}

int resolve_plug(const struct resolve_request *request, struct resolution *ret_resolution,
		 struct error *err)
{
	AUTO_RESOLUTION struct resolution resolution = { .type = port_type_decide(request) };
	AUTO_TEXT struct text summary = TEXT_INIT;
	int r;

	r = resolve_actual(request, plug_may_wait, &resolution, &summary, err);
	if (r == 0)
		r = name_choose(request, resolution.ifname, err);
	if (r == 0)
		r = vhost_decide(request, &resolution.vhost, err);
	if (r == 0)
		r = decide(request, plug_may_wait, &resolution, err);
	if (r == 0)
		r = check_direct_wait(request, &resolution, err);
	if (r == 0 && resolution.vhost &&
	    (resolution.type != PORT_TYPE_DIRECT || resolution.state == PORT_CONNECTED) &&
	    plan_vhost(request->interface, &resolution.plan) < 0)
		r = error_oom(err);
	if (r == 0)
		r = finish_resolution(request, &resolution, &summary, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

/*
 * Does the port keep what it was resolved to? It lets go only where nothing was
 * found for it yet, or where its network says that another interface of the
 * pool is as good.
 */
static bool keeps_actual(const struct resolve_request *request,
			 const struct backend_request *backend_request,
			 const struct backend *backend)
{
	const struct actual *actual = &request->port->actual;

	if (!request->network || !request->network_active)
		return actual->type != INTERFACE_DIRECT || actual->dev;
	if (actual->type == INTERFACE_DIRECT && !actual->dev)
		return false;
	return !request->network->failover || backend->base(backend_request);
}

static bool plan_opens(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].action.kind == ACTION_OPEN_MACVTAP)
			return true;
	return false;
}

/* A direct port's new queues are of use only if its VMM can be given them. */
static int check_hand_over(const struct resolve_request *request, struct resolution *resolution,
			   struct error *err)
{
	if (!plan_opens(&resolution->plan))
		return 0;
	if (!request->can_replug)
		return error_set(
			err, -EOPNOTSUPP, ERROR_NOT_SUPPORTED,
			"its macvtap was lost with %s, and its VMM cannot be given a new one: "
			"no QMP socket of it is known (vif plug --qmp; type=live needs none)",
			resolution->actual.dev);
	if (resolution->vhost && plan_vhost(request->interface, &resolution->plan) < 0)
		return error_oom(err);
	return 0;
}

int resolve_repair(const struct resolve_request *request, struct resolution *ret_resolution,
		   struct error *err)
{
	AUTO_RESOLUTION struct resolution resolution = {
		.type = request->port->type,
		.side = request->port->side,
		.vhost = request->port->vhost,
	};
	AUTO_TEXT struct text summary = TEXT_INIT;
	struct backend_request backend_request;
	const struct backend *backend;
	int r = 0;

	snprintf(resolution.ifname, sizeof(resolution.ifname), "%s", request->port->name);
	if (actual_copy(&request->port->actual, &resolution.actual) < 0)
		return error_oom(err);
	backend = backend_get(resolution.actual.type, resolution.type);
	backend_request = backend_request_of(request, &resolution);
	if (!request->by_name && !request->held && resolution.type == PORT_TYPE_LIVE &&
	    !backend_have(&backend_request))
		return error_set(err, -ESTALE, ERROR_NO_SUCH_DEVICE, "its tap is gone");
	if (!keeps_actual(request, &backend_request, backend)) {
		struct actual kept = resolution.actual;

		resolution.actual = (struct actual){ 0 };
		r = resolve_actual(request, repair_may_wait, &resolution, &summary, err);
		actual_done(&kept);
	}
	if (r == 0)
		r = decide(request, repair_may_wait, &resolution, err);
	if (r == 0)
		r = check_hand_over(request, &resolution, err);
	if (r == 0)
		r = finish_resolution(request, &resolution, &summary, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

/*
 * A mode that the kernel can change in place needs no second host's side:
 * same interface, and passthrough on neither end.
 */
static bool stays_on_side(const struct resolve_request *request,
			  const struct resolution *resolution)
{
	struct backend_request now = backend_request_of(request, resolution);
	const struct host_link *side, *lower;

	now.side = request->port->side;
	side = backend_have_side(&now);
	if (!side || resolution->actual.type != INTERFACE_DIRECT || !resolution->actual.dev)
		return false;
	lower = facts_find(request->facts, resolution->actual.dev);
	return lower && side->lower == lower->ifindex && side->mode != DIRECT_PASSTHROUGH &&
	       resolution->actual.mode != DIRECT_PASSTHROUGH;
}

static int check_retarget(const struct resolve_request *request, struct error *err)
{
	if (request->port->type == PORT_TYPE_LIVE)
		return 0;
	return error_set(
		err, -ENOTSUP, ERROR_NOT_SUPPORTED,
		"port %s is a direct port: its guest holds the macvtap itself, which cannot "
		"be exchanged (type=live can)",
		request->port->name);
}

int resolve_retarget(const struct resolve_request *request, struct resolution *ret_resolution,
		     struct error *err)
{
	AUTO_RESOLUTION struct resolution resolution = {
		.type = PORT_TYPE_LIVE,
		.side = request->port->side + 1,
		.vhost = request->port->vhost,
	};
	AUTO_TEXT struct text summary = TEXT_INIT;
	int r;

	r = check_retarget(request, err);
	if (r < 0)
		return r;
	snprintf(resolution.ifname, sizeof(resolution.ifname), "%s", request->port->name);
	r = resolve_actual(request, retarget_may_wait, &resolution, &summary, err);
	if (r == 0 && stays_on_side(request, &resolution))
		resolution.side = request->port->side;
	if (r == 0)
		r = decide(request, retarget_may_wait, &resolution, err);
	if (r == 0)
		r = finish_resolution(request, &resolution, &summary, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

static bool link_is_of_port(const struct host_link *link, const struct port *port)
{
	struct uuid uuid;
	int64_t side;

	for (size_t i = 0; i < link->n_altnames; i++)
		if (port_tag_parse(link->altnames[i], &uuid, &side) &&
		    uuid_equal(&uuid, &port->uuid))
			return true;
	return false;
}

int resolve_unplug(const struct port *port, const struct facts *facts, struct plan *ret_plan,
		   struct error *err)
{
	AUTO_PLAN struct plan plan = { 0 };

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct host_link *link = &facts->links[i];
		struct plan_step *step;

		if (!link_is_of_port(link, port))
			continue;
		step = plan_add(&plan, ACTION_DELETE_LINK);
		if (!step)
			return error_oom(err);
		link_ref_set(&step->action.link, link->name, link->ifindex);
	}
	*ret_plan = plan;
	plan = (struct plan){ 0 };
	return 0;
}

static struct backend_request request_of_port(const struct port *port, const struct facts *facts)
{
	return (struct backend_request){
		.interface = port->interface,
		.actual = &port->actual,
		.facts = facts,
		.ifname = port->name,
		.uuid = &port->uuid,
		.side = port->side,
	};
}

const struct host_link *resolve_base(const struct port *port, const struct facts *facts)
{
	const struct backend_request request = request_of_port(port, facts);

	return backend_get(port->actual.type, port->type)->base(&request);
}

void resolution_done(struct resolution *resolution)
{
	actual_done(&resolution->actual);
	free(resolution->reason);
	free(resolution->description);
	free(resolution->summary);
	plan_done(&resolution->plan);
}
