/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a virtualport or a floor makes sense depends on where the interface
 * ends, and that is known before a device is: its host's side says what it
 * carries. So it is refused here, and a port does not wait for what it could not
 * use.
 */
#include <inttypes.h>
#include <string.h>

#include "backends/side.h"
#include "resolve/merge.h"
#include "util/parse.h"

/* The three that settings come from. */
struct sources {
	const struct resolve_request *request;
	const struct interface *interface;
	const struct portgroup *portgroup; /* NULL: none */
	const struct network *network;     /* NULL: the interface names none */
	const struct carries *carries;     /* what there is room for where it ends */
};

/* In the record of a port, which it is read from later, a line is another one, and nobody's. */
static unsigned asked_line(const struct resolve_request *request, unsigned line)
{
	return request->port && request->port->interface == request->interface ? 0 : line;
}

int merge_at_line(const struct resolve_request *request, unsigned line, int r, struct error *err)
{
	line = asked_line(request, line);
	if (r < 0 && line)
		error_prefix(err, "line %u: ", line);
	return r;
}

static int no_such_portgroup(const struct network *network, const char *name, struct error *err)
{
	AUTO_TEXT struct text text = TEXT_INIT;
	AUTO_FREE char *others = NULL;

	for (size_t i = 0; i < network->n_portgroups; i++)
		text_add(&text, "%s'%s'", i ? ", " : "; it has ", network->portgroups[i].name);
	if (text_take(&text, &others) < 0)
		return error_oom(err);
	return error_set(err, -ENOENT, ERROR_INVALID_ARGUMENT,
			 "network '%s' has no portgroup '%s'%s", network->name, name, others);
}

/* The named one, else the default one, else none. */
static int find_portgroup(struct sources *sources, struct error *err)
{
	const char *name = sources->interface->portgroup;

	if (!sources->network)
		return 0;
	if (!name) {
		sources->portgroup = network_default_portgroup(sources->network);
		return 0;
	}
	sources->portgroup = network_portgroup(sources->network, name);
	if (sources->portgroup)
		return 0;
	return merge_at_line(sources->request, sources->interface->source_line,
			     no_such_portgroup(sources->network, name, err), err);
}

static int check_virtualport(const struct sources *sources, const struct virtualport *merged,
			     struct error *err)
{
	const struct carries *carries = sources->carries;

	if (merged->type == VIRTUALPORT_NONE || carries->virtualports & 1U << merged->type)
		return 0;
	if (sources->network)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "<virtualport type='%s'> not supported for network '%s' which %s "
				 "(%s)",
				 virtualport_type_name(merged->type), sources->network->name,
				 carries->uses, carries->virtualports_text);
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "<virtualport type='%s'> not supported for interface type='%s', which %s "
			 "(%s)",
			 virtualport_type_name(merged->type),
			 interface_type_name(sources->interface->type), carries->uses,
			 carries->virtualports_text);
}

static int place_names(const struct sources *sources, char **ret_network, char **ret_portgroup,
		       struct error *err)
{
	AUTO_FREE char *network = NULL, *portgroup = NULL;

	network = text_format("network '%s'", sources->network ? sources->network->name : "");
	if (sources->portgroup)
		portgroup = text_format("portgroup '%s' of network '%s'", sources->portgroup->name,
					sources->network->name);
	if (!network || (sources->portgroup && !portgroup))
		return error_oom(err);
	*ret_network = take_ptr(network);
	*ret_portgroup = take_ptr(portgroup);
	return 0;
}

static int merge_virtualport(const struct sources *sources, struct virtualport *ret_merged,
			     struct error *err)
{
	static const struct virtualport none;
	AUTO_FREE char *network_name = NULL, *portgroup_name = NULL;
	struct virtualport_source interface = { &sources->interface->virtualport, "the interface" };
	struct virtualport_source portgroup = { &none, "" }, network = { &none, "" };
	struct virtualport merged = { 0 };
	int r;

