/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One decision (decide.c), asked in three ways. A new port (resolve_plug) may
 * wait only where that was asked for; one that exists (resolve_repair) waits
 * whatever the reason, for what can be done without it has a guest; one that is
 * moved (resolve_retarget) stays where it is instead.
 *
 * A port that exists stays what it was resolved to: neither a change of its
 * network nor of the pool's use moves a guest that runs.
 */
#include <string.h>

#include "backends/setting.h"
#include "backends/side.h"
#include "resolve/actual.h"
#include "resolve/decide.h"
#include "resolve/merge.h"
#include "resolve/name.h"
#include "resolve/resolve.h"
#include "util/array.h"

/*
 * vhost-net serves virtio only, and a VMM that opens its device by name opens
 * /dev/vhost-net itself too.
 */
static int vhost_decide(const struct resolve_request *request, bool *ret_vhost, struct error *err)
{
	const struct interface *interface = request->interface;
	bool virtio = !strncmp(interface_model(interface), "virtio", strlen("virtio"));

	if (interface->driver == DRIVER_VHOST && !request->facts->vhost_net)
		return merge_at_line(
			request, interface->driver_line,
			error_set(err, -ENODEV, ERROR_SYSTEM,
				  "driver name='vhost' needs /dev/vhost-net, which this host does "
				  "not have"),
			err);
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
	return plan_undo(plan, ACTION_CLOSE_FDS) ? 0 : -ENOMEM;
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
	if (!guest_side_stands(resolution->type) || resolution->state != PORT_WAITING ||
	    request->by_name || request->can_replug)
		return 0;
	return error_set(err, -ENODEV, ERROR_NO_SUCH_DEVICE,
			 "%s; a direct port cannot wait for it, as its VMM is given the macvtap at "
			 "its start (type=live can)",
			 resolution->reason);
}

/* Has it something to give to the VMM? */
static bool has_guest_side(const struct resolution *resolution)
{
	return resolution->state == PORT_CONNECTED || !guest_side_stands(resolution->type);
}

static void resolution_give(struct resolution *from, struct resolution *ret_resolution)
{
	*ret_resolution = *from;
	*from = (struct resolution){ 0 };
}

int resolve_place(const struct resolve_request *request, struct actual *ret_actual,
		  char **ret_summary, struct error *err)
{
	AUTO_QUESTION struct question question = { 0 };
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	AUTO_ERROR struct error missing = ERROR_INIT;
	AUTO_FREE char *summary = NULL;
	int r;

	question_begin(&question, request, NULL, &resolution);
	r = actual_resolve(request, &question.asker, NULL, &question.summary, &resolution.actual,
			   &missing, err);
	if (r < 0)
		return r;
	if (missing.code) {
		r = missing.code;
		error_move(err, &missing);
		return r;
	}
	if (text_take(&question.summary, &summary) < 0)
		return error_oom(err);
	if (ret_summary)
		*ret_summary = take_ptr(summary);
	*ret_actual = resolution.actual;
	resolution.actual = (struct actual){ 0 };
	return 0;
}

int resolve_plug(const struct resolve_request *request, struct resolution *ret_resolution,
		 struct error *err)
{
	AUTO_QUESTION struct question question = { 0 };
	AUTO_RESOLUTION struct resolution resolution = { 0 };
	int r;

