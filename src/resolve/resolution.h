/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of resolve.h, and what is answered. */
#pragma once

#include "model/facts.h"
#include "model/group.h"
#include "model/network.h"
#include "model/port.h"
#include "plan/plan.h"

struct resolve_request {
	const struct interface *interface; /* with a MAC */
	struct uuid uuid;                  /* of the port */
	bool by_name;                      /* the VMM opens the device by name */
	uid_t device_uid;                  /* who may do so, besides root */
	const uid_t *reader;               /* whose ports alone sentences may name; NULL: all */
	const struct network *network;     /* the one that the interface names; NULL if undefined */
	bool network_active;
	const struct facts *facts;
	const struct port *const *ports; /* all that are on this host */
	size_t n_ports;
	unsigned first_index; /* plug: where to begin looking for a free vifN */
	bool can_replug;      /* the VMM can be given a NIC while it runs */
	/* The security groups that there are; NULL: not looked at. */
	group_find_func *find_group;
	void *groups;
	bool strict; /* no two virtualports may contradict each other, as libvirt has it */
	/* For a port that exists: */
	const struct port *port;
	bool held;   /* vifd holds fds on which its tap can be made again */
	bool rewire; /* how it is wired is not known */
	bool reopen; /* direct: its VMM does not hold the macvtap that is there */
};

struct resolution {
	enum port_state state; /* PORT_CONNECTED, or PORT_WAITING for `reason` */
	char *reason;
	bool held_back; /* it waits, and all of it is there: its bridge lets nothing pass yet */
	enum port_type type;
	struct actual actual;
	unsigned side;
	char ifname[IFNAMSIZ];
	unsigned mtu; /* bytes, the guest's; 0 unknown */
	bool vhost;
	char *description; /* what it is to a person: "a macvtap on eth1, mode bridge" */
	char *summary;     /* how it came to that, and what to know: sentences, a line each */
	struct plan plan;
	struct plan_effect effect; /* of the plan, on the guest */
};
