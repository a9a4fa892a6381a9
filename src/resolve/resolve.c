/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "backends/backend.h"
#include "resolve/actual.h"
#include "resolve/name.h"
#include "resolve/resolve.h"

/* The tag is kept by the caller: a backend request borrows it. */
static struct backend_request request_begin(const struct resolve_request *request, const char *tag)
{
	return (struct backend_request){
		.interface = request->interface,
		.facts = request->facts,
		.ports = request->ports,
		.n_ports = request->n_ports,
		.tag = tag,
		.by_name = request->by_name,
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
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
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
	if (interface->driver == DRIVER_UNSET && !resolution->vhost && !request->by_name &&
	    interface_has_vnet_hdr(interface))
		text_add(summary, "without vhost-net: frames go through the VMM's process\n");
	if (interface->link == LINK_STATE_DOWN)
		text_add(summary, "its link is down as asked: no traffic until it is set up\n");
}

static int plan_make(const struct resolve_request *request,
		     const struct backend_request *backend_request, struct resolution *resolution,
		     struct text *summary, struct error *err)
{
	const struct backend *backend = backend_get(resolution->actual.type);
	AUTO_TEXT struct text description = TEXT_INIT;
	int r;

	r = backend->check(backend_request, err);
	if (r < 0)
		return r;
	r = vhost_decide(request, &resolution->vhost, err);
	if (r < 0)
		return r;
	if (backend->make(backend_request, &resolution->plan) < 0)
		return error_oom(err);
	if (resolution->vhost && plan_vhost(request->interface, &resolution->plan) < 0)
		return error_oom(err);
	resolution->mtu = request->interface->mtu ? request->interface->mtu
						  : backend->mtu(backend_request);
	backend->describe(&resolution->actual, &description);
	if (text_take(&description, &resolution->description) < 0)
		return error_oom(err);
	summarize(request, resolution, summary);
	return 0;
}

int resolve_plug(const struct resolve_request *request, struct resolution *ret_resolution,
		 struct error *err)
{
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_TEXT struct text summary = TEXT_INIT;
	const struct port port = { .uuid = request->uuid };
	struct backend_request backend_request;
	char tag[PORT_TAG_SIZE];
	int r;

	port_tag(&port, tag);
	backend_request = request_begin(request, tag);
	r = actual_resolve(request, &backend_request, &summary, &resolution.actual, err);
	if (r < 0)
		return r;
	r = name_choose(request, resolution.ifname, err);
	if (r < 0)
		return r;
	backend_request.actual = &resolution.actual;
	backend_request.ifname = resolution.ifname;
	r = plan_make(request, &backend_request, &resolution, &summary, err);
	if (r < 0)
		return r;
	if (text_take(&summary, &resolution.summary) < 0)
		return error_oom(err);
	*ret_resolution = resolution;
	resolution = (struct resolution){ 0 };
	return 0;
}

int resolve_repair(const struct port *port, const struct facts *facts,
		   const struct port *const *ports, size_t n_ports, struct plan *ret_plan,
		   struct error *err)
{
	const struct backend *backend = backend_get(port->actual.type);
	AUTO_PLAN struct plan plan = { 0 };
	char tag[PORT_TAG_SIZE];
	struct backend_request request = {
		.interface = port->interface,
		.actual = &port->actual,
		.facts = facts,
		.ports = ports,
		.n_ports = n_ports,
		.ifname = port->name,
		.tag = tag,
		.by_name = port->by_name,
	};
	int r;

	port_tag(port, tag);
	if (!port->by_name && !facts_find(facts, tag))
		return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
				 "its device %s is gone, and with it the guest's connection",
				 port->name);
	r = backend->check(&request, err);
	if (r < 0)
		return r;
	if (backend->make(&request, &plan) < 0)
		return error_oom(err);
	*ret_plan = plan;
	plan = (struct plan){ 0 };
	return 0;
}

/* A tap has carrier while somebody holds one of its queues open (drivers/net/tun.c). */
static bool tap_is_held(const struct host_link *link)
{
	return !strcmp(link->kind, "tun") && link->carrier;
}

int resolve_unplug(const struct port *port, const struct facts *facts, bool force,
		   struct plan *ret_plan, struct error *err)
{
	AUTO_PLAN struct plan plan = { 0 };
	const struct host_link *link;
	struct plan_step *step;
	char tag[PORT_TAG_SIZE];

	port_tag(port, tag);
	link = facts_find(facts, tag);
	if (link && !force && tap_is_held(link))
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "a process holds the tap of port %s open; end the guest or remove "
				 "its NIC first, or say --force",
				 port->name);
	if (link) {
		step = plan_add(&plan, ACTION_DELETE_LINK);
		if (!step)
			return error_oom(err);
		link_ref_set(&step->action.link, link->name, link->ifindex);
	}
	*ret_plan = plan;
	plan = (struct plan){ 0 };
	return 0;
}

void resolution_done(struct resolution *resolution)
{
	actual_done(&resolution->actual);
	free(resolution->description);
	free(resolution->summary);
	plan_done(&resolution->plan);
}
