/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The answers are those of a plug: settings are merged by the same function,
 * and each host interface is asked for by the same check, so that what is
 * called free here is what a plug would get.
 *
 *	kind, mode	forwards	host reaches guests
 *	bridge		kernel		yes
 *	  isolated	nobody		yes
 *	virtual		kernel		yes
 *	  isolated	nobody		yes
 *	bridge mode	kernel		no
 *	vepa		switch		if it reflects
 *	private		nobody		no
 *	passthrough	switch		no
 *	hostdev		switch		no
 *
 * A macvlan never brings frames to the interface that it stands on, whatever
 * its mode (drivers/net/macvlan.c): the host is not among its neighbours. Two
 * guests with an interface each meet outside; where these are functions of one
 * NIC that may be inside it, which the facts do not tell.
 */
#include <string.h>

#include "backends/below.h"
#include "backends/lower.h"
#include "resolve/capabilities.h"
#include "resolve/decide.h"
#include "resolve/merge.h"
#include "util/array.h"

static const char *const kind_names[] = {
	[NETWORK_KIND_BRIDGE] = "bridge",
	[NETWORK_KIND_DIRECT] = "direct",
	[NETWORK_KIND_VIRTUAL] = "virtual",
	[NETWORK_KIND_HOSTDEV] = "hostdev",
};
_Static_assert(ARRAY_SIZE(kind_names) == NETWORK_KIND_COUNT, "a name for each kind");

static const char *const forwarder_names[] = {
	[FORWARDER_KERNEL] = "kernel",
	[FORWARDER_NIC] = "nic",
	[FORWARDER_SWITCH] = "switch",
	[FORWARDER_NOBODY] = "nobody",
};
_Static_assert(ARRAY_SIZE(forwarder_names) == FORWARDER_COUNT, "a name for each");

static const char *const reach_names[] = {
	[HOST_REACH_YES] = "yes",
	[HOST_REACH_NO] = "no",
	[HOST_REACH_REFLECTED] = "if-reflected",
};
_Static_assert(ARRAY_SIZE(reach_names) == HOST_REACH_COUNT, "a name for each");

const char *network_kind_name(enum network_kind kind)
{
	return kind_names[kind];
}

const char *forwarder_name(enum forwarder forwarder)
{
	return forwarder_names[forwarder];
}

const char *host_reach_name(enum host_reach reach)
{
	return reach_names[reach];
}

static enum network_kind kind_of(const struct network *network, enum direct_mode *ret_mode)
{
	if (network_direct_mode(network, ret_mode))
		return NETWORK_KIND_DIRECT;
	if (network->forward == FORWARD_HOSTDEV)
		return NETWORK_KIND_HOSTDEV;
	return network_is_managed(network) ? NETWORK_KIND_VIRTUAL : NETWORK_KIND_BRIDGE;
}

static void tell_direct(struct network_capabilities *capabilities)
{
	static const struct {
		enum forwarder forwards;
		enum host_reach reach;
	} modes[] = {
		[DIRECT_VEPA] = { FORWARDER_SWITCH, HOST_REACH_REFLECTED },
		[DIRECT_BRIDGE] = { FORWARDER_KERNEL, HOST_REACH_NO },
		[DIRECT_PRIVATE] = { FORWARDER_NOBODY, HOST_REACH_NO },
		[DIRECT_PASSTHROUGH] = { FORWARDER_SWITCH, HOST_REACH_NO },
	};

	_Static_assert(ARRAY_SIZE(modes) == DIRECT_MODE_COUNT, "a row for each mode");
	capabilities->forwards = modes[capabilities->mode].forwards;
	capabilities->reach = modes[capabilities->mode].reach;
}

static void tell_traffic(const struct actual *actual, struct network_capabilities *capabilities)
{
	switch (capabilities->kind) {
	case NETWORK_KIND_DIRECT:
		tell_direct(capabilities);
		return;
	case NETWORK_KIND_HOSTDEV:
		capabilities->forwards = FORWARDER_SWITCH;
		capabilities->reach = HOST_REACH_NO;
		return;
	default:
		capabilities->forwards = actual->isolated == TRISTATE_YES ? FORWARDER_NOBODY
									  : FORWARDER_KERNEL;
		capabilities->reach = HOST_REACH_YES;
	}
}

static void print_pool(const struct network *network, struct text *text)
{
	if (network->n_pool == 0)
		text_add(text, "a host interface, of which it has none");
	else if (network->n_pool > 1)
		text_add(text, "one of ");
	for (size_t i = 0; i < network->n_pool; i++)
		text_add(text, "%s%s", i ? ", " : "", network->pool[i].dev);
}

static int tell_connection(const struct network *network, struct network_capabilities *capabilities)
{
	AUTO_TEXT struct text text = TEXT_INIT;

	switch (capabilities->kind) {
	case NETWORK_KIND_DIRECT:
		text_add(&text, "%s, mode %s, on ",
			 capabilities->port_type == PORT_TYPE_DIRECT ? "macvtap"
								     : "tap and macvlan",
			 direct_mode_name(capabilities->mode));
		print_pool(network, &text);
		break;
	case NETWORK_KIND_HOSTDEV:
		text_add(&text, "a PCI device of the host");
		break;
	case NETWORK_KIND_VIRTUAL:
		text_add(&text, "tap on the virtual network%s%s",
			 network->bridge.name ? "'s bridge " : "", network->bridge.name ?: "");
		break;
	default:
		text_add(&text, "tap on bridge %s", network->bridge.name ?: "?");
	}
	return text_take(&text, &capabilities->connection);
}

