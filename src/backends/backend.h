/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A backend: the host side of a port, one kind a file.
 *
 * A backend knows two things about its kind: whether this host can carry it
 * now, and which steps make it. It reads facts and emits steps; it touches
 * nothing. To add a kind, write one file with one const table and name the
 * table in backend.c.
 *
 * make() compares: it emits what is missing between the facts and the wanted
 * state. On a host that has nothing of the port that is all of it; on one that
 * has all, nothing. Plugging and repair after a restart are the same call.
 */
#pragma once

#include "model/facts.h"
#include "model/port.h"
#include "plan/plan.h"
#include "util/error.h"

struct backend_request {
	const struct interface *interface; /* with a MAC */
	const struct actual *actual;
	const struct facts *facts;
	const struct port *const *ports; /* all on this host: who holds what */
	size_t n_ports;
	const char *ifname; /* the device's name */
	const char *tag;    /* and its alternative name */
	bool by_name;       /* the VMM opens the device by name */
};

struct backend {
	enum interface_type type;
	/*
	 * Could make() succeed here and now? Called first, and for each candidate
	 * of a pool; the sentence names the culprit.
	 */
	int (*check)(const struct backend_request *request, struct error *err);
	/* Appends the missing steps. check() has passed. 0 or -ENOMEM. */
	int (*make)(const struct backend_request *request, struct plan *plan);
	/* What the device is to a person: "a macvtap on eth1, mode bridge". */
	void (*describe)(const struct actual *actual, struct text *text);
	/* The MTU that the guest will have (bytes), if the facts tell; else 0. */
	unsigned (*mtu)(const struct backend_request *request);
};

/* By the actual's type; never NULL for the types that an actual can have. */
const struct backend *backend_get(enum interface_type type);

/* The device of this request that exists already, by tag. NULL if none. */
const struct host_link *backend_have(const struct backend_request *request);

/* The port whose device this is, by tag; NULL for a foreign device. */
const struct port *backend_port_of(const struct backend_request *request,
				   const struct host_link *link);

/* "vif0 (port of guest web)", "vif0 (a port)" or "macvtap3 (not vifd's)". */
void backend_print_holder(const struct backend_request *request, const struct host_link *link,
			  struct text *text);

/* Appends "set NAME up" unless it is up or asked to be down. 0 or -ENOMEM. */
int backend_set_up(const struct backend_request *request, const struct host_link *have,
		   struct plan *plan);
