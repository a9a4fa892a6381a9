/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked about a network, and what is known of its host.
 */
#pragma once

#include "model/facts.h"
#include "model/network.h"

struct network_request {
	const struct network *network; /* to be started, or started */
	const struct facts *facts;     /* with addresses and routes (facts->has_ip) */
	const struct network *const
		*active; /* the others that are active, with their bridges' names */
	size_t n_active;
	bool firewall; /* it has rules: nft_ruleset_is_needed() */
	bool dnsmasq;  /* it needs one: dnsmasq_is_needed() */
	bool rewrite;  /* repair: whether filter and dnsmasq are as they should be is not known */
	bool relimit;  /* repair: limits are not as they should be */
	/* For resolve/takeover.h. */
	const struct network *former;       /* as it runs already, for a change; or NULL */
	const struct host_sockets *sockets; /* the host's own; NULL: not known */
	bool force;                         /* what is taken from the host is meant to be */
};
