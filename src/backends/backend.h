/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A backend: how a port of one kind stands on the host, one kind a file.
 *
 * A port has two sides. The guest's side is what the VMM holds: a tap, or for
 * a direct port the macvtap itself. The host's side is what it stands on: a
 * macvlan wired to the tap, the membership in a bridge. The guest's side is
 * made once; the host's side comes and goes with the host interface.
 *
 * A backend reads facts and emits steps; it touches nothing. Its functions
 * compare: they emit what is missing between the facts and the wanted state.
 * On a host that has nothing of the port that is all of it; on one that has
 * all, nothing. Plugging, a NIC's return, a retarget and the repair after a
 * restart are the same calls. To add a kind, write one file with one const
 * table and name the table in kinds.h and backend.c.
 */
#pragma once

#include "model/facts.h"
#include "model/port.h"
#include "plan/plan.h"
#include "util/error.h"

struct usage;

struct backend_request {
	const struct interface *interface; /* with a MAC */
	const struct actual *actual;
	const struct facts *facts;
	const struct port *const *ports; /* all on this host: who holds what */
	size_t n_ports;
	struct usage *usage; /* of the host's interfaces: built when it is first needed */
	const char *ifname;  /* of the guest's side */
	const struct uuid *uuid;
	unsigned side; /* which host's side is wanted; others are to go */
	bool by_name;  /* the VMM opens the device by name */
	bool held;     /* vifd holds fds on which a lost tap can be made again */
	bool rewire;   /* what is wired is not known: wire it anew */
	bool repairs;  /* the port is on this host already, and is to stay what it is */
	bool moves;    /* where the port is now says nothing about where it is wanted */
	bool reopen;   /* direct: the VMM does not hold the macvtap that is there */
};

struct backend {
	/*
	 * Could host() succeed here and now? Also asked for each candidate of a
	 * pool. The sentence names the culprit; ERROR_NO_SUCH_DEVICE where the port
	 * only has to wait for something.
	 */
	int (*check)(const struct backend_request *request, struct error *err);
	/*
	 * Appends what makes the guest's side, if it is missing. NULL where there
	 * is none without the host's side. 0 or -ENOMEM, here and below.
	 */
	int (*guest)(const struct backend_request *request, struct plan *plan);
	/* Appends what makes the host's side, if it is missing. check() has passed. */
	int (*host)(const struct backend_request *request, struct plan *plan);
	/*
	 * Appends the last steps: setting up, persistence. Where the port `waits`
	 * for its host's side, the guest must not reach the host's own stack.
	 */
	int (*finish)(const struct backend_request *request, bool waits, struct plan *plan);
	/* What it is to a person: "a macvtap on eth1, mode bridge". */
	void (*describe)(const struct actual *actual, struct text *text);
	/* What the port stands on, if it is there: the host interface, the bridge. */
	const struct host_link *(*base)(const struct backend_request *request);
};

/* Never NULL for the types that an actual and a port can have. */
const struct backend *backend_get(enum interface_type actual_type, enum port_type port_type);

/* The device that the guest holds, by tag. NULL if there is none. */
const struct host_link *backend_have(const struct backend_request *request);

/* The macvlan that is the wanted host's side, by tag. NULL if there is none. */
const struct host_link *backend_have_side(const struct backend_request *request);

/*
 * The host's sides of this port that there are, the wanted one and others: the
 * first for NULL, then the one after `last`; NULL after the last.
 */
const struct host_link *backend_next_side(const struct backend_request *request,
					  const struct host_link *last);

/* Appends the deletion of the host's sides that are not the wanted one; all where `all`. */
int backend_drop_sides(const struct backend_request *request, bool all, struct plan *plan);

/* Appends "set NAME up" for the guest's side, unless it is up or asked to be down. */
int backend_set_up(const struct backend_request *request, struct plan *plan);

/* The MTU that the guest's device should have on its base: bytes; 0 unknown. */
unsigned backend_mtu(const struct backend *backend, const struct backend_request *request);
