/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a port is to be is compared with the facts. The answer has the guest's
 * side in any case, and the host's side if the backend can have it now; else
 * the port waits, or the whole fails: that differs between those who ask.
 */
#include <string.h>

#include "resolve/actual.h"
#include "resolve/decide.h"
#include "resolve/merge.h"

void question_done(struct question *question)
{
	usage_done(&question->usage);
	text_done(&question->summary);
}

enum port_type decide_port_type(const struct resolve_request *request)
{
	if (request->port)
		return request->port->type;
	if (request->interface->port_type != PORT_TYPE_UNSET)
		return request->interface->port_type;
	if (request->network && request->network->port_type != PORT_TYPE_UNSET)
		return request->network->port_type;
	return PORT_TYPE_LIVE;
}

/* A tap that changes from an interface to a bridge is still wired to what is gone. */
static bool changes_type(const struct resolve_request *request, const struct resolution *resolution)
{
	return request->port && request->port->actual.type != resolution->actual.type;
}

struct backend_request decide_backend_request(struct question *question,
					      const struct resolution *resolution)
{
	const struct resolve_request *request = question->request;

	return (struct backend_request){
		.interface = request->interface,
		.actual = &resolution->actual,
		.facts = request->facts,
		.ports = request->ports,
		.n_ports = request->n_ports,
		.usage = &question->usage,
		.ifname = resolution->ifname,
		.uuid = &request->uuid,
		.side = resolution->side,
		.by_name = request->by_name,
		.held = request->held,
		.rewire = request->rewire || changes_type(request, resolution),
		.repairs = request->port && request->interface == request->port->interface,
		.moves = request->port && request->interface != request->port->interface,
		.reopen = request->reopen,
	};
}

/* On nothing but a bridge the kernel can keep ports apart one by one. */
static int check_isolated(const struct actual *actual, struct error *err)
{
	if (actual->isolated != TRISTATE_YES || actual->type == INTERFACE_BRIDGE)
		return 0;
	if (actual->type != INTERFACE_DIRECT)
		return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
				 "<port isolated='yes'> needs a bridge, and this is a tap alone");
	return error_set(err, -EINVAL, ERROR_DEVICE_UNSUITABLE,
			 "<port isolated='yes'> needs a bridge, and this is a macvtap%s%s "
			 "(mode='private' keeps guests apart there)",
			 actual->dev ? " on " : "", actual->dev ? actual->dev : "");
}

int decide_check_served(const struct resolve_request *request, const struct actual *actual,
			struct error *err)
{
	int r = interface_check_served(request->interface, err);

	if (r == 0)
		r = actual_check_served(actual, err);
	if (r < 0)
		return r;
	return merge_at_line(request, request->interface->isolated_line,
			     check_isolated(actual, err), err);
}

/* The port has to wait, for the reason that the error gives. Empties the error. */
static int wait_for(struct resolution *resolution, struct error *reason, struct error *err)
{
	resolution->state = PORT_WAITING;
	resolution->reason = strdup(error_text(reason));
	error_done(reason);
	return resolution->reason ? 0 : error_oom(err);
}

int decide_actual(struct question *question, const struct actual *kept,
		  struct resolution *resolution, struct error *err)
{
	const struct resolve_request *request = question->request;
	const struct backend_request base = decide_backend_request(question, resolution);
	AUTO_ERROR struct error missing = ERROR_INIT;
	struct actual actual;
	int r;

	r = actual_resolve(request, &base, resolution->type, kept, &question->summary, &actual,
			   &missing, err);
	if (r < 0)
		return r;
	actual_done(&resolution->actual);
	resolution->actual = actual;
	if (!kept)
		r = decide_check_served(request, &resolution->actual, err);
	if (r < 0 || !missing.code)
		return r;
	if (question->may_wait(request, &missing))
		return wait_for(resolution, &missing, err);
	r = missing.code;
	error_move(err, &missing);
	return r;
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

int decide_plan(struct question *question, struct resolution *resolution, struct error *err)
{
	const struct resolve_request *request = question->request;
	const struct backend *backend = backend_get(resolution->actual.type, resolution->type);
	struct backend_request backend_request = decide_backend_request(question, resolution);
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	if (resolution->state != PORT_WAITING) {
		resolution->state = PORT_CONNECTED;
		r = backend->check(&backend_request, &reason);
		if (r < 0 && !question->may_wait(request, &reason)) {
			error_move(err, &reason);
			return r;
		}
		if (r < 0 && wait_for(resolution, &reason, err) < 0)
			return -ENOMEM;
	}
	r = actual_follow(backend, &backend_request, &resolution->actual, err);
	if (r == 0)
		r = plan_make(backend, &backend_request, resolution, err);
	resolution->effect = plan_effect(&resolution->plan);
	if (r == 0)
		r = describe(backend, resolution, err);
	resolution->mtu = backend_mtu(backend, &backend_request);
	return r;
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

int decide_summary(struct question *question, struct resolution *resolution, struct error *err)
{
	summarize(question->request, resolution, &question->summary);
	return text_take(&question->summary, &resolution->summary) < 0 ? error_oom(err) : 0;
}
