/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A port has two sides. The guest's side is what the VMM holds: a tap, or for a
 * direct port the macvtap itself. The host's side is what it stands on: a
 * macvlan on a host interface, the membership in a bridge, nothing. The guest's
 * side is made once; the host's side comes and goes with the host interface.
 *
 * Each kind of a side is one file with one const table. A side reads facts and
 * emits steps; it touches nothing. Its functions compare: they emit what is
 * missing between the facts and the wanted state. On a host that has nothing of
 * the port that is all of it; on one that has all, nothing. Plugging, a NIC's
 * return, a retarget and the repair after a restart are the same calls.
 *
 * To add a kind, write its file, name its table in kinds.h and give it a row in
 * side.c. No other place names a kind: whoever has to know asks the table.
 */
#pragma once

#include "backends/traffic.h"
#include "model/facts.h"
#include "model/network.h"
#include "model/port.h"
#include "plan/plan.h"
#include "util/error.h"

struct usage;

/* Who asks: a port, on its host as it is now. The same for all that one decision asks. */
struct asker {
	const struct interface *interface;
	const struct mac *mac; /* of its guest */
	const struct uuid *uuid;
	enum port_type type;
	const char *ifname; /* of the guest's side; decided before any step */
	unsigned side;      /* which of its host's sides is wanted; others are to go */
	const struct facts *facts;
	const struct host_link *have;    /* guest_side_find(): what the guest holds now; or NULL */
	const struct port *const *ports; /* all on this host: who holds what */
	size_t n_ports;
	struct usage *usage; /* of the host's interfaces: built when it is first needed */
	bool by_name;        /* the VMM opens the device by name */
	uid_t device_uid;    /* who may do so, besides root */
	const uid_t *reader; /* whose ports alone sentences may name; NULL: all ports */
	bool held;           /* vifd holds fds on which a lost tap can be made again */
	bool reopen;         /* direct: the VMM does not hold the macvtap that is there */
	bool repairs;        /* the port is on this host already, and is to stay what it is */
	bool moves;          /* where the port is now says nothing about where it is wanted */
};

/* What is asked: a place for the port. */
struct side_request {
	const struct asker *asker;
	const struct actual *actual;
	const struct guest_side *guest;
	const struct host_side *host;
	unsigned side; /* the asker's, but for who asks about what is there */
	bool rewire;   /* what is wired is not known: wire it anew */
	bool anew;     /* the place is one of several: who waits for it already comes first */
};

struct guest_side {
	enum port_type type;
	const char *name; /* "macvtap" */
	/*
	 * Appends what makes it, if it is missing. NULL where there is none without
	 * the host's side: then stand() is there. 0 or -ENOMEM, here and below.
	 */
	int (*make)(const struct side_request *request, struct plan *plan);
	/*
	 * Appends what makes it on a host interface, as the host's side too, and
	 * opens it where the VMM does not hold it. What is lost with its interface
	 * has to be handed to the VMM anew.
	 */
	int (*stand)(const struct side_request *request, struct plan *plan);
	/*
	 * Appends the last steps: setting up, persistence. Where the port `waits`
	 * for its host's side, the guest must not reach the host's own stack.
	 */
	int (*finish)(const struct side_request *request, bool waits, struct plan *plan);
};

/* What a host's side has room for. */
struct carries {
	const char *kind;              /* of its networks: "bridge" */
	const char *what;              /* for sentences: "a macvtap" */
	const char *uses;              /* of a network: "uses a bridge device" */
	unsigned virtualports;         /* a bit for each type that there may be */
	const char *virtualports_text; /* "openvswitch is" */
	bool floor;                    /* of its bandwidth a port can have a part for sure */
	bool isolation;                /* its ports can be kept apart one by one */
	const char *without_isolation; /* what is as good; "" where nothing is */
};

struct host_side {
	bool on_interface; /* a host interface, of a network one of its pool; what stands() may */
	bool wired;   /* a tap that lost it is wired still; else the host's stack has its frames */
	bool host_ip; /* the host's own stack talks through the guest's tap */
	bool named;   /* what it stands on has a name, in the actual: dev or bridge */