static int set_problem(char **problem, const struct error *reason)
{
	if (reason->code == -ENOMEM)
		return -ENOMEM;
	free(*problem);
	*problem = strdup(error_text(reason));
	return *problem ? 0 : -ENOMEM;
}

/* The settings, which are those of no device yet. */
static int merge(const struct resolve_request *request, struct network_capabilities *capabilities,
		 struct actual *ret_actual)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r;

	r = merge_settings(request, ret_actual, &reason);
	ret_actual->type = capabilities->kind == NETWORK_KIND_DIRECT ? INTERFACE_DIRECT
								     : INTERFACE_BRIDGE;
	ret_actual->mode = capabilities->mode;
	if (r == 0)
		r = network_check_served(request->network, &reason);
	if (r == 0)
		r = decide_check_served(request, ret_actual, &reason);
	return r < 0 ? set_problem(&capabilities->problem, &reason) : 0;
}

static int ask_device(const struct backend_request *base, enum port_type type,
		      const struct pool_entry *entry, const char *problem,
		      struct device_capabilities *device)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	struct actual actual = *base->actual; /* a view */
	struct backend_request request = *base;
	const struct host_link *lower;
	const struct usage *usage;

	actual.dev = entry->dev;
	actual.dev_mac = entry->mac;
	actual.has_dev_mac = entry->has_mac;
	request.actual = &actual;
	usage = lower_usage(&request);
	if (!usage)
		return -ENOMEM;
	lower = below_of_actual(request.facts, &actual);
	device->dev = entry->dev;
	device->present = lower;
	device->used = lower ? usage_count(usage, lower->ifindex) : 0;
	if (backend_get(INTERFACE_DIRECT, type)->check(&request, &reason) < 0)
		return set_problem(&device->problem, &reason);
	device->free = !problem;
	return 0;
}

/* Where no interface of the pool is free, the first one's reason stands for all. */
static int ask_pool(const struct network *network, const struct backend_request *base,
		    struct network_capabilities *capabilities)
{
	bool any = false;

	capabilities->devices = calloc(network->n_pool + 1, sizeof(*capabilities->devices));
	if (!capabilities->devices)
		return -ENOMEM;
	capabilities->n_devices = network->n_pool;
	for (size_t i = 0; i < network->n_pool; i++) {
		struct device_capabilities *device = &capabilities->devices[i];
		int r = ask_device(base, capabilities->port_type, &network->pool[i],
				   capabilities->problem, device);

		if (r < 0)
			return r;
		any |= device->free;
	}
	if (any || capabilities->problem)
		return 0;
	capabilities->problem = strdup(network->n_pool ? capabilities->devices[0].problem
						       : "its pool is empty");
	return capabilities->problem ? 0 : -ENOMEM;
}

static int ask_bridge(const struct network *network, const struct backend_request *base,
		      struct network_capabilities *capabilities)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	struct actual actual = *base->actual; /* a view */
	struct backend_request request = *base;

	if (capabilities->problem || !network->bridge.name)
		return 0;
	actual.bridge = network->bridge.name;
	request.actual = &actual;
	if (backend_get(INTERFACE_BRIDGE, capabilities->port_type)->check(&request, &reason) < 0)
		return set_problem(&capabilities->problem, &reason);
	return 0;
}

static int capabilities_fill(const struct resolve_request *request, struct usage *usage,
			     struct network_capabilities *capabilities)
{
	const struct network *network = request->network;
	struct question question = { .request = request };
	AUTO(actual_done) struct actual actual = { 0 };
	const struct resolution resolution = { .type = decide_port_type(request) };
	struct backend_request base = decide_backend_request(&question, &resolution);
	const struct portgroup *group;
	int r;

	capabilities->kind = kind_of(network, &capabilities->mode);
	capabilities->port_type = resolution.type;
	/* A direct port has nothing to give to its VMM while it waits. */
	capabilities->may_wait = resolution.type == PORT_TYPE_LIVE || request->can_replug;
	group = request->interface->portgroup
			? network_portgroup(network, request->interface->portgroup)
			: network_default_portgroup(network);
	capabilities->portgroup = group ? group->name : NULL;
	r = merge(request, capabilities, &actual);
	if (r < 0)
		return r;
	base.actual = &actual;
	base.usage = usage;
	capabilities->exclusive = actual_is_exclusive(&actual);
	tell_traffic(&actual, capabilities);
	r = tell_connection(network, capabilities);
	if (r == 0)
		r = capabilities->kind == NETWORK_KIND_DIRECT
			    ? ask_pool(network, &base, capabilities)
			    : ask_bridge(network, &base, capabilities);
	return r;
}

int network_capabilities(const struct resolve_request *request, struct usage *usage,
			 struct network_capabilities *ret_capabilities, struct error *err)
{
	AUTO_NETWORK_CAPABILITIES struct network_capabilities capabilities = { 0 };

	if (capabilities_fill(request, usage, &capabilities) < 0)
		return error_oom(err);
	*ret_capabilities = capabilities;
	capabilities = (struct network_capabilities){ 0 };
	return 0;
}

void network_capabilities_done(struct network_capabilities *capabilities)
{
	free(capabilities->connection);
	free(capabilities->problem);
	for (size_t i = 0; i < capabilities->n_devices; i++)
		free(capabilities->devices[i].problem);
	free(capabilities->devices);
	*capabilities = (struct network_capabilities){ 0 };
}
