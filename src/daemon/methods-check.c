/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would be: for one interface, and for whoever may want one.
 *
 * A program that looks for a host for a guest asks many of them. So an answer
 * of "no" carries what there is, too: the network, its portgroup, what is free.
 */
#include <string.h>

#include "daemon/plug-request.h"

/* Why an interface has no actual is said already. */
static void check_place(const struct resolve_request *request, struct check_answer *answer)
{
	answer->has_actual = resolve_place(request, &answer->actual, NULL, NULL) == 0;
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
	answer->ok = r == 0;
	return r;
}

int method_check(struct manager *manager, const char *xml, const char *source,
		 const struct plug_options *options, struct check_answer *answer, struct error *err)
{
	struct resolve_request request = { 0 };
	int r;

	r = plug_interface(xml, source, options, &answer->interface, err);
	if (r < 0)
		return r;
	if (answer->interface->network)
		answer->network = registry_network(&manager->registry, answer->interface->network);
	r = plug_request(manager, answer->interface, options, &request, err);
	if (r == 0)
		r = check_request(&request, answer, err);
	free((void *)request.ports);
	if (r < 0)
		error_place(err, source);
	return r;
}

void check_answer_done(struct check_answer *answer)
{
	resolution_done(&answer->resolution);
	interface_free(answer->interface);
	actual_done(&answer->actual);
	network_capabilities_done(&answer->capabilities);
	*answer = (struct check_answer){ 0 };
}

/* An interface that asks for nothing but a network, which is filled in for each. */
static int plain_interface(struct interface **ret_interface, struct error *err)
{
	AUTO(interface_freep) struct interface *interface = interface_new();
	int r;

	if (!interface)
		return error_oom(err);
	interface->type = INTERFACE_NETWORK;
	interface->has_mac = true;
	r = mac_generate(&interface->mac);
	if (r < 0)
		return error_system(err, r, "cannot make a MAC address");
	*ret_interface = take_ptr(interface);
	return 0;
}

static int capabilities_all(struct manager *manager, struct resolve_request *request,
			    struct interface *interface, struct capabilities_answer *answers,
			    struct error *err)
{
	AUTO(usage_done) struct usage usage = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < manager->registry.n_networks; i++) {
		const struct network_entry *entry = manager->registry.networks[i];

		answers[i].entry = entry;
		interface->network = entry->name; /* borrowed */
		request->network = network_entry_current(entry);
		request->network_active = entry->started;
		r = network_capabilities(request, &usage, &answers[i].capabilities, err);
	}
	interface->network = NULL;
	return r;
}

static int compare_names(const void *a, const void *b)
{
	const struct capabilities_answer *x = a, *y = b;

	return strcmp(x->entry->name, y->entry->name);
}

int method_capabilities(struct manager *manager, struct capabilities_answer **ret_answers,
			size_t *ret_n, struct error *err)
{
	size_t n = manager->registry.n_networks;
	AUTO(interface_freep) struct interface *interface = NULL;
	const struct plug_options options = { 0 };
	struct resolve_request request = { 0 };
	struct capabilities_answer *answers;
	int r;

	r = plain_interface(&interface, err);
	if (r == 0)
		r = plug_request(manager, interface, &options, &request, err);
	answers = r == 0 ? calloc(n + 1, sizeof(*answers)) : NULL;
	if (answers)
		r = capabilities_all(manager, &request, interface, answers, err);
	else if (r == 0)
		r = error_oom(err);
	free((void *)request.ports);
	if (r < 0) {
		capabilities_free(answers, n);
		return r;
	}
	qsort(answers, n, sizeof(*answers), compare_names);
	*ret_answers = answers;
	*ret_n = n;
	return 0;
}

void capabilities_free(struct capabilities_answer *answers, size_t n)
{
	for (size_t i = 0; answers && i < n; i++)
		network_capabilities_done(&answers[i].capabilities);
	free(answers);
}
