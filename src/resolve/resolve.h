/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolve: decide, without doing.
 *
 * Pure functions of their arguments: what an interface becomes on this host
 * (the actual), and the plan that makes it so. They read no clock, no file and
 * no random number; what they need of those is in the request. The same
 * request gives the same answer, which is what the golden tests hold.
 */
#pragma once

#include "model/facts.h"
#include "model/network.h"
#include "model/port.h"
#include "plan/plan.h"
#include "util/error.h"

struct resolve_request {
	const struct interface *interface; /* with a MAC */
	struct uuid uuid;                  /* of the port to be */
	bool by_name;                      /* the VMM opens the device by name */
	const struct network *network;     /* the one that the interface names; NULL if undefined */
	bool network_active;
	const struct facts *facts;
	const struct port *const *ports; /* all that are on this host */
	size_t n_ports;
	unsigned first_index; /* where to begin looking for a free vifN */
};

struct resolution {
	struct actual actual;
	char ifname[IFNAMSIZ];
	unsigned mtu; /* bytes, the guest's; 0 unknown */
	bool vhost;
	char *description; /* what it is to a person: "a macvtap on eth1, mode bridge" */
	char *summary;     /* how it came to that, and what to know: sentences, a line each */
	struct plan plan;
};

/* What plugging the interface would be. On error *ret_resolution is untouched. */
int resolve_plug(const struct resolve_request *request, struct resolution *ret_resolution,
		 struct error *err);

/*
 * The difference between what a port should be and what the host has, for a
 * port that was connected before. An empty plan: nothing is missing. -ENODEV:
 * its device is gone and cannot be given back to the VMM that held it.
 */
int resolve_repair(const struct port *port, const struct facts *facts,
		   const struct port *const *ports, size_t n_ports, struct plan *ret_plan,
		   struct error *err);

/*
 * What removes a port's device; an empty plan where it is gone already. A tap
 * that somebody holds open is refused unless `force`: its loss would make QEMU
 * spin.
 */
int resolve_unplug(const struct port *port, const struct facts *facts, bool force,
		   struct plan *ret_plan, struct error *err);

void resolution_done(struct resolution *resolution);
#define AUTO_RESOLUTION AUTO(resolution_done)
