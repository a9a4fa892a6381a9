/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting, repairing and stopping a network, decided without doing.
 *
 * A network that vifd makes itself becomes a plan: its bridge, addresses,
 * sysctls, packet filter, routes, dnsmasq. As with ports a repair is the same
 * comparison on a host that has a part of it. A network on what the host has (a
 * bridge, a pool) needs steps only for what is beside that (resolve/beside.h).
 */
#pragma once

#include "model/network-tag.h"
#include "plan/plan.h"
#include "resolve/network-request.h"
#include "util/error.h"

struct network_resolution {
	char bridge[IFNAMSIZ]; /* its name: given, or the first free one of the template */
	struct mac mac;        /* given, or one that the network's uuid makes */
	unsigned mtu;          /* given, or what fits through its tunnel; 0: none */
	char *summary;         /* sentences, a line each */
	char *warnings;        /* what the host may lose, a line each: to be told first; or NULL */
	bool forwards_ipv4;    /* the plan switches the host's forwarding on */
	bool forwards_ipv6;
	struct plan plan;
};

/*
 * An error where it cannot be: a bridge of that name that is not ours, a subnet
 * that is a host's or another network's (the address or route is named), IPv6
 * forwarding that would cost the host its default route. What a start that was
 * killed has left is made use of.
 */
int network_resolve_start(const struct network_request *request,
			  struct network_resolution *ret_resolution, struct error *err);

/*
 * What the started network lacks; request->network has its bridge's name and
 * address. A bridge that was deleted is made again; its dnsmasq is stopped before
 * and started after, for its sockets were bound to the old one. What somebody
 * added to the bridge stays.
 */
int network_resolve_repair(const struct network_request *request,
			   struct network_resolution *ret_resolution, struct error *err);

/* What of bandwidth and remotes is another than request->former's: for a network that runs. */
int network_resolve_change(const struct network_request *request,
			   struct network_resolution *ret_resolution, struct error *err);

/* The bridge's ports have to be gone. Forwarding stays on: others may need it by now. */
int network_resolve_stop(const struct network_request *request,
			 struct network_resolution *ret_resolution, struct error *err);

void network_resolution_done(struct network_resolution *resolution);
