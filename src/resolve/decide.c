/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a port is to be is compared with the facts. The answer has the guest's
 * side in any case, and the host's side if it can be had now; else
 * the port waits, or the whole fails: that differs between those who ask.
 */
#include <string.h>

#include "backends/setting.h"
#include "model/group-compile.h"
#include "resolve/actual.h"
#include "backends/make.h"
#include "resolve/decide.h"

void question_done(struct question *question)
{
	usage_done(&question->usage);
	text_done(&question->summary);
}

static enum port_type port_type_of(const struct resolve_request *request)
{
	enum port_type type;

	if (request->port)
		return request->port->type;
	type = request->interface->port_type;
	if (!type && request->network)
		type = request->network->port_type;
	return guest_side_of(type)->type;
}

void question_begin(struct question *question, const struct resolve_request *request,
		    bool (*may_wait)(const struct resolve_request *, const struct error *),
		    struct resolution *resolution)
{
	resolution->type = port_type_of(request);
	question->request = request;
	question->may_wait = may_wait;
	question->asker = (struct asker){
		.interface = request->interface,
		.mac = request->port && request->port->has_guest_mac ? &request->port->guest_mac
								     : &request->interface->mac,
		.uuid = &request->uuid,
		.type = resolution->type,
		.ifname = resolution->ifname,
		.side = resolution->side,
		.facts = request->facts,
		.have = guest_side_find(request->facts, &request->uuid),
		.ports = request->ports,
		.n_ports = request->n_ports,
		.usage = &question->usage,
		.by_name = request->by_name,
		.device_uid = request->device_uid,
		.reader = request->reader,
		.held = request->held,
		.reopen = request->reopen,
		.repairs = request->port && request->interface == request->port->interface,
		.moves = request->port && request->interface != request->port->interface,
	};
}

/* A tap that changes from an interface to a bridge is still wired to what is gone. */
static bool changes_type(const struct resolve_request *request, const struct resolution *resolution)
{
	return request->port && request->port->actual.type != resolution->actual.type;
}

struct side_request question_place(const struct question *question,
				   const struct resolution *resolution)
{
	struct side_request place = side_request_of(&question->asker, &resolution->actual);

	place.rewire = question->request->rewire || changes_type(question->request, resolution);
	return place;
}

static int check_groups(const struct resolve_request *request, const struct security *security,
			struct error *err)
{
	AUTO(packet_filter_done) struct packet_filter filter = { 0 };

	if (!request->find_group || security->n_groups == 0)
		return 0;
	return group_compile(security->groups, security->n_groups, request->find_group,
			     request->groups, &filter, err);
}

int decide_check_served(const struct resolve_request *request, const struct actual *actual,
			struct error *err)
{
	int r = interface_check_served(request->interface, err);

	if (r == 0)
		r = settings_check(actual, err);
	return r == 0 ? check_groups(request, &actual->security, err) : r;
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
	AUTO_ERROR struct error missing = ERROR_INIT;
	struct actual actual;
	int r;

	r = actual_resolve(request, &question->asker, kept, &question->summary, &actual, &missing,
			   err);
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

static int describe(const struct side_request *place, struct resolution *resolution,
		    struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;

	place->host->describe(place, &text);
	settings_describe(place->actual, &text);
	return text_take(&text, &resolution->description) < 0 ? error_oom(err) : 0;
}

/* A device that was renamed is known by its new name from now on. */
static int actual_follow(const struct side_request *place, struct actual *actual, struct error *err)
{
	const struct host_link *base = place->host->base(place);
	char **name = actual->bridge ? &actual->bridge : &actual->dev;
	char *copy;

	if (!base || (*name && facts_find(place->asker->facts, *name) == base))
		return 0;
	copy = strdup(base->name);
	if (!copy)
		return error_oom(err);
	free(*name);
	*name = copy;
	return 0;
}

/* All is there, and the bridge lets nothing pass yet: until then the port is not connected. */
static int hold_back(const struct side_request *place, struct resolution *resolution,
		     struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *reason = NULL;

	if (place->host->hold_back)
		place->host->hold_back(place, &text);
	if (text_take(&text, &reason) < 0)
		return error_oom(err);
	if (!*reason)
		return 0;
	resolution->state = PORT_WAITING;
	resolution->held_back = true;
	resolution->reason = take_ptr(reason);
	return 0;
}

int decide_plan(struct question *question, struct resolution *resolution, struct error *err)
{
	const struct resolve_request *request = question->request;
	const struct side_request place = question_place(question, resolution);
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	if (resolution->state != PORT_WAITING) {
		resolution->state = PORT_CONNECTED;
		r = place.host->check(&place, &reason);
		if (r < 0 && !question->may_wait(request, &reason)) {
			error_move(err, &reason);
			return r;
		}
		if (r < 0 && wait_for(resolution, &reason, err) < 0)
			return -ENOMEM;
	}
	r = actual_follow(&place, &resolution->actual, err);
	if (r == 0 && sides_make(&place, resolution->state == PORT_WAITING, &resolution->plan) < 0)
		r = error_oom(err);
	resolution->effect = plan_effect(&resolution->plan);
	if (r == 0)
		r = describe(&place, resolution, err);
	resolution->mtu = interface_guest_mtu(request->interface, place.host->mtu(&place));
	return r < 0 || resolution->state != PORT_CONNECTED ? r
							    : hold_back(&place, resolution, err);
}

/* On a bridge guests and host reach each other all the same. */
static void tell_carrier(const struct facts *facts, const struct host_link *base,
			 struct text *summary)
{
	const struct host_link *dead = facts_without_carrier(facts, base);

	if (dead == base)
		text_add(summary, "%s has no carrier: nothing passes as long as that lasts\n",
			 dead->name);
	else if (dead)
		text_add(summary,
			 "%s has no carrier: nothing beyond bridge %s is reached as long as that "
			 "lasts\n",
			 dead->name, base->name);
}

static void summarize(const struct resolve_request *request, const struct resolution *resolution,
		      const struct host_link *base, struct text *summary)
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
	if (base)
		tell_carrier(request->facts, base, summary);
	if (interface->link == LINK_STATE_DOWN)
		text_add(summary,
			 "its link is down as asked: no traffic until it is set up (vif set %s "
			 "link=up)\n",
			 resolution->ifname);
}

int decide_summary(struct question *question, struct resolution *resolution, struct error *err)
{
	const struct side_request place = question_place(question, resolution);

	summarize(question->request, resolution, place.host->base(&place), &question->summary);
	return text_take(&question->summary, &resolution->summary) < 0 ? error_oom(err) : 0;
}
