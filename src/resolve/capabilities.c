/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The answers are those of a plug: place and settings are found by the same
 * functions, and each host interface is asked for by the same check, so that
 * what is called free here is what a plug would get. What no host's side takes,
 * the host interfaces themselves, is described and not served.
 */
#include <string.h>

#include "backends/below.h"
#include "backends/lower.h"
#include "backends/setting.h"
#include "resolve/capabilities.h"
#include "resolve/decide.h"
#include "resolve/merge.h"
#include "util/array.h"

static int tell_hostdev(struct network_capabilities *capabilities)
{
	capabilities->kind = "hostdev";
	capabilities->traffic = (struct traffic){ FORWARDER_SWITCH, HOST_REACH_NO,
						  WORLD_REACH_DIRECT };
	capabilities->connection = strdup("a PCI device of the host");
	return capabilities->connection ? 0 : -ENOMEM;
}

static int tell_host(const struct host_side *host, const struct network *network,
		     const struct actual *actual, struct network_capabilities *capabilities)
{
	AUTO_TEXT struct text text = TEXT_INIT;

	capabilities->kind = host->carries(actual)->kind;
	capabilities->on_interfaces = host->on_interface;
	capabilities->mode = actual->mode;
	capabilities->traffic = settings_traffic(actual, network);
	capabilities->exclusive = actual_is_exclusive(actual);
	host->offer(network, actual, guest_side_of(capabilities->port_type), &text);
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

/* The settings, which are those of no device yet; where they cannot be had, the place alone. */
static int merge(const struct resolve_request *request, const struct actual *place,
		 struct network_capabilities *capabilities, struct actual *ret_actual)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r = merge_settings(request, place, ret_actual, &reason);

	if (r < 0)
		*ret_actual = *place;
	if (r == 0)
		r = network_check_served(request->network, &reason);
	if (r == 0)
		r = decide_check_served(request, ret_actual, &reason);
	return r < 0 ? set_problem(&capabilities->problem, &reason) : 0;
}

static int ask_device(const struct asker *asker, const struct actual *settings,
		      const struct pool_entry *entry, const char *problem,
		      struct device_capabilities *device)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	struct actual actual = *settings; /* a view */
	const struct usage *usage = lower_usage(asker);
	struct side_request place;
	const struct host_link *lower;

	if (!usage)
		return -ENOMEM;
	actual.dev = entry->dev;
	actual.dev_mac = entry->mac;
	actual.has_dev_mac = entry->has_mac;
	place = side_request_of(asker, &actual);
	lower = below_of_actual(asker->facts, &actual);
	device->dev = entry->dev;
	device->present = lower;
	device->used = lower ? usage_count(usage, lower->ifindex) : 0;
	if (place.host->check(&place, &reason) < 0)
		return set_problem(&device->problem, &reason);
	device->free = !problem;
	return 0;
}

/* Where no interface of the pool is free, the first one's reason stands for all. */
static int ask_pool(const struct network *network, const struct asker *asker,
		    const struct actual *actual, struct network_capabilities *capabilities)
{
	bool any = false;

	capabilities->devices = calloc(network->n_pool + 1, sizeof(*capabilities->devices));
	if (!capabilities->devices)
		return -ENOMEM;
	capabilities->n_devices = network->n_pool;
	for (size_t i = 0; i < network->n_pool; i++) {
		struct device_capabilities *device = &capabilities->devices[i];
		int r = ask_device(asker, actual, &network->pool[i], capabilities->problem, device);

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

static int ask_bridge(const struct network *network, const struct asker *asker,
		      const struct actual *settings, struct network_capabilities *capabilities)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	struct actual actual = *settings; /* a view */
	struct side_request place;

	if (capabilities->problem || !network->bridge.name)
		return 0;
	actual.bridge = network->bridge.name;
	place = side_request_of(asker, &actual);
	if (place.host->check(&place, &reason) < 0)
		return set_problem(&capabilities->problem, &reason);
	return 0;
}

static int capabilities_of_host(const struct resolve_request *request, const struct asker *asker,
				const struct host_side *host, const struct actual *place,
				struct network_capabilities *capabilities)
{
	const struct network *network = request->network;
	AUTO(actual_done) struct actual actual = { 0 };
	int r = merge(request, place, capabilities, &actual);

	if (r == 0)
		r = tell_host(host, network, &actual, capabilities);
	if (r < 0)
		return r;
	return host->on_interface ? ask_pool(network, asker, &actual, capabilities)
				  : ask_bridge(network, asker, &actual, capabilities);
}

static int capabilities_of_none(const struct resolve_request *request,
				struct network_capabilities *capabilities)
{
	AUTO_ERROR struct error reason = ERROR_INIT;
	int r = tell_hostdev(capabilities);

	if (r == 0 && network_check_served(request->network, &reason) < 0)
		r = set_problem(&capabilities->problem, &reason);
	return r;
}

static int capabilities_fill(const struct resolve_request *request, struct usage *usage,
			     struct network_capabilities *capabilities)
{
	const struct network *network = request->network;
	AUTO_QUESTION struct question question = { 0 };
	struct resolution resolution = { 0 };
	struct actual place = { 0 };
	const struct host_side *host;
	const struct portgroup *group;

	question_begin(&question, request, NULL, &resolution);
	question.asker.usage = usage;
	capabilities->port_type = resolution.type;
	/* What stands on an interface itself has nothing to give to its VMM while it waits. */
	capabilities->may_wait = !guest_side_stands(resolution.type) || request->can_replug;
	group = request->interface->portgroup
			? network_portgroup(network, request->interface->portgroup)
			: network_default_portgroup(network);
	capabilities->portgroup = group ? group->name : NULL;
	host = host_side_place(request->interface, network, &place);
	return host ? capabilities_of_host(request, &question.asker, host, &place, capabilities)
		    : capabilities_of_none(request, capabilities);
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