	r = place_names(sources, &network_name, &portgroup_name, err);
	if (r < 0)
		return r;
	if (sources->network)
		network = (struct virtualport_source){ &sources->network->virtualport,
						       network_name };
	if (sources->portgroup)
		portgroup = (struct virtualport_source){ &sources->portgroup->virtualport,
							 portgroup_name };
	r = virtualport_merge(&interface, &portgroup, &network, sources->request->strict,
			      &sources->request->uuid, &merged, err);
	if (r == 0)
		r = check_virtualport(sources, &merged, err);
	if (r == 0)
		*ret_merged = merged;
	return merge_at_line(sources->request, interface.port->line, r, err);
}

/* Only vifd's own bridges share their bandwidth out. */
static int check_floor(const struct sources *sources, struct error *err)
{
	const struct interface *interface = sources->interface;

	if (!interface->bandwidth.inbound.floor || sources->carries->floor)
		return 0;
	if (sources->network)
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "bandwidth 'floor' needs a network with forward mode nat, route, "
				 "open or none, and network '%s' has mode='%s'",
				 sources->network->name,
				 forward_mode_name(sources->network->forward));
	return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
			 "bandwidth 'floor' needs a network with forward mode nat, route, open or "
			 "none, and this is an interface type='%s'",
			 interface_type_name(interface->type));
}

/* One that has a part of what the network gets; not the port that is asked about. */
static bool has_floor(const struct sources *sources, const struct port *port)
{
	return port->actual.managed && port->actual.bandwidth.class_id > 0 &&
	       streq(port->interface->network, sources->network->name) &&
	       !uuid_equal(&port->uuid, &sources->request->uuid);
}

static int check_overcommit(const struct sources *sources, struct error *err)
{
	const struct resolve_request *request = sources->request;
	const struct bandwidth_limit *inbound = &sources->network->bandwidth.inbound;
	uint64_t wanted = sources->interface->bandwidth.inbound.floor, kept = 0;
	uint64_t most = bandwidth_limit_floors(inbound);

	if (!bandwidth_limit_asks(inbound))
		return error_set(err, -EINVAL, ERROR_INVALID_ARGUMENT,
				 "bandwidth 'floor' needs a network with <bandwidth><inbound "
				 "average=>, of which it is a part, and network '%s' has none",
				 sources->network->name);
	for (size_t i = 0; i < request->n_ports; i++)
		if (has_floor(sources, request->ports[i]) &&
		    request->ports[i]->state != PORT_REMOVING)
			kept += request->ports[i]->actual.bandwidth.inbound.floor;
	if (kept + wanted <= most)
		return 0;
	error_set(err, -EBUSY, ERROR_IN_USE,
		  "bandwidth floor='%" PRIu64 "' cannot be had: the inbound %s of network '%s' is "
		  "%" PRIu64 " KiB/s",
		  wanted, inbound->peak ? "peak" : "average", sources->network->name, most);
	if (kept > 0)
		error_suffix(err, ", and %" PRIu64 " KiB/s of it are kept for other ports", kept);
	return -EBUSY;
}

/* Its own, if it has one of that network already; else the first that is free. */
static int choose_class(const struct sources *sources, unsigned *ret_class_id, struct error *err)
{
	const struct resolve_request *request = sources->request;
	const struct port *port = request->port;
	bool taken[BANDWIDTH_CLASS_MAX + 1] = { false };
	unsigned id = BANDWIDTH_CLASS_MIN;

	if (port && port->actual.managed && port->actual.bandwidth.class_id > 0 &&
	    streq(port->interface->network, sources->network->name)) {
		*ret_class_id = port->actual.bandwidth.class_id;
		return 0;
	}
	for (size_t i = 0; i < request->n_ports; i++) {
		unsigned has = request->ports[i]->actual.bandwidth.class_id;

		if (has_floor(sources, request->ports[i]) && has <= BANDWIDTH_CLASS_MAX)
			taken[has] = true;
	}
	while (id <= BANDWIDTH_CLASS_MAX && taken[id])
		id++;
	if (id > BANDWIDTH_CLASS_MAX)
		return error_set(err, -EBUSY, ERROR_IN_USE,
				 "network '%s' has no room for another port with a floor",
				 sources->network->name);
	*ret_class_id = id;
	return 0;
}

