/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Networks are started and stopped.
 */
#pragma once

#include "life/network-runtime.h"

/* `summary`: sentences, a line each; or NULL. error is NULL where the network is started. */
typedef void (*network_started_callback)(void *userdata, const struct network_entry *entry,
					 const char *summary, const struct error *error);

struct network_start_options {
	bool force; /* what it takes from the host is meant to be taken (resolve/takeover.h) */
	bool open_firewall; /* as <vif:firewall open='yes'/>, whatever the definition says */
};

/*
 * Starts the network of a definition: writes its record, and makes it real if it is one that vifd
 * makes. On failure host and record are as before. Where it returns 0 the callback is called,
 * once: before that or in the event loop, for its dnsmasq is not waited for. NULL: the log says
 * what there is to say.
 */
int networks_start(struct manager *manager, struct network_entry *entry,
		   const struct network_start_options *options, network_started_callback callback,
		   void *userdata, struct error *err);

/* error is NULL where the network is stopped. The entry may go then. */
typedef void (*network_stopped_callback)(void *userdata, struct network_entry *entry,
					 const struct error *error);

/*
 * Takes a started network off the host: first its dnsmasq, which is not waited for, then the rest.
 * What has gone already is no failure; after a failure it is started as before. The entry stays,
 * whether or not there is a definition. The callback is as in networks_start().
 */
int networks_stop(struct network_entry *entry, network_stopped_callback callback, void *userdata,
		  struct error *err);

/*
 * Sentences, a line each, about packet filters of others that are in the way of the network, which
 * has its bridge's name; "" where there are none. The caller's.
 */
int networks_look_at_filters(const struct network *network, char **ret_text, struct error *err);
