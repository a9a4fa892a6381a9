/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would be: for one interface, and for whoever may want one.
 *
 * A program that looks for a host for a guest asks many of them. So an answer
 * of "no" carries what there is, too: the network, its portgroup, what is free.
 */
#include <string.h>

#include "life/network-start.h"
#include "life/request.h"
#include "methods/access-plug.h"
#include "methods/describe.h"
#include "methods/plug-request.h"
#include "resolve/reach.h"
#include "util/strings.h"
#include "util/text.h"

/* What it would be if vifd served that; why it is nothing is said already. */
static void check_place(const struct resolve_request *request, struct check_answer *answer)
{
	if (resolve_place(request, &answer->actual, NULL, NULL) == 0)
		describe_actual(&answer->actual, &answer->record.actual);
}

static int check_request(const struct resolve_request *request, struct check_answer *answer,
			 struct error *err)
{
	AUTO(usage_done) struct usage usage = { 0 };
	int r;

	if (request->network) {
		r = network_capabilities(request, &usage, &answer->capabilities, err);
		if (r < 0)
			return r;
	}
	r = resolve_plug(request, &answer->resolution, err);
	if (r < 0)
		check_place(request, answer);
	else if (reach_of(request, &answer->resolution, &answer->traffic, &answer->reach) < 0)
		return error_oom(err);
	answer->record.ok = r == 0;
	return r;
}

static int check(const struct caller *caller, struct manager *manager, const char *xml,
		 const char *source, const struct plug_options *options,
		 struct check_answer *answer, struct error *err)
{
	struct resolve_request request = { 0 };
	int r;

	r = plug_interface(xml, source, options, &answer->interface, err);
	if (r < 0)
		return r;
	r = plug_request(caller, manager, answer->interface, options, &request, err);
	if (r == 0)
		r = access_check_interface(caller, manager, answer->interface, NULL, err);
	if (r == 0)
		r = access_check_number(caller, manager, err);
	if (r == 0)
		r = check_request(&request, answer, err);
	if (r < 0)
		error_place(err, source);
	return r;
}

/* What the network that the interface names is here, also where there is none. */
static int describe_network_of(const struct manager *manager, const struct check_answer *answer,
			       struct check_record *record)
{
	const struct network_capabilities *capabilities = &answer->capabilities;
	const struct interface *interface = answer->interface;
	const struct network_entry *entry = registry_network(&manager->registry,
							     interface->network);

	record->network = interface->network;
	record->network_exists = told(entry);
	record->network_active = told(entry && network_is_active(entry));
	record->portgroup = interface->portgroup ?: capabilities->portgroup;
	if (record->portgroup)
		record->portgroup_exists = told(capabilities->portgroup);
	if (!entry || !capabilities->on_interfaces)
		return 0;
	record->exclusive = told(capabilities->exclusive);
	record->candidates = describe_devices(capabilities, false);
	record->free = describe_devices(capabilities, true);
	return record->candidates && record->free ? 0 : -ENOMEM;
}

/* Of a port on a network that vifd makes: what is in its way, too. */
static int summarize(const struct manager *manager, struct check_answer *answer)
{
	const struct network_entry *entry = NULL;
	AUTO_FREE char *filters = NULL;

	if (answer->interface->network)
		entry = registry_network(&manager->registry, answer->interface->network);
	if (entry && network_entry_is_up(entry) &&
	    networks_look_at_filters(entry->started, &filters, NULL) < 0)
		return -ENOMEM;
	answer->summary = text_format("%s%s", answer->resolution.summary, filters ?: "");
	return answer->summary ? 0 : -ENOMEM;
}

static int describe_resolution(struct check_answer *answer, struct check_record *record)
{
	const struct resolution *resolution = &answer->resolution;
	AUTO_TEXT struct text plan = TEXT_INIT;

	record->ifname = resolution->ifname;
	record->state = port_state_name(resolution->state);
	record->reason = resolution->reason;
	record->port_type = port_type_name(resolution->type);
	describe_actual(&resolution->actual, &record->actual);
	record->mtu = resolution->mtu;
	record->vhost = told(resolution->vhost);
	describe_traffic(answer->traffic, &record->traffic);
	record->reach = strings_of_lines(answer->reach);
	record->summary = strings_of_lines(answer->summary);
	plan_print(&resolution->plan, &plan);
	if (!record->reach || !record->summary || text_take(&plan, &answer->plan) < 0)
		return -ENOMEM;
	record->plan = answer->plan;
	return 0;
}

static int describe_answer(const struct caller *caller, const struct manager *manager,
			   struct check_answer *answer)
{
	struct check_record *record = &answer->record;
	int r = 0;

	if (answer->error.code) {
		record->error = error_text(&answer->error);
		record->error_kind = error_kind_name(answer->error.kind);
	}
	if (answer->interface && answer->interface->network &&
	    caller_sees_network(caller, answer->interface->network))
		r = describe_network_of(manager, answer, record);
	if (r == 0 && record->ok)
		r = summarize(manager, answer);
	if (r == 0 && record->ok)
		r = describe_resolution(answer, record);
	return r;
}