	question_begin(&question, request, plug_may_wait, &resolution);
	r = decide_actual(&question, NULL, &resolution, err);
	if (r == 0)
		r = name_choose(request, resolution.ifname, err);
	if (r == 0)
		r = vhost_decide(request, &resolution.vhost, err);
	if (r == 0)
		r = decide_plan(&question, &resolution, err);
	if (r == 0)
		r = check_direct_wait(request, &resolution, err);
	if (r == 0 && resolution.vhost && has_guest_side(&resolution) &&
	    plan_vhost(request->interface, &resolution.plan) < 0)
		r = error_oom(err);
	if (r == 0)
		r = decide_summary(&question, &resolution, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

/* A direct port's guest holds a macvtap: it cannot go to a bridge. */
static bool can_use(const struct port *port, const struct network *network)
{
	const struct host_side *host = host_side_place(port->interface, network,
						       &(struct actual){ 0 });

	return !guest_side_stands(port->type) || (host && host->on_interface);
}

/*
 * Does the port keep what it was resolved to? As long as that is there, whatever
 * has become of its network. It asks anew where nothing was found for it yet,
 * and where what it had is gone and the network says that something else is as
 * good, or would not give it that any more.
 */
static bool keeps_actual(const struct resolve_request *request, const struct side_request *place)
{
	const struct actual *actual = &request->port->actual;
	const struct network *network = request->network;

	if (!host_side_is_known(actual))
		return false;
	if (!network || !request->network_active || place->host->base(place) ||
	    !can_use(request->port, network))
		return true;
	return !network->failover && actual_is_offered(network, actual);
}

/* Settings stay with the port; where it has no place, what its network says by now is as good. */
static int ask_anew(struct question *question, struct resolution *resolution, struct error *err)
{
	const struct actual *actual = &question->request->port->actual;

	return decide_actual(question, host_side_is_known(actual) ? actual : NULL, resolution, err);
}

/* A direct port's new queues are of use only if its VMM can be given them. */
static int check_hand_over(const struct resolve_request *request, struct resolution *resolution,
			   struct error *err)
{
	if (!resolution->effect.opens)
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
	AUTO_QUESTION struct question question = { 0 };
	AUTO_RESOLUTION struct resolution resolution = {
		.side = request->port->side,
		.vhost = request->port->vhost,
	};
	struct side_request place;
	int r = 0;

	question_begin(&question, request, repair_may_wait, &resolution);
	snprintf(resolution.ifname, sizeof(resolution.ifname), "%s", request->port->name);
	if (actual_copy(&request->port->actual, &resolution.actual) < 0)
		return error_oom(err);
	place = question_place(&question, &resolution);
	if (!request->by_name && !request->held && !guest_side_stands(resolution.type) &&
	    !question.asker.have)
		return error_set(err, -ESTALE, ERROR_NO_SUCH_DEVICE, "its tap is gone");
	if (!keeps_actual(request, &place))
		r = ask_anew(&question, &resolution, err);
	if (r == 0)
		r = decide_plan(&question, &resolution, err);
	if (r == 0)
		r = check_hand_over(request, &resolution, err);
	if (r == 0)
		r = decide_summary(&question, &resolution, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

/* What can become the wanted place where it is needs no second host's side. */
static bool stays_on_side(const struct question *question, const struct resolution *resolution)
{
	const struct port *port = question->request->port;
	struct side_request now = side_request_of(&question->asker, &port->actual);

	now.side = port->side;
	return now.host->keeps && now.host->keeps(&now, &resolution->actual);
}

static int check_retarget(const struct resolve_request *request, struct error *err)
{
	if (!guest_side_stands(request->port->type))
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
	AUTO_QUESTION struct question question = { 0 };
	AUTO_RESOLUTION struct resolution resolution = {
		.side = request->port->side + 1,
		.vhost = request->port->vhost,
	};
	int r;

	r = check_retarget(request, err);
	if (r < 0)
		return r;
	question_begin(&question, request, retarget_may_wait, &resolution);
	snprintf(resolution.ifname, sizeof(resolution.ifname), "%s", request->port->name);
	r = decide_actual(&question, NULL, &resolution, err);
	if (r == 0 && stays_on_side(&question, &resolution))
		question.asker.side = resolution.side = request->port->side;
	if (r == 0)
		r = decide_plan(&question, &resolution, err);
	if (r == 0)
		r = decide_summary(&question, &resolution, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

/* The port's actual, with those settings that are asked for anew. */
static int actual_change(const struct resolve_request *request, const struct port_change *change,
			 struct actual *ret_actual, struct error *err)
{
	AUTO(actual_done) struct actual merged = { 0 };
	struct actual view = request->port->actual;
	int r;

	if (request->interface->network && !request->network)
		return error_set(err, -ENOENT, ERROR_NO_SUCH_NETWORK, "network '%s' does not exist",
				 request->interface->network);
	r = merge_settings(request, &request->port->actual, &merged, err);
	if (r < 0)
		return r;
	if (change->bandwidth)
		view.bandwidth = merged.bandwidth;
	if (change->vlan)
		view.vlan = merged.vlan;
	if (change->security)
		view.security = merged.security;
	if (change->isolated)
		view.isolated = merged.isolated;
	return actual_copy(&view, ret_actual) < 0 ? error_oom(err) : 0;
}

int resolve_change(const struct resolve_request *request, const struct port_change *change,
		   struct resolution *ret_resolution, struct error *err)
{
	AUTO_QUESTION struct question question = { 0 };
	AUTO_RESOLUTION struct resolution resolution = {
		.side = request->port->side,
		.vhost = request->port->vhost,
	};
	int r;

	question_begin(&question, request, repair_may_wait, &resolution);
	question.asker.repairs = true;
	question.asker.moves = false;
	snprintf(resolution.ifname, sizeof(resolution.ifname), "%s", request->port->name);
	r = actual_change(request, change, &resolution.actual, err);
	if (r == 0)
		r = decide_check_served(request, &resolution.actual, err);
	if (r == 0)
		r = decide_plan(&question, &resolution, err);
	if (r == 0)
		r = decide_summary(&question, &resolution, err);
	if (r == 0)
		resolution_give(&resolution, ret_resolution);
	return r;
}

static bool link_is_of_port(const struct host_link *link, const char *tag)
{
	struct uuid uuid;
	int64_t side;

	for (size_t i = 0; i < link->n_altnames; i++)
		if (!strncmp(link->altnames[i], tag, strlen(tag)) &&
		    port_tag_parse(link->altnames[i], &uuid, &side))
			return true;
	return false;
}

int resolve_unplug(const struct port *port, const struct facts *facts, struct link_ref **ret_links,
		   size_t *ret_n_links, struct error *err)
{
	AUTO_FREE struct link_ref *links = NULL;
	char tag[PORT_TAG_SIZE];
	size_t n = 0;

	port_tag(&port->uuid, tag);
	for (size_t i = 0; i < facts->n_links; i++) {
		struct link_ref *ref;

		if (!link_is_of_port(&facts->links[i], tag))
			continue;
		ref = array_add(&links, &n, sizeof(*ref));
		if (!ref)
			return error_oom(err);
		link_ref_set(ref, facts->links[i].name, facts->links[i].ifindex);
	}
	*ret_links = take_ptr(links);
	*ret_n_links = n;
	return 0;
}

static struct asker asker_of(const struct port *port, const struct facts *facts)
{
	return (struct asker){
		.interface = port->interface,
		.mac = port_mac(port),
		.uuid = &port->uuid,
		.type = port->type,
		.ifname = port->name,
		.side = port->side,
		.facts = facts,
		.have = guest_side_find(facts, &port->uuid),
	};
}

bool resolve_is_guarded(const struct port *port, const struct facts *facts)
{
	const struct asker asker = asker_of(port, facts);
	const struct side_request place = side_request_of(&asker, &port->actual);

	return settings_need_guard(&place);
}

const struct host_link *resolve_base(const struct port *port, const struct facts *facts)
{
	const struct asker asker = asker_of(port, facts);
	const struct side_request place = side_request_of(&asker, &port->actual);

	return place.host->base(&place);
}

void resolution_done(struct resolution *resolution)
{
	actual_done(&resolution->actual);
	free(resolution->reason);
	free(resolution->description);
	free(resolution->summary);
	plan_done(&resolution->plan);
}
