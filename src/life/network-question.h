/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A question about a network, with the host as it is now: what resolve/network.h is asked.
 */
#pragma once

#include "life/manager.h"
#include "model/host-ip.h"
#include "resolve/network-request.h"

/* Begins as { 0 }. */
struct network_question {
	struct network_request request;
	const struct network **active;
	struct host_sockets sockets;
};

void network_question_done(struct network_question *question);

/* `network` is what the entry is to be, or is. */
int network_ask(struct manager *manager, const struct network_entry *entry,
		const struct network *network, struct network_question *ret_question,
		struct error *err);

/* The same, of one that is to take from the host what it has not yet. */
int network_ask_to_take(struct manager *manager, const struct network_entry *entry,
			const struct network *network, bool force,
			struct network_question *ret_question, struct error *err);