int method_check(const struct caller *caller, struct manager *manager, const char *xml,
		 const char *source, const struct plug_options *options,
		 struct check_answer *answer, struct error *err)
{
	int r;

	r = access_check(caller, METHOD_CHECK, err);
	if (r < 0)
		return r;
	(void)check(caller, manager, xml, source, options, answer, &answer->error);
	return describe_answer(caller, manager, answer) < 0 ? error_oom(err) : 0;
}

void check_answer_done(struct check_answer *answer)
{
	check_record_done(&answer->record);
	resolution_done(&answer->resolution);
	interface_free(answer->interface);
	actual_done(&answer->actual);
	network_capabilities_done(&answer->capabilities);
	free(answer->plan);
	free(answer->reach);
	free(answer->summary);
	error_done(&answer->error);
}

int method_doctor(const struct caller *caller, struct doctor *doctor, doctor_callback callback,
		  void *userdata, struct error *err)
{
	int r;

	r = access_check(caller, METHOD_DOCTOR, err);
	return r < 0 ? r : doctor_ask(doctor, caller_sees_all(caller), callback, userdata, err);
}

/* An interface that asks for nothing but a network, which is filled in for each. */
static int plain_interface(struct interface **ret_interface, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = interface_new();
	int r;

	if (!interface)
		return error_oom(err);
	interface->has_mac = true;
	r = mac_generate(&interface->mac);
	if (r < 0)
		return error_system(err, r, "cannot make a MAC address");
	*ret_interface = take_ptr(interface);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct network_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* The entries by name, in an array for the caller to free. */
static struct network_entry **sort_networks(const struct registry *registry)
{
	struct network_entry **entries = calloc(registry->n_networks + 1, sizeof(*entries));

	if (!entries || registry->n_networks == 0)
		return entries;
	memcpy(entries, registry->networks, registry->n_networks * sizeof(*entries));
	qsort(entries, registry->n_networks, sizeof(*entries), compare_names);
	return entries;
}

static int ask_networks(const struct caller *caller, struct manager *manager,
			struct interface *interface, const struct uuid *uuid,
			struct capabilities_answer *answer, struct error *err)
{
	AUTO_FREE struct network_entry **entries = sort_networks(&manager->registry);
	struct offer_record *offers = answer->record.networks.items;
	AUTO(usage_done) struct usage usage = { 0 };
	int r = entries ? 0 : error_oom(err);

	for (size_t i = 0; r == 0 && i < manager->registry.n_networks; i++) {
		size_t n = answer->n_networks;
		struct resolve_request request;

		if (!caller_sees_network(caller, entries[i]->name))
			continue;
		interface->network = entries[i]->name; /* borrowed */
		request = port_request(manager, interface, NULL);
		request.uuid = *uuid;
		r = network_capabilities(&request, &usage, &answer->networks[n], err);
		answer->n_networks = answer->record.networks.n = n + 1;
		if (r == 0 &&
		    describe_offer(manager, entries[i], &answer->networks[n], &offers[n]) < 0)
			r = error_oom(err);
	}
	interface->network = NULL;
	return r;
}

static char **port_type_names(void)
{
	AUTO(strings_freep) char **names = strings_new(PORT_TYPE_COUNT);

	for (unsigned type = PORT_TYPE_UNSET + 1; names && type < PORT_TYPE_COUNT; type++) {
		names[type - 1] = strdup(port_type_name(type));
		if (!names[type - 1])
			return NULL;
	}
	return take_ptr(names);
}

static int answer_begin(const struct manager *manager, struct capabilities_answer *answer,
			struct error *err)
{
	size_t n = manager->registry.n_networks + 1;

	answer->networks = calloc(n, sizeof(*answer->networks));
	answer->record = (struct capabilities_record){
		.version = VIFD_VERSION,
		.vhost_net = watch_facts(manager->watch)->vhost_net,
		.port_types = port_type_names(),
		.strict = manager->config.strict,
		.networks.items = calloc(n, sizeof(struct offer_record)),
	};
	return answer->networks && answer->record.port_types && answer->record.networks.items
		       ? 0
		       : error_oom(err);
}

int method_capabilities(const struct caller *caller, struct manager *manager,
			struct capabilities_answer *ret_answer, struct error *err)
{
	AUTO(capabilities_answer_done) struct capabilities_answer answer = { 0 };
	AUTO(interface_freep) struct interface *interface = NULL;
	const struct plug_options options = { 0 };
	struct resolve_request request = { 0 };
	int r;

	r = access_check(caller, METHOD_CAPABILITIES, err);
	if (r == 0)
		r = plain_interface(&interface, err);
	if (r == 0)
		r = plug_request(caller, manager, interface, &options, &request, err);
	if (r == 0)
		r = answer_begin(manager, &answer, err);
	if (r == 0)
		r = ask_networks(caller, manager, interface, &request.uuid, &answer, err);
	if (r < 0)
		return r;
	*ret_answer = answer;
	answer = (struct capabilities_answer){ 0 };
	return 0;
}

void capabilities_answer_done(struct capabilities_answer *answer)
{
	capabilities_record_done(&answer->record);
	for (size_t i = 0; i < answer->n_networks; i++)
		network_capabilities_done(&answer->networks[i]);
	free(answer->networks);
}
