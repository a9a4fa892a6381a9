/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a guest has no network, from what is known of its port: station by station, in the order in
 * which the guest's frames come by them.
 *
 * A station works, or fails, or nobody can tell. It fails only where that has been seen: what may
 * as well be a guest that has nothing to say is not known. The first that fails is the cause. To
 * add a station, give it a function and a row in diagnose.c.
 */
#pragma once

#include "model/facts.h"
#include "model/far-end.h"
#include "model/host-filter.h"
#include "model/network.h"
#include "model/port.h"
#include "util/error.h"

enum verdict {
	VERDICT_WORKS,
	VERDICT_FAILS,
	VERDICT_UNKNOWN,
	VERDICT_COUNT,
};

const char *verdict_name(enum verdict verdict); /* "works", "fails", "unknown" */

struct station {
	const char *name; /* a constant: "guest", "guard", … */
	enum verdict verdict;
	char *text;
	char *remedy; /* or NULL */
};

struct diagnosis {
	struct station *stations;
	size_t n;
};

/* The first that fails; NULL: none does. */
const struct station *diagnosis_cause(const struct diagnosis *diagnosis);
void diagnosis_done(struct diagnosis *diagnosis);

/* Frames that passed while the port was watched, where it is known of each device. */
struct way_counts {
	uint64_t sent;           /* by the guest, at its device */
	uint64_t got, lost;      /* for the guest: it took them, it did not */
	uint64_t side_sent;      /* by the device behind that */
	uint64_t left, came;     /* by what leads on */
	bool device, side, base; /* of which is it known? */
};

/* What its guard dropped meanwhile. */
struct way_drop {
	const char *rule;
	uint64_t frames;
};

enum {
	WAY_DROPS_MAX = 16,
};

struct diagnose_request {
	const struct port *port;
	const struct facts *facts;          /* with those of IP */
	const struct network *network;      /* that vifd makes, as it runs; or NULL */
	const char *problem;                /* what that lacks, as is known; or NULL */
	const struct host_filters *filters; /* NULL: not known */
	const struct far_end *far_end;      /* of the first uplink; NULL: nobody has asked there */
	const struct port *twin;            /* another one there has the guest's address; or NULL */
	const uid_t *reader;                /* whose ports alone may be named; NULL: all */
	struct way_drop drops[WAY_DROPS_MAX];
	size_t n_drops;
	struct way_counts counts;
	uint64_t watched_usec;
	enum tristate leased; /* has dnsmasq given the guest an address? unset: it is not to */
	bool guarded;         /* its device has a guard now */
	bool base_has_mac;    /* what it stands on has the guest's own address */
	bool vmm_stopped;     /* by a signal */
};

/* The link that leads from a port out of this host, or that the bridge has for that: several. */
const struct host_link *diagnose_next_uplink(const struct facts *facts,
					     const struct host_link *base,
					     const struct host_link *last);

/* The macvlan behind the guest's device; NULL: it has none now. */
const struct host_link *diagnose_side(const struct facts *facts, const struct port *port);

int diagnose(const struct diagnose_request *request, struct diagnosis *ret_diagnosis,
	     struct error *err);