static int merge_floor(const struct sources *sources, unsigned *ret_class_id, struct error *err)
{
	int r = check_floor(sources, err);

	if (r == 0 && sources->interface->bandwidth.inbound.floor > 0) {
		r = check_overcommit(sources, err);
		if (r == 0)
			r = choose_class(sources, ret_class_id, err);
	}
	return merge_at_line(sources->request, sources->interface->bandwidth.line, r, err);
}

static const struct bandwidth *merge_bandwidth(const struct sources *sources)
{
	if (bandwidth_limits(&sources->interface->bandwidth) || !sources->portgroup)
		return &sources->interface->bandwidth;
	return &sources->portgroup->bandwidth;
}

static const struct vlan *merge_vlan(const struct sources *sources)
{
	if (sources->interface->vlan.n_tags > 0 || !sources->network)
		return &sources->interface->vlan;
	if (sources->portgroup && sources->portgroup->vlan.n_tags > 0)
		return &sources->portgroup->vlan;
	return &sources->network->vlan;
}

static enum tristate merge_trust(const struct sources *sources)
{
	enum tristate trust = sources->interface->trust_rx_filters;

	if (sources->portgroup)
		trust = tristate_or(trust, sources->portgroup->trust_rx_filters);
	if (sources->network)
		trust = tristate_or(trust, sources->network->trust_rx_filters);
	return trust;
}

static enum tristate merge_isolated(const struct sources *sources)
{
	enum tristate isolated = sources->interface->isolated;

	return sources->network ? tristate_or(isolated, sources->network->isolated) : isolated;
}

static int merge_security(const struct sources *sources, struct security *ret_merged)
{
	const struct security *said[] = {
		&sources->interface->security,
		sources->portgroup ? &sources->portgroup->security : NULL,
		sources->network ? &sources->network->security : NULL,
	};

	return security_merge(said, ARRAY_SIZE(said),
			      sources->network && network_is_managed(sources->network), ret_merged);
}

/* Only the interface's own lines: what the network says stands in another file. */
static void lines_keep(const struct resolve_request *request, struct actual *actual)
{
	const struct interface *interface = request->interface;

	actual->isolated_line = asked_line(request, interface->isolated_line);
	actual->virtualport.line = asked_line(request, interface->virtualport.line);
	actual->bandwidth.line = asked_line(request, interface->bandwidth.line);
	actual->vlan.line = asked_line(request, interface->vlan.line);
	actual->filter.line = asked_line(request, interface->filter.line);
}

int merge_settings(const struct resolve_request *request, const struct actual *place,
		   struct actual *ret_actual, struct error *err)
{
	struct sources sources = {
		.request = request,
		.interface = request->interface,
		.network = request->interface->network ? request->network : NULL,
		.carries = host_side_of(place)->carries(place),
	};
	AUTO(security_done) struct security security = { 0 };
	struct actual borrowed = *place;
	unsigned class_id = 0;
	int r;

	r = find_portgroup(&sources, err);
	if (r == 0)
		r = merge_virtualport(&sources, &borrowed.virtualport, err);
	if (r == 0)
		r = merge_floor(&sources, &class_id, err);
	if (r < 0)
		return r;
	if (merge_security(&sources, &security) < 0)
		return error_oom(err);
	borrowed.portgroup = sources.portgroup ? sources.portgroup->name : NULL;
	borrowed.bandwidth = *merge_bandwidth(&sources);
	borrowed.bandwidth.class_id = class_id;
	borrowed.vlan = *merge_vlan(&sources);
	borrowed.filter = request->interface->filter;
	borrowed.trust_rx_filters = merge_trust(&sources);
	borrowed.isolated = merge_isolated(&sources);
	borrowed.security = security;
	lines_keep(request, &borrowed);
	return actual_copy(&borrowed, ret_actual) < 0 ? error_oom(err) : 0;
}