	/*
	 * Does an interface of that type, or where it names one a port of that
	 * network, stand here? Then the actual says so: its type, mode, and what goes
	 * with them, but no name yet. The first that says yes has it.
	 */
	bool (*place)(const struct interface *interface, const struct network *network,
		      struct actual *actual);
	/* Is it that of an actual which was placed? */
	bool (*is_of)(const struct actual *actual);
	const struct carries *(*carries)(const struct actual *actual);
	/* Of a port without settings; network: the one that it is of, or NULL. */
	struct traffic (*traffic)(const struct actual *actual, const struct network *network);
	/*
	 * Could make() succeed here and now? Also asked for each candidate of a
	 * pool. The sentence names the culprit; ERROR_NO_SUCH_DEVICE where the port
	 * only has to wait for something.
	 */
	int (*check)(const struct side_request *request, struct error *err);
	/*
	 * Does it put the guest's frames into the VLANs that are asked for, so that the
	 * guard has not to? NULL: no.
	 */
	bool (*puts_into_vlans)(const struct side_request *request);
	/*
	 * Adds why the guest's frames will not pass yet when all of it is made: "bridge br1
	 * has spanning tree on …". Adds nothing where they pass. NULL: they do.
	 */
	void (*hold_back)(const struct side_request *request, struct text *text);
	/* Appends what makes it, and connects the guest's side to it. check() has passed. */
	int (*make)(const struct side_request *request, struct plan *plan);
	/*
	 * Appends the end of what the port has here and is not to have any more, when
	 * the wanted host's side is made: this one or another. NULL: there is nothing.
	 */
	int (*leave)(const struct side_request *request, struct plan *plan);
	/* Can the one that there is become the wanted one where it is? NULL: never. */
	bool (*keeps)(const struct side_request *now, const struct actual *wanted);
	/* What the port stands on, if it is there: the host interface, the bridge. */
	const struct host_link *(*base)(const struct side_request *request);
	/* The MTU that the guest's device should have: bytes; 0 unknown. */
	unsigned (*mtu)(const struct side_request *request);
	/* What the port is to a person: "a macvtap on eth1, mode bridge". */
	void (*describe)(const struct side_request *request, struct text *text);
	/* Who reaches whom, to a person: other guests, this host, the world; lines. */
	void (*tell_traffic)(const struct side_request *request, const struct network *network,
			     struct traffic traffic, struct text *text);
	/* The same of a network's ports to come: "macvtap, mode bridge, on one of eth1, eth2". */
	void (*offer)(const struct network *network, const struct actual *actual,
		      const struct guest_side *guest, struct text *text);
};

/* The host's side of an interface, or of its network: fills in what place() does. NULL: none. */
const struct host_side *host_side_place(const struct interface *interface,
					const struct network *network, struct actual *actual);

/* Never NULL for an actual that was placed. */
const struct host_side *host_side_of(const struct actual *actual);

/* Is it known by name what it stands on? Not yet where no interface of a pool was found. */
bool host_side_is_known(const struct actual *actual);

/* Is it on nothing of ours, so that whoever asked may put it on something? */
bool host_side_is_none(const struct actual *actual);

/* The guest's side of ports of that type; of those who say nothing, where it is unset. */
const struct guest_side *guest_side_of(enum port_type type);

/* Does what the guest holds stand on the host interface itself, and go with it? */
bool guest_side_stands(enum port_type type);

/* With both sides, and nothing to be wired anew. */
struct side_request side_request_of(const struct asker *asker, const struct actual *actual);

/* leave() of all of them. 0 or -ENOMEM. */
int host_sides_leave(const struct side_request *request, struct plan *plan);

/* What the port's record says that it is; NULL: it is new. */
const struct actual *side_recorded(const struct asker *asker);

/* Appends a step about the guest's device. NULL when out of memory. */
struct plan_step *side_add_step(const struct asker *asker, enum action_kind kind,
				struct plan *plan);

/* A device of ours has this address again, whoever gave it another. 0 or -ENOMEM. */
int side_set_mac(const struct host_link *have, const struct mac *wanted, struct plan *plan);

/* The device that the guest of the port holds, by tag. NULL if there is none. */
const struct host_link *guest_side_find(const struct facts *facts, const struct uuid *uuid);

/* Appends "set NAME up" for the guest's device, or down where that is asked for. */
int guest_side_set_up(const struct asker *asker, struct plan *plan);

/* Appends "set NAME down", if it is there and up. */
int guest_side_set_down(const struct asker *asker, struct plan *plan);
