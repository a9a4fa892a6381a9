/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps ports and networks true, each opened by its own file alone.
 */
#pragma once

#include <stdbool.h>

struct announcer;
struct deafness;
struct diagnoses;
struct elsewhere;
struct far_ends;
struct firewall;
struct firewalld;
struct guards;
struct memberships;
struct host_name;
struct releases;
struct resolver;
struct vmm_sessions;
struct waiter;

struct life {
	struct announcer *announcer;
	struct deafness *deafness;
	struct diagnoses *diagnoses;
	struct elsewhere *elsewhere;
	struct far_ends *far_ends;
	struct firewall *firewall;
	struct firewalld *firewalld;
	struct guards *guards;
	struct memberships *memberships;
	struct host_name *host_name;
	struct releases *releases;
	struct resolver *resolver;
	struct vmm_sessions *sessions;
	struct waiter *network_waiters; /* network-task.h */
	bool look_again; /* at ports that were decided on old facts, in the next pass */
};
