/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A golden case: a host, an interface, and what comes of it, in one file.
 *
 *	Free text: what the case shows.
 *	--- host
 *	eth1 mtu=9000				a NIC, down
 *	br0 kind=bridge up			and so on: up, mac=, mtu=, on= (what it
 *	vif7 kind=macvtap on=eth1 mode=vepa	stands on), master=, mode=, tag= (a uuid)
 *	vhost-net				the host has /dev/vhost-net
 *	br1 kind=bridge net=UUID stp delay=2	a network's bridge; ipv6=on, off, auto
 *	vif0 kind=tun master=br1 isolated fixed	a bridge's port; fixed: the bridge neither learns
 *						nor floods there
 *	address eth1 10.0.0.1/24
 *	route eth1 10.1.0.0/16 via=10.0.0.9 metric=5 fragile
 *	forwarding ipv4				or ipv6
 *	listen tcp 0.0.0.0 22 sshd		or udp; by whom
 *	no-ipv6					the kernel has none
 *	--- port NAME UUID [GUEST] [KEY=VALUE…]	a port that exists; its record is that of
 *						its device, or of the keys on= mode=
 *						bridge= virtualport= (a type) inbound=
 *						outbound= state= type=
 *	--- network [inactive]
 *	<network>…</network>
 *	--- active				another network that is started
 *	<network>…</network>
 *	--- interface [by-name]
 *	<interface>…</interface>
 *	--- retarget NAME			the port that gets the interface's source
 *	--- strict				no two virtualports may contradict each other
 *	--- actual				the actual is asked for too, served or not
 *	--- reach				and who reaches whom
 *	--- expect
 *	what the test prints
 *
 * Without an interface it is the network that something comes of, by the words
 * "--- network start|repair|stop [rewrite] [dnsmasq] [force]".
 *
 * Links get their ifindex by their line, from 2 on.
 */
#pragma once

#include "model/facts.h"
#include "model/network.h"
#include "model/port.h"
#include "resolve/network.h"
#include "resolve/resolve.h"
#include "util/error.h"

/* What is done with the network, where it is one that vifd makes itself. */
enum case_verb {
	CASE_PLUG, /* nothing: an interface is plugged */
	CASE_START,
	CASE_REPAIR,
	CASE_STOP,
	CASE_VERB_COUNT,
};

struct test_case {
	char *text;       /* the file as it is */
	size_t expect_at; /* where in it the expected text begins */
	struct facts facts;
	struct port **ports;
	size_t n_ports;
	char *network_xml; /* NULL if there is none */
	bool network_inactive;
	char *interface_xml;
	bool by_name;
	char retarget[IFNAMSIZ]; /* the port; "" for a plug */
	bool strict;
	bool shows_actual, shows_reach;

	enum case_verb verb;
	bool rewrite, dnsmasq, force;
	struct host_sockets sockets;
	char **active_xml; /* of the other networks that are started */
	size_t n_active;
};

/* Fails with a sentence that names the file and the line. */
int case_load(const char *path, struct test_case *ret_case, struct error *err);
void case_done(struct test_case *test);
#define AUTO_CASE AUTO(case_done)

/*
 * What resolve makes of it, with a fixed uuid and, where the interface has no
 * MAC, a fixed one.
 */
int case_decide(const struct test_case *test, struct resolution *ret_resolution, struct error *err);

/* The same for a case about a network, one with a verb. */
int case_decide_network(const struct test_case *test, struct network **ret_network,
			struct network_resolution *ret_resolution, struct error *err);

/* Who reaches whom over that, in sentences and in words, a line each; the caller's. */
int case_reach(const struct test_case *test, const struct resolution *resolution, char **ret_text,
	       struct error *err);

/* The actual alone, as a <networkport>; the caller's. */
int case_place(const struct test_case *test, char **ret_xml, struct error *err);

/* The files of a folder that end in .case, sorted; NULL-terminated; the caller's, each and all. */
char **case_list(const char *folder);
