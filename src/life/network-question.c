/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/dnsmasq-conf.h"
#include "formats/nft-ruleset.h"
#include "host/host-ip.h"
#include "life/network-question.h"
#include "services/port-owner.h"

/* The host's sockets whose packets the network would take, with who has them. */
static int find_sockets(const struct network *network, struct host_sockets *ret_sockets,
			struct error *err)
{
	struct host_sockets sockets;
	size_t n = 0;
	int r;

	if (network->n_forwards == 0)
		return 0;
	r = host_sockets_read(&sockets, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sockets.n; i++) {
		struct host_socket *socket = &sockets.items[i];
		bool is_taken = false;

		for (size_t j = 0; j < network->n_forwards; j++)
			is_taken |= port_forward_takes(&network->forwards[j], socket);
		if (!is_taken)
			continue;
		socket->holder = holder_of(socket->inode);
		sockets.items[n++] = *socket;
	}
	sockets.n = n;
	*ret_sockets = sockets;
	return 0;
}

void network_question_done(struct network_question *question)
{
	free(question->active);
	host_sockets_done(&question->sockets);
}

int network_ask(struct manager *manager, const struct network_entry *entry,
		const struct network *network, struct network_question *ret_question,
		struct error *err)
{
	const struct registry *registry = &manager->registry;
	struct network_request *request = &ret_question->request;
	int r;

	r = watch_refresh(manager->watch, err);
	if (r == 0)
		r = watch_read_ip(manager->watch, err);
	if (r < 0)
		return r;
	ret_question->active = calloc(registry->n_networks + 1, sizeof(*ret_question->active));
	if (!ret_question->active)
		return error_oom(err);
	*request = (struct network_request){
		.network = network,
		.facts = watch_facts(manager->watch),
		.active = ret_question->active,
		.firewall = nft_ruleset_is_needed(network) || network->open_firewall,
		.dnsmasq = dnsmasq_is_needed(network),
	};
	for (size_t i = 0; i < registry->n_networks; i++)
		if (registry->networks[i] != entry && network_entry_is_up(registry->networks[i]))
			ret_question->active[request->n_active++] = registry->networks[i]->started;
	return 0;
}

int network_ask_to_take(struct manager *manager, const struct network_entry *entry,
			const struct network *network, bool force,
			struct network_question *ret_question, struct error *err)
{
	int r = network_ask(manager, entry, network, ret_question, err);

	if (r == 0)
		r = find_sockets(network, &ret_question->sockets, err);
	if (r < 0)
		return r;
	ret_question->request.former = entry->started;
	ret_question->request.sockets = &ret_question->sockets;
	ret_question->request.force = force;
	return 0;
}
